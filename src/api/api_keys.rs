//! API keys: credentials for programs, bound to one tenant and limited by scopes.
//!
//! Who may do what: `sql/policies/credentials.sql`. The key itself is shown once; what is kept is
//! its SHA-256.

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{newest, oldest};
use crate::db::{ApiKeyId, Params, UserId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Resource, Write, query, request, resource, sorts,
};
use crate::token::{self, Kind};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, REVOKE, VERSION];

macro_rules! columns {
    () => {
        "id, name, start, user_id, scopes, created_at, expires_at, revoked_at,
        (select u.last_used_at from platform.credential_uses u where u.credential_id = c.id)
            as last_used_at,
        case when revoked_at is null then 1 else 2 end as version"
    };
}
macro_rules! filters {
    () => {
        "and kind = 'api_key' and ($5::uuid is null or user_id = $5)"
    };
}
const NEWEST: &str = newest!(columns!(), "platform.credentials c", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "platform.credentials c", "id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from platform.credentials c where tenant_id = $1 and id = $2 and kind = 'api_key'"
);
/// Ninety days where nothing else is asked for: a key that never ends is one nobody remembers.
const INSERT: &str = concat!(
    "insert into platform.credentials as c
        (kind, tenant_id, user_id, hash, name, scopes, expires_at, start)
    values ('api_key', $1, app.user_id(), $2, $3, $4, coalesce($5, now() + interval '90 days'), $6)
    returning ",
    columns!()
);
/// A key has two versions, and only its first can be revoked.
const REVOKE: &str = "
    update platform.credentials set revoked_at = now()
    where tenant_id = $1 and id = $2 and kind = 'api_key' and revoked_at is null
        and ($3::integer[] is null or 1 = any ($3))";
const VERSION: &str = "
    select 1 from platform.credentials
    where tenant_id = $1 and id = $2 and kind = 'api_key' and revoked_at is null";

record! {
    /// An API key, without the key.
    struct ApiKey {
        /// Its id.
        id: ApiKeyId,
        /// What it is for.
        name: String,
        /// How the key begins, to tell which is which; null where it was not kept.
        start: Option<String>,
        /// Whom it acts as.
        user_id: UserId,
        /// The permissions it is limited to; null: all that its user holds.
        scopes: Option<Vec<String>>,
        /// When it was made.
        created_at: Timestamp,
        /// When it stops working.
        expires_at: Timestamp,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
        /// When it was last used, to the minute.
        last_used_at: Option<Timestamp>,
        /// 1, and 2 once it is revoked; the ETag.
        version: i32,
    }
}
resource! { ApiKey at "/v1/api-keys/{}", id }

/// A new API key. `secret` is shown this once: a repeated answer shows null.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeApiKey {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub key: ApiKey,
    /// The key, for `Authorization: Bearer`.
    pub secret: Option<String>,
}

impl Resource for MadeApiKey {
    fn location(&self) -> String {
        self.key.location()
    }

    fn version(&self) -> i32 {
        self.key.version
    }
}

request! {
    /// An API key to be, acting as you.
    struct NewApiKey {
        /// What it is for.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// The permissions to limit it to.
        #[serde(default)]
        scopes: Option<Vec<String>>,
        /// When it stops working, within a year; 90 days from now, if not given.
        #[serde(default)]
        expires_at: Option<Timestamp>,
    }
}

sorts! {
    /// The order of a list of API keys.
    enum ApiKeySort of ApiKey, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which keys.
    struct ApiKeyQuery for ApiKey, sorted by ApiKeySort {
        /// Only those that act as this user.
        user_id: UserId,
    }
}

/// List API keys: your own, and with `api_key.read` those of others.
#[utoipa::path(get, path = "/v1/api-keys", tag = "api-keys", params(ApiKeyQuery),
    responses((status = 200, body = Page<ApiKey>)))]
pub async fn list(Query(query): Query<ApiKeyQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Make an API key for yourself.
#[utoipa::path(post, path = "/v1/api-keys", tag = "api-keys", request_body = NewApiKey,
    responses((status = 201, body = MadeApiKey)))]
pub async fn create(write: Write<NewApiKey>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let (secret, credential) = token::mint(Kind::ApiKey)?;
            let (name, scopes) = (&new.name, &new.scopes);
            let values: Params = &[
                &tx.tenant(),
                &credential.hash,
                name,
                scopes,
                &new.expires_at,
                &token::start(&secret),
            ];
            let key: ApiKey = tx.one(INSERT, values).await?;
            let redacted = MadeApiKey { key, secret: None };
            let secret = Some(secret.expose_secret().to_owned());
            let shown = MadeApiKey {
                key: redacted.key.clone(),
                secret,
            };
            Ok(Reply::created(&shown).redacted_for_replay(&redacted))
        })
        .await
}

/// Read about an API key.
#[utoipa::path(get, path = "/v1/api-keys/{id}", tag = "api-keys",
    responses((status = 200, body = ApiKey)))]
pub async fn show(Path(id): Path<ApiKeyId>, read: Read) -> Result<Reply> {
    read.one::<ApiKey>(GET, &[&read.tenant, &id]).await
}

/// Revoke an API key, at once and for good.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", tag = "api-keys",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<ApiKeyId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, REVOKE, VERSION).await
}
