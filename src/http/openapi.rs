//! What every operation of the API reference has in common, written once instead of at each
//! handler: credentials, headers, problems.

use utoipa::OpenApi;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, Ref, RefOr, Response};

use crate::error::{FieldError, Problem};
use crate::http::cookie;

mod links;
mod parameters;

use links::link_created;
use parameters::{add_parameters, describe_ids, text_schema};

const BEARER: &str = "bearer";
const COOKIE: &str = "session";
const PROBLEM: &str = "application/problem+json";

/// Everything about the API that no single handler can say.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bulkhead",
        description = "A multi-tenant platform for AI workspaces. Errors are RFC 9457 problems \
            with a stable `code`. Unsafe requests take an `Idempotency-Key`; changes name the \
            version they were made for in `If-Match`; lists page by cursor.",
    ),
    components(schemas(Problem, FieldError))
)]
pub(crate) struct Api;

/// Status, name, and when it is given.
const PROBLEMS: [(u16, &str, &str); 13] = [
    (
        400,
        "BadRequest",
        "A header, the query or the body can not be read.",
    ),
    (
        401,
        "Unauthorized",
        "No credential, or one that is not valid (any more).",
    ),
    (
        403,
        "Forbidden",
        "Your role does not allow this, or the tenant is not yours to enter.",
    ),
    (
        404,
        "NotFound",
        "Nothing is here, or it is not yours to see.",
    ),
    (
        409,
        "Conflict",
        "It contradicts what is stored, or the same request is still in flight.",
    ),
    (
        412,
        "PreconditionFailed",
        "It is at another version than `If-Match` says.",
    ),
    (
        413,
        "ContentTooLarge",
        "The body is larger than this service accepts.",
    ),
    (
        415,
        "UnsupportedMediaType",
        "The body is not `application/json`.",
    ),
    (
        422,
        "UnprocessableContent",
        "A value breaks a rule: see `code` and `errors`.",
    ),
    (428, "PreconditionRequired", "`If-Match` is missing."),
    (
        429,
        "TooManyRequests",
        "The tenant's or the address's share is used up for now.",
    ),
    (
        500,
        "InternalServerError",
        "The service failed. Quote `request_id`.",
    ),
    (
        503,
        "ServiceUnavailable",
        "Overloaded, out of time, or without its database: try again.",
    ),
];

/// What finds nothing by another word than an id in its path.
const FINDING: [&str; 2] = ["/v1/invitations/accept", "/v1/me/membership"];

/// Acts of a person outside any tenant, where no answers are kept.
const OUTSIDE: [&str; 2] = ["/v1/invitations/accept", "/v1/me/switch"];

/// Completes every operation that the handlers described.
pub(crate) fn complete(api: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            describe_ids(operation, path);
            let finds = path.contains('{') || FINDING.contains(&path.as_str());
            describe(operation, method, finds);
            if method != "GET" && !OUTSIDE.contains(&path.as_str()) {
                let key = Ref::new("#/components/parameters/IdempotencyKey");
                operation
                    .parameters
                    .get_or_insert_default()
                    .push(RefOr::Ref(key));
            }
        }
    }
    link_created(&mut api.paths);
    let components = api.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme(BEARER, bearer);
    let cookie = ApiKey::Cookie(ApiKeyValue::new(cookie::SESSION));
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(cookie));
    for (status, name, description) in PROBLEMS {
        components
            .responses
            .insert(name.to_owned(), problem(status, description).into());
    }
    add_parameters(components);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn describe(operation: &mut Operation, method: &str, finds: bool) {
    // Handlers are named alike in every file; clients generated from this need one name each.
    let tag = operation
        .tags
        .iter()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_default();
    if let Some(name) = &mut operation.operation_id {
        *name = format!("{tag}.{name}");
    }
    // Either: a browser's session, or a token.
    let either = [BEARER, COOKIE].map(|scheme| SecurityRequirement::new(scheme, [""; 0]));
    operation.security.get_or_insert_default().extend(either);
    describe_success(operation);
    let has_query = operation.parameters.iter().flatten().any(is_query);
    let writes = method != "GET";
    let has_body = operation.request_body.is_some();
    let parameters = operation.parameters.get_or_insert_default();
    let header = |name: &str| RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")));
    parameters.extend(["Tenant", "Reason"].map(header));
    match method {
        "PATCH" | "PUT" => parameters.push(header("IfMatch")),
        "DELETE" => parameters.push(header("IfMatchOptional")),
        _ => {}
    }
    for (status, name, _) in PROBLEMS {
        let given = match status {
            404 => finds,
            409 | 413 => writes,
            412 => matches!(method, "PATCH" | "PUT" | "DELETE"),
            415 => has_body,
            422 => writes || has_query,
            428 => matches!(method, "PATCH" | "PUT"),
            _ => true,
        };
        if given {
            let response = RefOr::Ref(Ref::from_response_name(name));
            operation
                .responses
                .responses
                .insert(status.to_string(), response);
        }
    }
}

fn is_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(one) if one.parameter_in == ParameterIn::Query)
}

fn describe_success(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if response.description.is_empty() {
            response.description = match status.as_str() {
                "201" => "Created.",
                "204" => "Done; there is nothing to show.",
                _ => "As asked.",
            }
            .into();
        }
        if status == "201" {
            response
                .headers
                .insert("Location".to_owned(), text_header("Where it is read."));
        }
        let json = response.content.contains_key("application/json");
        if json && !operation.parameters.iter().flatten().any(is_query) {
            response.headers.insert(
                "ETag".to_owned(),
                text_header("Its version, for `If-Match`."),
            );
        }
    }
}

fn problem(status: u16, description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let mut response = Response::new(description);
    response
        .content
        .insert(PROBLEM.to_owned(), Content::new(Some(schema)).into());
    let header = match status {
        401 => ("WWW-Authenticate", "How to authenticate."),
        429 | 503 => ("Retry-After", "Seconds after which a retry has a chance."),
        _ => return response,
    };
    response
        .headers
        .insert(header.0.to_owned(), text_header(header.1));
    response
}

fn text_header(description: &str) -> RefOr<Header> {
    let text = text_schema().build();
    let header = Header::builder().schema(Some(text));
    header.description(Some(description)).build().into()
}
