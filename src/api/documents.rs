//! Documents: what a workspace's people, chats and agents read and write.
//!
//! Who may do what: `sql/policies/documents.sql`. What a value may be: `migrations/V0010`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{DocumentId, Params, UserId, WorkspaceId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Object, Page, Path, Query, Read, Reply, Write, patch, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[
    NEWEST,
    OLDEST,
    BY_TITLE,
    BY_TITLE_DOWN,
    GET,
    INSERT,
    METADATA,
    UPDATE,
    DELETE,
    VERSION,
];

macro_rules! columns {
    () => {
        "id, workspace_id, title, body, metadata, version, created_by, created_at, updated_at"
    };
}

macro_rules! filters {
    () => {
        "and ($5::uuid is null or workspace_id = $5) and ($6::uuid is null or created_by = $6)"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.documents", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.documents", "id", filters!());
const BY_TITLE: &str = concat!(
    "select ",
    columns!(),
    " from tenant.documents where tenant_id = $1 ",
    filters!(),
    r#" and (title collate "C", id) > (coalesce($2, ''), $3)
    order by title collate "C", id limit $4"#
);
/// A title has at most 500 characters, so 501 of Unicode's last are greater than any.
const BY_TITLE_DOWN: &str = concat!(
    "select ",
    columns!(),
    " from tenant.documents where tenant_id = $1 ",
    filters!(),
    r#" and (title collate "C", id) < (coalesce($2, repeat(U&'\+10FFFF', 501)), $3)
    order by title collate "C" desc, id desc limit $4"#
);
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.documents where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.documents (tenant_id, workspace_id, title, body, metadata, created_by)
    values ($1, $2, $3, $4, $5, app.user_id())
    returning ",
    columns!()
);
const METADATA: &str =
    "select metadata from tenant.documents where tenant_id = $1 and id = $2 for update";
const UPDATE: &str = concat!(
    "update tenant.documents
    set workspace_id = coalesce($4, workspace_id), title = coalesce($5, title),
        body = coalesce($6, body), metadata = coalesce($7, metadata)
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.documents
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.documents where tenant_id = $1 and id = $2";

record! {
    /// A document.
    struct Document {
        /// Its id.
        id: DocumentId,
        /// The workspace it belongs to.
        workspace_id: WorkspaceId,
        /// What it is called.
        title: String,
        /// Its text.
        body: String,
        /// Whatever its writers note about it.
        metadata: Object,
        /// Counts its changes; the `ETag`.
        version: i32,
        /// Who created it.
        created_by: UserId,
        /// When it was created.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { Document at "/v1/documents/{}", id }

request! {
    /// A document to be.
    struct NewDocument {
        /// Where it will belong.
        workspace_id: WorkspaceId,
        /// What it is called.
        #[schema(max_length = 500, pattern = r"^[^\x00]*\S[^\x00]*$")]
        title: String,
        /// Its text, 1 MiB at most.
        #[serde(default)]
        #[schema(max_length = 1_048_576, pattern = r"^[^\x00]*$")]
        body: String,
        /// Anything of use to you, 64 KiB at most.
        #[serde(default)]
        metadata: Object,
    }
}

patch! {
    /// A change of a document (RFC 7396): what is absent stays as it is.
    struct DocumentPatch {
        /// Moves it; asks for rights in both workspaces.
        workspace_id: WorkspaceId,
        /// Renames it.
        #[schema(max_length = 500, pattern = r"^[^\x00]*\S[^\x00]*$")]
        title: String,
        /// Replaces its text.
        #[schema(max_length = 1_048_576, pattern = r"^[^\x00]*$")]
        body: String,
        /// Merges into its metadata: null removes a member.
        metadata: Object,
    }
}

sorts! {
    /// The order of a list of documents.
    enum DocumentSort of Document, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
        Title = "title" by title in BY_TITLE,
        TitleDown = "-title" by title in BY_TITLE_DOWN,
    }
}

query! {
    /// Which documents, and in which order.
    struct DocumentQuery for Document, sorted by DocumentSort {
        /// Only those of this workspace.
        workspace_id: WorkspaceId,
        /// Only those created by this user.
        created_by: UserId,
    }
}

/// List the documents you may read.
#[utoipa::path(get, path = "/v1/documents", tag = "documents", params(DocumentQuery),
    responses((status = 200, body = Page<Document>)))]
pub async fn list(Query(query): Query<DocumentQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Create a document.
#[utoipa::path(post, path = "/v1/documents", tag = "documents", request_body = NewDocument,
    responses((status = 201, body = Document)))]
pub async fn create(write: Write<NewDocument>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let (title, body) = (&new.title, &new.body);
            let values: Params = &[&tx.tenant(), &new.workspace_id, title, body, &new.metadata];
            let document: Document = tx.one(INSERT, values).await?;
            Ok(Reply::created(&document))
        })
        .await
}

/// Read a document.
#[utoipa::path(get, path = "/v1/documents/{id}", tag = "documents",
    responses((status = 200, body = Document)))]
pub async fn show(Path(id): Path<DocumentId>, read: Read) -> Result<Reply> {
    read.one::<Document>(GET, &[&read.tenant, &id]).await
}

/// Change a document.
#[utoipa::path(patch, path = "/v1/documents/{id}", tag = "documents",
    request_body = DocumentPatch, responses((status = 200, body = Document)))]
pub async fn update(
    Path(id): Path<DocumentId>,
    if_match: IfMatch,
    write: Write<DocumentPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let tenant = tx.tenant();
            let metadata = Object::merged(tx, METADATA, &id, patch.metadata).await?;
            let (to, title, body) = (&patch.workspace_id, &patch.title, &patch.body);
            let values: Params = &[
                &tenant,
                &id,
                &if_match.versions(),
                to,
                title,
                body,
                &metadata,
            ];
            let changed = tx.optional(UPDATE, values).await?;
            let document: Document = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&document))
        })
        .await
}

/// Delete a document.
#[utoipa::path(delete, path = "/v1/documents/{id}", tag = "documents",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<DocumentId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
