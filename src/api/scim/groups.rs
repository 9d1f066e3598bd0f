//! `/scim/v2/Groups`: teams that a directory keeps.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Asked, Meta, refused};
use crate::db::{Directory, Params, record};
use crate::error::{Error, Result};
use crate::http::scim::{Base, Said, answer};
use crate::http::{App, IfMatch, Path};
use crate::scim::{GROUP, GroupChange, GroupFilter, operations};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[LIST, CREATE, WRITE, DELETE];
const LIST: &str = "
    select total, id, display_name, external_id, members, version, created_at, updated_at
    from app.scim_list_groups($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const CREATE: &str = "select app.scim_create_group($1, $2, $3, $4, $5)";
const WRITE: &str =
    "select refused from app.scim_write_group($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const DELETE: &str = "select refused from app.scim_delete_group($1, $2, $3, $4)";

/// Groups on a page where their members are told, too, and how many of those end it, unless they
/// are of one group.
const WITH_MEMBERS: i64 = 20;
const MEMBERS: i64 = 10_000;

record! {
    /// A group and its place in a list; none, where a page is empty.
    struct Found {
        /// How many there are.
        total: i64,
        /// Its id.
        id: Option<Uuid>,
        /// Its name.
        display_name: Option<String>,
        /// What the directory calls it.
        external_id: Option<String>,
        /// Who is in it, where that was asked.
        members: Option<Vec<Uuid>>,
        /// Counts its changes; the ETag.
        version: Option<i32>,
        /// When it was made.
        created_at: Option<Timestamp>,
        /// When it last changed.
        updated_at: Option<Timestamp>,
    }
}

impl Found {
    fn told(&self, base: &Base, asked: &Asked) -> Option<Value> {
        let id = self.id?;
        let mut told = Map::new();
        told.insert("schemas".to_owned(), json!([GROUP]));
        told.insert("id".to_owned(), json!(id));
        told.insert("displayName".to_owned(), json!(self.display_name));
        if let Some(external_id) = &self.external_id {
            told.insert("externalId".to_owned(), json!(external_id));
        }
        let member = |id: &Uuid| {
            let place = format!("{}/Users/{id}", base.0);
            json!({ "value": id, "$ref": place, "type": "User" })
        };
        let members: Vec<Value> = self.members.iter().flatten().map(member).collect();
        if !members.is_empty() {
            told.insert("members".to_owned(), members.into());
        }
        let meta = Meta {
            kind: "Group",
            location: format!("{}/Groups/{id}", base.0),
            created: self.created_at?,
            changed: self.updated_at?,
            version: self.version?,
        };
        meta.tell(&mut told);
        Some(asked.selection.of(told).into())
    }
}

/// How many members end a page, where they are told.
fn members(asked: &Asked) -> Option<i64> {
    asked.selection.wants("members").then_some(MEMBERS)
}

async fn listed(
    app: &App,
    directory: &Directory,
    wanted: &GroupFilter,
    asked: &Asked,
) -> Result<Vec<Found>> {
    let members = members(asked);
    let most = members.map_or(i64::MAX, |_| WITH_MEMBERS);
    let values: Params = &[
        &wanted.id,
        &wanted.display_name,
        &wanted.external_id,
        &wanted.member,
        &(asked.start - 1),
        &asked.count.min(most),
        &members,
    ];
    directory.all(&app.db, LIST, values).await
}

async fn found(
    app: &App,
    directory: &Directory,
    base: &Base,
    asked: &Asked,
    id: Uuid,
) -> Result<(Value, Option<i32>)> {
    let values: Params = &[
        &id,
        &None::<String>,
        &None::<String>,
        &None::<Uuid>,
        &0_i64,
        &1_i64,
        &members(asked),
    ];
    let found: Found = directory.one(&app.db, LIST, values).await?;
    let told = found.told(base, asked).ok_or(Error::NotFound)?;
    Ok((told, found.version))
}

async fn write(
    app: &App,
    directory: &Directory,
    id: Uuid,
    if_match: Option<&IfMatch>,
    change: GroupChange,
) -> Result<()> {
    let listed = |ids: BTreeSet<Uuid>| ids.into_iter().collect::<Vec<_>>();
    let values: Params = &[
        &id,
        &if_match.and_then(IfMatch::versions),
        &change.display_name,
        &change.external_id.clone().flatten(),
        &change.external_id.is_some(),
        &change.only.map(listed),
        &listed(change.adds),
        &listed(change.removes),
    ];
    let (why,): (Option<String>,) = directory.one(&app.db, WRITE, values).await?;
    refused(why.as_deref())
}

/// A page of those that pass the filter.
pub(crate) async fn list(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
) -> Result<Response> {
    let wanted = GroupFilter::read(asked.filter.as_deref())?;
    let rows = listed(&app, &directory, &wanted, &asked).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let told = rows.iter().filter_map(|one| one.told(&base, &asked));
    Ok(asked.page(total, &told.collect::<Vec<_>>()))
}

/// One of them.
pub(crate) async fn show(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let (told, version) = found(&app, &directory, &base, &asked, id).await?;
    Ok(answer(StatusCode::OK, &told, version))
}

/// Makes a group, and its team.
pub(crate) async fn create(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Said(body): Said,
) -> Result<Response> {
    let group = GroupChange::read(body)?;
    let members: Vec<Uuid> = group.only.into_iter().flatten().collect();
    let values: Params = &[&group.display_name, &group.external_id.flatten(), &members];
    let (id,) = directory.one(&app.db, CREATE, values).await?;
    let (told, version) = found(&app, &directory, &base, &asked, id).await?;
    Ok(answer(StatusCode::CREATED, &told, version))
}

/// Replaces a group. Where `members` is left out, they stay.
pub(crate) async fn replace(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Path(id): Path<Uuid>,
    if_match: Option<IfMatch>,
    Said(body): Said,
) -> Result<Response> {
    let group = GroupChange::read(body)?;
    write(&app, &directory, id, if_match.as_ref(), group).await?;
    let (told, version) = found(&app, &directory, &base, &asked, id).await?;
    Ok(answer(StatusCode::OK, &told, version))
}

/// Changes a group. It is answered only where attributes are asked for: it may be a large one.
pub(crate) async fn update(
    State(app): State<App>,
    directory: Directory,
    base: Base,
    asked: Asked,
    Path(id): Path<Uuid>,
    if_match: Option<IfMatch>,
    Said(body): Said,
) -> Result<Response> {
    let change = GroupChange::of(&operations(body)?)?;
    write(&app, &directory, id, if_match.as_ref(), change).await?;
    if !asked.selection.is_partial() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let (told, version) = found(&app, &directory, &base, &asked, id).await?;
    Ok(answer(StatusCode::OK, &told, version))
}

/// Ends a group, and its team.
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
