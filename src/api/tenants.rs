//! Tenants: one's own name, settings and state. The operator creates and suspends them.
//!
//! Who may do what: `sql/policies/tenants.sql`.

use jiff::Timestamp;

use crate::db::{Params, TenantId, record};
use crate::error::Result;
use crate::http::{IfMatch, Object, Path, Read, Reply, Write, patch, resource};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[GET, SETTINGS, UPDATE, CLOSE, VERSION];

macro_rules! columns {
    () => {
        "id, slug, name, kind, state, region, settings, sso_enforced, version, created_at,
        updated_at"
    };
}
const GET: &str = concat!(
    "select ",
    columns!(),
    " from platform.tenants where $1 = id and id = $2"
);
const SETTINGS: &str =
    "select settings from platform.tenants where $1 = id and id = $2 for no key update";
const UPDATE: &str = concat!(
    "update platform.tenants
    set name = coalesce($4, name), settings = coalesce($5, settings),
        sso_enforced = coalesce($6, sso_enforced)
    where $1 = id and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const CLOSE: &str = "
    update platform.tenants set state = 'closing'
    where $1 = id and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from platform.tenants where $1 = id and id = $2";

record! {
    /// A tenant.
    struct Tenant {
        /// Its id.
        id: TenantId,
        /// Its short name, for `Bulkhead-Tenant`; never changes.
        slug: String,
        /// Its name.
        name: String,
        /// `organization` or `personal`.
        kind: String,
        /// `active`, `suspended` or `closing`.
        state: String,
        /// Where its data are kept.
        region: String,
        /// Whatever its administrators keep here.
        settings: Object,
        /// Whether sessions that come by none of its own connections are kept out.
        sso_enforced: bool,
        /// Counts its changes; the ETag.
        version: i32,
        /// When it was created.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { Tenant at "/v1/tenants/{}", id }

patch! {
    /// A change of the tenant (RFC 7396): what is absent stays as it is.
    struct TenantPatch {
        /// Renames it.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// Merges into its settings: null removes a member.
        settings: Object,
        /// Whether sessions that come by none of its own connections are kept out. Asks for a
        /// session by one of them, and for an owner who could come in when it fails.
        sso_enforced: bool,
    }
}

/// Read your tenant.
#[utoipa::path(get, path = "/v1/tenants/{id}", tag = "tenants",
    responses((status = 200, body = Tenant)))]
pub async fn show(Path(id): Path<TenantId>, read: Read) -> Result<Reply> {
    read.one::<Tenant>(GET, &[&read.tenant, &id]).await
}

/// Change your tenant's name and settings.
#[utoipa::path(patch, path = "/v1/tenants/{id}", tag = "tenants", request_body = TenantPatch,
    responses((status = 200, body = Tenant)))]
pub async fn update(
    Path(id): Path<TenantId>,
    if_match: IfMatch,
    write: Write<TenantPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let settings = Object::merged(tx, SETTINGS, &id, patch.settings).await?;
            let (versions, name) = (if_match.versions(), &patch.name);
            let values: Params = &[
                &tx.tenant(),
                &id,
                &versions,
                name,
                &settings,
                &patch.sso_enforced,
            ];
            let changed = tx.optional(UPDATE, values).await?;
            let tenant: Tenant = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&tenant))
        })
        .await
}

/// Begin closing your tenant: nobody enters it from now on, the operator can reopen it.
#[utoipa::path(delete, path = "/v1/tenants/{id}", tag = "tenants",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<TenantId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, CLOSE, VERSION).await
}
