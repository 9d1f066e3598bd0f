//! The whole API on one page. A route is here or it does not exist.

use axum::Router;
use axum::routing::{get, post};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::invitations::page;
use crate::api::{
    api_keys, audit_events, audit_proofs, audit_tail, audit_webhooks, connection_roles,
    connection_test, connections, documents, domains, invitations, join_requests, me, members,
    memberships, roles, scim, scim_directories, scim_groups, sessions, shares, sign_in,
    team_members, teams, tenants, workspace_members, workspaces,
};
use crate::http::App;
use crate::http::openapi::{Api, complete};

/// Reads that leave an event: of the history itself, and of what is another person's and seen only
/// by a permission over all the tenant. `app.told_reads()` names that permission for each; whoever
/// reads their own leaves none. Documents, workspaces, teams and the directory of members are
/// everybody's at work, and their readers are not watched.
pub(crate) const TOLD: [&str; 8] = [
    "/v1/audit/events",
    "/v1/audit/events/tail",
    "/v1/audit/events/{id}",
    "/v1/audit/events/{id}/proof",
    "/v1/api-keys",
    "/v1/api-keys/{id}",
    "/v1/shares",
    "/v1/shares/{id}",
];

/// Lists that are given whole, too: as lines or as a table.
pub(crate) const EXPORTED: [&str; 1] = ["/v1/audit/events"];

/// What people see in a browser.
pub(crate) fn pages() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::choose::show))
        .route("/sign-in/find", post(sign_in::choose::find))
        .route("/sign-in/at/{slug}", get(sign_in::choose::show_tenant))
        .route("/sign-in/link", post(sign_in::link::confirm))
        .route("/sign-in/link/{connection}", get(sign_in::link::begin))
        .route(
            "/sign-in/break-glass/{slug}",
            get(sign_in::break_glass::ask).post(sign_in::break_glass::open),
        )
        .route("/sign-in/{door}", get(sign_in::begin))
        .route("/sign-in/{door}/callback", get(sign_in::finish))
        .route("/sign-in/{door}/logout", post(sign_in::logout::told))
        .route("/sign-out", post(sign_in::end))
        .route("/invitation/{token}", get(page::open))
        .route("/invitation", get(page::show).post(page::accept))
}

/// What directories ask for, below `/scim/v2`. RFC 7644 describes it, and it describes itself.
pub(crate) fn scim() -> Router<App> {
    let users = get(scim::users::show)
        .put(scim::users::replace)
        .patch(scim::users::update)
        .delete(scim::users::delete);
    let groups = get(scim::groups::show)
        .put(scim::groups::replace)
        .patch(scim::groups::update)
        .delete(scim::groups::delete);
    Router::new()
        .route("/Users", get(scim::users::list).post(scim::users::create))
        .route("/Users/{id}", users)
        .route(
            "/Groups",
            get(scim::groups::list).post(scim::groups::create),
        )
        .route("/Groups/{id}", groups)
        .route("/ServiceProviderConfig", get(scim::discover::config))
        .route("/ResourceTypes", get(scim::discover::resource_types))
        .route("/ResourceTypes/{id}", get(scim::discover::resource_type))
        .route("/Schemas", get(scim::discover::schemas))
        .route("/Schemas/{id}", get(scim::discover::schema))
        .route("/Bulk", post(scim::discover::not_done))
        .route("/.search", post(scim::discover::not_done))
        .route("/Users/.search", post(scim::discover::not_done))
        .route("/Groups/.search", post(scim::discover::not_done))
}

/// Every route of `/v1`, with the description that its handlers give of themselves. All of
/// them stand behind `identity::identify`.
pub fn v1() -> OpenApiRouter<App> {
    let mut api = OpenApiRouter::with_openapi(Api::openapi())
        .merge(own())
        .routes(routes!(tenants::show, tenants::update, tenants::delete))
        .routes(routes!(members::list, members::create))
        .routes(routes!(members::show, members::update, members::delete))
        .routes(routes!(members::transfer))
        .merge(identity())
        .routes(routes!(roles::catalogue))
        .routes(routes!(roles::list, roles::create))
        .routes(routes!(roles::show, roles::update, roles::delete))
        .routes(routes!(teams::list, teams::create))
        .routes(routes!(teams::show, teams::update, teams::delete))
        .routes(routes!(team_members::list, team_members::create))
        .routes(routes!(team_members::show, team_members::delete))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::show, api_keys::delete))
        .routes(routes!(workspaces::list, workspaces::create))
        .routes(routes!(
            workspaces::show,
            workspaces::update,
            workspaces::delete
        ))
        .routes(routes!(workspace_members::list, workspace_members::create))
        .routes(routes!(
            workspace_members::show,
            workspace_members::update,
            workspace_members::delete
        ))
        .routes(routes!(shares::list, shares::create))
        .routes(routes!(shares::show, shares::delete))
        .routes(routes!(documents::list, documents::create))
        .routes(routes!(
            documents::show,
            documents::update,
            documents::delete
        ))
        .routes(routes!(audit_events::list))
        .routes(routes!(audit_tail::follow))
        .routes(routes!(audit_events::show))
        .routes(routes!(audit_proofs::inclusion))
        .routes(routes!(audit_proofs::checkpoint))
        .routes(routes!(audit_proofs::consistency))
        .routes(routes!(audit_webhooks::list, audit_webhooks::create))
        .routes(routes!(audit_webhooks::show, audit_webhooks::delete));
    complete(api.get_openapi_mut());
    api
}

/// What is a person's own, wherever they are.
fn own() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me::show))
        .routes(routes!(memberships::list))
        .routes(routes!(memberships::invitations))
        .routes(routes!(memberships::switch))
        .routes(routes!(memberships::leave))
        .routes(routes!(sessions::list, sessions::delete_others))
        .routes(routes!(sessions::delete))
}

/// How people come in.
fn identity() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(domains::list, domains::create))
        .routes(routes!(domains::show, domains::update, domains::delete))
        .routes(routes!(domains::verify))
        .routes(routes!(connections::list, connections::create))
        .routes(routes!(
            connections::show,
            connections::update,
            connections::delete
        ))
        .routes(routes!(connections::replace_secret))
        .routes(routes!(connection_test::run))
        .routes(routes!(connection_roles::list, connection_roles::create))
        .routes(routes!(connection_roles::show, connection_roles::delete))
        .routes(routes!(join_requests::list))
        .routes(routes!(join_requests::show))
        .routes(routes!(join_requests::approve))
        .routes(routes!(join_requests::deny))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::accept))
        .routes(routes!(invitations::show, invitations::delete))
        .routes(routes!(invitations::resend))
        .routes(routes!(scim_directories::list, scim_directories::create))
        .routes(routes!(
            scim_directories::show,
            scim_directories::update,
            scim_directories::delete
        ))
        .routes(routes!(scim_directories::rotate))
        .routes(routes!(scim_groups::list))
        .routes(routes!(scim_groups::show, scim_groups::update))
}
