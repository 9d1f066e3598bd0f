//! `/scim/v2/Users`: members, as a directory tells of them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Asked, Meta, refused};
use crate::db::{Directory, Params, Record, record, retried};
use crate::error::{Error, Result};
use crate::http::scim::{Base, Said, answer};
use crate::http::{App, IfMatch, Object, Path};
use crate::scim::{ENTERPRISE, USER, User, UserFilter, operations};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[LIST, FIND, SHOW, CREATE, WRITE, DELETE];
const LIST: &str = "
    select total, id, resource, active, version, created_at, updated_at
    from app.scim_list_users($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const FIND: &str = "
    select total, id, resource, active, version, created_at, updated_at
    from app.scim_find_user($1, $2, $3)";
const SHOW: &str = "
    select null as refused, u.* from app.scim_enter($1, $2) e
    cross join lateral app.scim_shown_user(
        case when e.directory_id is not null then $3::uuid end) u";
/// Who is made or changed is read in the same statement: one turn for the directory, and for us.
const CREATE: &str = "
    select c.refused, u.*
    from app.scim_create_user($1, $2, $3, $4, $5, $6, $7, $8, $9) c
    left join lateral app.scim_shown_user(c.id) u on true";
const WRITE: &str = "
    select w.refused, u.*
    from app.scim_write_user($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) w
    left join lateral app.scim_shown_user(case when w.refused is null then $3 end) u on true";
const DELETE: &str = "select refused from app.scim_delete_user($1, $2, $3, $4)";

record! {
    /// A user and their place in a list; nobody, where a page is empty.
    struct Found {
        /// How many there are.
        total: i64,
        /// Their id.
        id: Option<Uuid>,
        /// What the directory said.
        resource: Option<Object>,
        /// Whether the directory lets them in.
        active: Option<bool>,
        /// Counts its changes; the ETag.
        version: Option<i32>,
        /// When they were provisioned.
        created_at: Option<Timestamp>,
        /// When that last changed.
        updated_at: Option<Timestamp>,
    }
}

/// What has become of a change, or why it was refused.
struct Done {
    refused: Option<String>,
    found: Option<Found>,
}

impl Record for Done {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let is_there = row.try_get::<_, Option<i64>>("total")?.is_some();
        Ok(Self {
            refused: row.try_get("refused")?,
            found: is_there.then(|| Found::from_row(row)).transpose()?,
        })
    }
}

/// Somebody who was found.
struct Kept {
    id: Uuid,
    user: User,
    active: bool,
    version: i32,
    created: Timestamp,
    changed: Timestamp,
}

impl Found {
    fn kept(self) -> Option<Kept> {
        Some(Kept {
            id: self.id?,
            user: User::kept(self.resource?.into()),
            active: self.active?,
            version: self.version?,
            created: self.created_at?,
            changed: self.updated_at?,
        })
    }
}

impl Kept {
    fn told(&self, base: &Base, asked: &Asked) -> Value {
        let mut told = Map::new();
        let said = self.user.members();
        let schemas = [USER, ENTERPRISE];
        let schemas = &schemas[..if said.contains_key(ENTERPRISE) { 2 } else { 1 }];
        told.insert("schemas".to_owned(), json!(schemas));
        told.insert("id".to_owned(), json!(self.id));
        told.extend(said.clone());
        // What the directory has removed is not told (RFC 7644 §3.5.2.2); who is out stays out.
        if self.user.active().is_some() {
            told.insert("active".to_owned(), self.active.into());
        }
        let meta = Meta {
            kind: "User",
            location: format!("{}/Users/{}", base.0, self.id),
            created: self.created,
            changed: self.changed,
            version: self.version,
        };
        meta.tell(&mut told);
        asked.selection.of(told).into()
    }
}

async fn listed(
    app: &App,
    directory: &Directory,
    wanted: &UserFilter,
    (skip, count): (i64, i64),
) -> Result<Vec<Found>> {
    if let (Some(name), 0, 1..) = (wanted.only_name(), skip, count) {
        return directory.all(&app.db, FIND, &[name]).await;
    }
    let values: Params = &[
        &wanted.id,
        &wanted.user_name,
        &wanted.external_id,
        &wanted.display_name,
        &wanted.work_email,
        &wanted.any_email,
        &wanted.active,
        &skip,
        &count,
    ];
    directory.all(&app.db, LIST, values).await
}

/// Somebody, as a statement has left them.
async fn one(app: &App, directory: &Directory, text: &str, values: Params<'_>) -> Result<Kept> {
    let done: Done = directory.one(&app.db, text, values).await?;
    refused(done.refused.as_deref())?;
    done.found.and_then(Found::kept).ok_or(Error::NotFound)
}

async fn write(
    app: &App,
    directory: &Directory,
    id: Uuid,
    versions: Option<&[i32]>,
    user: &User,
    active: Option<bool>,
) -> Result<Kept> {
    let values: Params = &[
        &id,
        &versions,
        &user.user_name(),
        &user.external_id(),
        &active,
        &user.work_email(),
        &user.address(),
        &user.display_name(),
        &Object::from(user.members().clone()),
    ];
    one(app, directory, WRITE, values).await
}

/// A page of those that pass the filter.
pub(crate) async fn list(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
) -> Result<Response> {
    let wanted = UserFilter::read(asked.filter.as_deref());
    let page = (asked.start - 1, asked.count);
    let rows = listed(&app, &directory, &wanted?, page).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let kept = rows.into_iter().filter_map(Found::kept);
    let told: Vec<Value> = kept.map(|one| one.told(&base, &asked)).collect();
    Ok(asked.page(total, &told))
}

/// One of them.
pub(crate) async fn show(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let one = one(&app, &directory, SHOW, &[&id]).await?;
    Ok(answer(
        StatusCode::OK,
        &one.told(&base, &asked),
        Some(one.version),
    ))
}

/// Provisions somebody.
pub(crate) async fn create(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Said(body): Said,
) -> Result<Response> {
    let user = User::read(body)?;
    let values: Params = &[
        &user.user_name(),
        &user.external_id(),
        &user.active().unwrap_or(true),
        &user.work_email(),
        &user.address(),
        &user.display_name(),
        &Object::from(user.members().clone()),
    ];
    let one = one(&app, &directory, CREATE, values).await?;
    let told = one.told(&base, &asked);
    Ok(answer(StatusCode::CREATED, &told, Some(one.version)))
}

/// Replaces what is said of somebody. Where `active` is left out, it stays.
pub(crate) async fn replace(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Path(id): Path<Uuid>,
    if_match: Option<IfMatch>,
    Said(body): Said,
) -> Result<Response> {
    let user = User::read(body)?;
    let versions = if_match.as_ref().and_then(IfMatch::versions);
    let one = write(&app, &directory, id, versions, &user, user.active()).await?;
    Ok(answer(
        StatusCode::OK,
        &one.told(&base, &asked),
        Some(one.version),
    ))
}

/// Changes what is said of somebody: read, changed, and written if nobody else has meanwhile.
pub(crate) async fn update(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Path(id): Path<Uuid>,
    if_match: Option<IfMatch>,
    Said(body): Said,
) -> Result<Response> {
    let wanted = operations(body)?;
    let said = wanted.iter().any(|operation| operation.says("active"));
    let versions = if_match.as_ref().and_then(IfMatch::versions);
    let one = retried(|| async {
        let one = one(&app, &directory, SHOW, &[&id]).await?;
        if versions.is_some_and(|versions| !versions.contains(&one.version)) {
            return Err(Error::Precondition);
        }
        let user = one.user.patched(&wanted)?;
        // What was said before is not said again: somebody else may have had the word since.
        let active = user.active().filter(|_| said);
        let written = write(&app, &directory, id, Some(&[one.version]), &user, active).await;
        written.map_err(|error| match error {
            Error::Precondition => Error::Contention {
                code: "version_stale".into(),
            },
            error => error,
        })
    })
    .await?;
    Ok(answer(
        StatusCode::OK,
        &one.told(&base, &asked),
        Some(one.version),
    ))
}

/// Takes somebody out.
pub(crate) async fn delete(
    State(app): State<App>,
    directory: Directory,
    Path(id): Path<Uuid>,
    if_match: Option<IfMatch>,
) -> Result<Response> {
    let versions = if_match.as_ref().and_then(IfMatch::versions);
    let (why,): (Option<String>,) = directory.one(&app.db, DELETE, &[&id, &versions]).await?;
    refused(why.as_deref())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
