//! Domains: the e-mail domains that a tenant claims, how each is proved, and who joins by it.
//!
//! Who may do what: `sql/policies/domains.sql`; what proves one: `sql/functions/domains.sql`.

use std::time::Duration;

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{DomainId, Params, record};
use crate::domains::Name;
use crate::error::{Error, Result};
use crate::http::{
    Deferred, IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, request, resource,
    sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, UPDATE, DELETE, VERSION, WANT];

macro_rules! columns {
    () => {
        "id, name, state, problem, mode,
        (select r.name from tenant.roles r where r.tenant_id = d.tenant_id and r.id = d.role_id)
            as role,
        '_bulkhead-challenge.' || name as record_name,
        app.domain_record(token, record_until) as record_text,
        proved_at, checked_at, asked_at, version, created_at, updated_at"
    };
}
macro_rules! filters {
    () => {
        "and ($5::text is null or name = lower($5)) and ($6::text is null or state = $6)"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.domains d", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.domains d", "id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.domains d where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.domains as d (tenant_id, name, mode, role_id)
    values ($1, $2, coalesce($3, 'off'), coalesce(app.role_named($4), app.joining_role()))
    returning ",
    columns!()
);
const UPDATE: &str = concat!(
    "update tenant.domains d
    set mode = coalesce($4, mode), role_id = coalesce(app.role_named($5), role_id)
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.domains
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.domains where tenant_id = $1 and id = $2";
const WANT: &str = "select app.want_domain($1)";

record! {
    /// An e-mail domain that this tenant claims: exactly this name, and none below it.
    struct Domain {
        /// Its id.
        id: DomainId,
        /// The name, in lower case, as an A-label (`xn--…`) where it is not ASCII.
        name: String,
        /// `pending` until it is proved; `verified`; `disputed` where the record is right, and
        /// another tenant holds the name; `lapsed` once its record was gone for too long.
        state: String,
        /// Why the last look at DNS proved nothing: `record_missing`, `record_wrong`,
        /// `record_expired`, `record_alias` (the record's name is an alias, which is not
        /// followed), `dns_failed`, `dnssec_bogus` or `name_refused`.
        problem: Option<String>,
        /// What becomes of a person who logs in with an address of it, once it is verified:
        /// nothing (`off`), they may be invited (`invite`), they ask (`request`), they join
        /// (`auto`).
        mode: String,
        /// The name of the role that those who join get; null to those who may not see roles.
        role: Option<String>,
        /// Where the record that proves it belongs: a TXT record of this name.
        record_name: String,
        /// What the record says. It may name an earlier day, and one up to 400 days ahead;
        /// afterwards it proves nothing. It stays, since it is looked at every day.
        record_text: String,
        /// When the record was last found to be right.
        proved_at: Option<Timestamp>,
        /// When DNS was last looked at.
        checked_at: Option<Timestamp>,
        /// When somebody last asked for that.
        asked_at: Option<Timestamp>,
        /// Counts its changes; the ETag.
        version: i32,
        /// When it was claimed.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { Domain at "/v1/domains/{}", id }

request! {
    /// Claims a domain.
    struct NewDomain {
        /// The name, as people type it.
        #[schema(max_length = 255, pattern = r"^[^\s\x00@/:]+\.[^\s\x00@/:]+$")]
        name: String,
        /// What becomes of a person who logs in with an address of it; `off`, if nothing is said.
        #[serde(default)]
        #[schema(pattern = r"^(off|invite|request|auto)$")]
        mode: Option<String>,
        /// The name of the role that those who join get, no stronger than your own; that of plain
        /// members, if nothing is said.
        #[serde(default)]
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: Option<String>,
    }
}

patch! {
    /// A change of what a domain does: what is absent stays as it is.
    struct DomainPatch {
        /// What becomes of a person who logs in with an address of it.
        #[schema(pattern = r"^(off|invite|request|auto)$")]
        mode: String,
        /// The name of the role that those who join get, no stronger than your own.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
    }
}

sorts! {
    /// The order of a list of domains.
    enum DomainSort of Domain, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which domains.
    struct DomainQuery for Domain, sorted by DomainSort {
        /// Only the one of this name, as it is kept.
        name: String,
        /// Only those in this state.
        state: String,
    }
}

/// List the domains of the tenant.
#[utoipa::path(get, path = "/v1/domains", tag = "domains", params(DomainQuery),
    responses((status = 200, body = Page<Domain>)))]
pub async fn list(Query(query): Query<DomainQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Claim a domain. Publish the record that the answer names, then have it verified.
#[utoipa::path(post, path = "/v1/domains", tag = "domains", request_body = NewDomain,
    responses((status = 201, body = Domain)))]
pub async fn create(write: Write<NewDomain>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let name = Name::parse(&new.name)?;
            let values: Params = &[&tx.tenant(), &name.as_str(), &new.mode, &new.role];
            let claimed: Domain = tx.one(INSERT, values).await?;
            Ok(Reply::created(&claimed))
        })
        .await
}

/// Read a domain.
#[utoipa::path(get, path = "/v1/domains/{id}", tag = "domains",
    responses((status = 200, body = Domain)))]
pub async fn show(Path(id): Path<DomainId>, read: Read) -> Result<Reply> {
    read.one::<Domain>(GET, &[&read.tenant, &id]).await
}

/// Change who joins by a domain, and with which role.
#[utoipa::path(patch, path = "/v1/domains/{id}", tag = "domains", request_body = DomainPatch,
    responses((status = 200, body = Domain)))]
pub async fn update(
    Path(id): Path<DomainId>,
    if_match: IfMatch,
    write: Write<DomainPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let (versions, mode, role) = (if_match.versions(), &patch.mode, &patch.role);
            let values: Params = &[&tx.tenant(), &id, &versions, mode, role];
            let changed = tx.optional(UPDATE, values).await?;
            let domain: Domain = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&domain))
        })
        .await
}

/// Give up a domain: nobody joins by it any more, and another tenant may prove it.
#[utoipa::path(delete, path = "/v1/domains/{id}", tag = "domains", responses((status = 204)))]
pub async fn delete(
    Path(id): Path<DomainId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}

/// Have a domain's record looked at now, once in thirty seconds. Read the domain again for what was
/// found; where it was nothing yet, it is looked at again by and by for a week.
#[utoipa::path(post, path = "/v1/domains/{id}/verify", tag = "domains",
    responses((status = 200, body = Domain)))]
pub async fn verify(
    Path(id): Path<DomainId>,
    deferred: Deferred,
    write: Write<()>,
) -> Result<Reply> {
    write
        .once(async |tx, ()| {
            let (wait,): (i32,) = tx.one(WANT, &[&id]).await?;
            deferred.require("domains_not_proved")?;
            if let Ok(seconds @ 1..) = u64::try_from(wait) {
                return Err(Error::RateLimited {
                    code: "domain_asked_lately".into(),
                    retry_after: Duration::from_secs(seconds),
                });
            }
            let domain: Domain = tx.one(GET, &[&tx.tenant(), &id]).await?;
            Ok(Reply::found(&domain))
        })
        .await
}
