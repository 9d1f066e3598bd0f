//! The whole API on one page. A route is here or it does not exist.

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    api_keys, audit_events, documents, me, members, roles, shares, team_members, teams, tenants,
    workspace_members, workspaces,
};
use crate::http::App;
use crate::http::openapi::{Api, complete};

/// Every route of `/v1`, with the description that its handlers give of themselves. All of
/// them stand behind `identity::identify`.
pub fn v1() -> OpenApiRouter<App> {
    let mut api = OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(me::show))
        .routes(routes!(tenants::show, tenants::update, tenants::delete))
        .routes(routes!(members::list, members::create))
        .routes(routes!(members::show, members::update, members::delete))
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
        .routes(routes!(audit_events::show));
    complete(api.get_openapi_mut());
    api
}
