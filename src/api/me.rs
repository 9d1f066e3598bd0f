//! Me: who the credential speaks for, what it may do here, and where else it may go.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{Caller, CredentialId, TenantId, UserId, record};
use crate::error::Result;
use crate::http::{App, Reply};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[ME, TENANTS];
const ME: &str = "
    select user_id, email, display_name, credential_id, credential_kind, scopes,
        tenant_id, tenant_slug, role, permissions
    from app.me()";
const TENANTS: &str = "
    select tenant_id, slug, name, kind, role from app.my_tenants() where state = 'active'";

record! {
    /// Who is asking.
    struct Myself {
        /// The person behind the credential.
        user_id: UserId,
        /// Their address; null for who has proven none.
        email: Option<String>,
        /// Their name.
        display_name: String,
        /// The credential itself.
        credential_id: CredentialId,
        /// `session` or `api_key`.
        credential_kind: String,
        /// The permissions this credential is limited to; null: all that its user holds.
        scopes: Option<Vec<String>>,
        /// The tenant of this request; null for a session that chose none.
        tenant_id: Option<TenantId>,
        /// Its slug.
        tenant_slug: Option<String>,
        /// The user's role in the whole tenant.
        role: Option<String>,
        /// What that role allows, within the scopes. Workspaces and shares may add to it.
        permissions: Vec<String>,
    }

    /// A tenant that this credential may enter.
    struct MyTenant {
        /// Its id, for `Bulkhead-Tenant`.
        tenant_id: TenantId,
        /// Its slug, for `Bulkhead-Tenant` too.
        slug: String,
        /// Its name.
        name: String,
        /// `organization` or `personal`.
        kind: String,
        /// The user's role there.
        role: String,
    }
}

/// Who is asking, and where they may go.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Who is asking.
    #[serde(flatten)]
    pub myself: Myself,
    /// The tenants this credential may enter.
    pub tenants: Vec<MyTenant>,
}

/// Who am I, what may I do here, where may I go.
#[utoipa::path(get, path = "/v1/me", tag = "me", responses((status = 200, body = Me)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Reply> {
    let mut tx = app.db.begin(&caller).await?;
    let myself = tx.one(ME, &[]).await?;
    let tenants = tx.all(TENANTS, &[]).await?;
    tx.commit().await?;
    Ok(Reply::ok(&Me { myself, tenants }))
}
