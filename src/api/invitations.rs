//! Invitations: who is asked to come into a tenant, and coming in by that.
//!
//! Who may do what: `sql/policies/invitations.sql`, `sql/procedures/invitations.sql`; accepting is
//! `app.accept_invitation`. The token is shown once; what is kept is its SHA-256.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{newest, oldest};
use crate::db::{InvitationId, Params, TenantId, UserId, WorkspaceId, record};
use crate::error::Result;
use crate::http::{
    Entry, IfMatch, Outside, Page, Path, Query, Read, Reply, Resource, Write, query, request,
    resource, sorts,
};
use crate::token;

pub mod page;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, CREATE, RESEND, REVOKE, VERSION, ACCEPT];

macro_rules! columns {
    () => {
        "id, email,
        (select r.name from tenant.roles r where r.tenant_id = i.tenant_id and r.id = i.role_id)
            as role,
        workspace_id,
        (select r.name from tenant.roles r
            where r.tenant_id = i.tenant_id and r.id = i.workspace_role_id) as workspace_role,
        invited_by, state, sent_at, expires_at, accepted_by, accepted_at, version, created_at,
        updated_at"
    };
}
macro_rules! filters {
    () => {
        "and ($5::text is null or lower(email) = lower($5)) and ($6::text is null or state = $6)"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.invitations i", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.invitations i", "id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.invitations i where tenant_id = $1 and id = $2"
);
const CREATE: &str = concat!(
    "select ",
    columns!(),
    " from app.invite($1, app.role_named($2), $3, app.role_named($4), $5, $6) i"
);
const RESEND: &str = concat!(
    "select ",
    columns!(),
    " from app.resend_invitation($1, $2) i"
);
const REVOKE: &str = "select app.revoke_invitation($1, $2)";
const VERSION: &str = "
    select version from tenant.invitations
    where tenant_id = $1 and id = $2 and state = 'pending'";
const ACCEPT: &str = "select tenant_id, slug, name, role from app.accept_invitation($1)";

record! {
    /// Somebody who is asked to come in, without the token by which they do.
    struct Invitation {
        /// Its id.
        id: InvitationId,
        /// The address that they prove; whoever else has the token comes in by nothing.
        email: String,
        /// The name of the role that they get; null to those who may not see roles.
        role: Option<String>,
        /// A workspace where they get a place, too.
        workspace_id: Option<WorkspaceId>,
        /// The name of the role that they get there.
        workspace_role: Option<String>,
        /// Whose word it is: it is void once they could not give it any more.
        invited_by: UserId,
        /// `pending`, `accepted` or `revoked`; a pending one that has expired brings in nobody.
        state: String,
        /// When its present token was made.
        sent_at: Timestamp,
        /// When it stops working.
        expires_at: Timestamp,
        /// Who came in by it.
        accepted_by: Option<UserId>,
        /// When.
        accepted_at: Option<Timestamp>,
        /// Counts its changes; the ETag.
        version: i32,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }

    /// A tenant that the caller has come into.
    struct Joined {
        /// Its id, for `Bulkhead-Tenant`.
        tenant_id: TenantId,
        /// Its slug, for `Bulkhead-Tenant` too.
        slug: String,
        /// Its name.
        name: String,
        /// The caller's role there.
        role: String,
    }
}
resource! { Invitation at "/v1/invitations/{}", id }

/// An invitation with a new token. `token` and `link` are shown this once: a repeated answer shows
/// null.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentInvitation {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// What whoever is invited accepts it by. Pass it on to them: nothing is sent from here.
    pub token: Option<String>,
    /// A page of this service where they do; null where nobody signs in by a browser.
    pub link: Option<String>,
}

impl Resource for SentInvitation {
    fn location(&self) -> String {
        self.invitation.location()
    }

    fn version(&self) -> i32 {
        self.invitation.version
    }
}

request! {
    /// Asks somebody to come in.
    struct NewInvitation {
        /// Their address, of ASCII: they must have proven exactly this one when they accept.
        #[schema(max_length = 320, pattern = r"^[!-?A-~]+@[A-Za-z0-9.-]+$")]
        email: String,
        /// The name of the role that they get, no stronger than your own.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
        /// A workspace where they get a place, too.
        #[serde(default)]
        workspace_id: Option<WorkspaceId>,
        /// The name of the role that they get there, no stronger than your own.
        #[serde(default)]
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        workspace_role: Option<String>,
        /// When it stops working, within thirty days; seven days from now, if not given.
        #[serde(default)]
        expires_at: Option<Timestamp>,
    }
}

request! {
    /// Comes into a tenant.
    struct Acceptance {
        /// The token of the invitation.
        #[schema(max_length = 200, pattern = r"^[^\x00]*$")]
        token: String,
    }
}

sorts! {
    /// The order of a list of invitations.
    enum InvitationSort of Invitation, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which invitations.
    struct InvitationQuery for Invitation, sorted by InvitationSort {
        /// Only those to this address, in any case.
        email: String,
        /// Only those in this state.
        state: String,
    }
}

/// List who is, or was, asked to come in.
#[utoipa::path(get, path = "/v1/invitations", tag = "invitations", params(InvitationQuery),
    responses((status = 200, body = Page<Invitation>)))]
pub async fn list(Query(query): Query<InvitationQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Ask somebody to come in. Nothing is sent to them: pass `link` or `token` on.
#[utoipa::path(post, path = "/v1/invitations", tag = "invitations", request_body = NewInvitation,
    responses((status = 201, body = SentInvitation)))]
pub async fn create(entry: Entry, write: Write<NewInvitation>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let (token, hash) = token::mint_invitation()?;
            let values: Params = &[
                &new.email,
                &new.role,
                &new.workspace_id,
                &new.workspace_role,
                &hash,
                &new.expires_at,
            ];
            let made: Invitation = tx.one(CREATE, values).await?;
            let (shown, redacted) = sent(made, &token, &entry);
            Ok(Reply::created(&shown).redacted_for_replay(&redacted))
        })
        .await
}

/// Read about an invitation.
#[utoipa::path(get, path = "/v1/invitations/{id}", tag = "invitations",
    responses((status = 200, body = Invitation)))]
pub async fn show(Path(id): Path<InvitationId>, read: Read) -> Result<Reply> {
    read.one::<Invitation>(GET, &[&read.tenant, &id]).await
}

/// Make a new token for a pending invitation, for as long again; the old one is dead. From now on
/// it is your word.
#[utoipa::path(post, path = "/v1/invitations/{id}/resend", tag = "invitations",
    responses((status = 200, body = SentInvitation)))]
pub async fn resend(Path(id): Path<InvitationId>, entry: Entry, write: Write<()>) -> Result<Reply> {
    write
        .once(async |tx, ()| {
            let (token, hash) = token::mint_invitation()?;
            let told: Invitation = tx.one(RESEND, &[&id, &hash]).await?;
            let (shown, redacted) = sent(told, &token, &entry);
            Ok(Reply::found(&shown).redacted_for_replay(&redacted))
        })
        .await
}

/// Take a pending invitation back, at once and for good.
#[utoipa::path(delete, path = "/v1/invitations/{id}", tag = "invitations",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<InvitationId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    let if_match = if_match.unwrap_or(IfMatch::Any);
    write
        .once(async |tx, ()| {
            let (revoked,): (i64,) = tx.one(REVOKE, &[&id, &if_match.versions()]).await?;
            let revoked = (revoked > 0).then_some(());
            if_match.applied(revoked, tx, VERSION, &id).await?;
            Ok(Reply::no_content())
        })
        .await
}

/// Come in by an invitation: with a session of your own, and the address that was invited proven by
/// signing in. Whatever is wrong with it, the answer is 404.
#[utoipa::path(post, path = "/v1/invitations/accept", tag = "invitations",
    request_body = Acceptance, responses((status = 200, body = Joined)))]
pub async fn accept(act: Outside<Acceptance>) -> Result<Reply> {
    let hash = token::invitation(&act.body.token);
    let joined: Joined = act.app.db.write_one(&act.caller, ACCEPT, &[&hash]).await?;
    Ok(Reply::ok(&joined))
}

/// What is shown once, and what is shown of it again.
fn sent(
    invitation: Invitation,
    token: &SecretString,
    entry: &Entry,
) -> (SentInvitation, SentInvitation) {
    let redacted = SentInvitation {
        invitation: invitation.clone(),
        token: None,
        link: None,
    };
    let token = token.expose_secret();
    let shown = SentInvitation {
        invitation,
        token: Some(token.to_owned()),
        link: entry.link(&format!("{}/{token}", page::HERE)),
    };
    (shown, redacted)
}
