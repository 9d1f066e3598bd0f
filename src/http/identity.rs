//! Who is asking, and in which tenant: from headers to a [`Caller`].
//!
//! This runs before every route of `/v1`, so that no handler can forget it. It decides nothing:
//! the gate checks the credential and the membership anew in each transaction.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::db::{Caller, RequestInfo, TenantId};
use crate::error::{Error, Result};
use crate::http::acts::Asked;
use crate::http::headers::{once, printable};
use crate::http::observe::Facts;
use crate::http::{App, bearer, bounds, cookie};
use crate::telemetry;
use crate::token::{Credential, Kind};

const TENANT: &str = "bulkhead-tenant";
const REASON: &str = "bulkhead-reason";
const REASON_LENGTH: usize = 200;
/// An id is 36 characters, a slug at most 63.
const TENANT_LENGTH: usize = 63;

/// Asks nothing but to be let in.
const ENTER_ONLY: &str = "select true";

/// The layer in front of `/v1`: identifies the caller, counts the request against the tenant.
pub(crate) async fn identify(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let facts = request.extensions().get::<Facts>();
    let facts = facts.expect("`observe` comes before this").clone();
    let (method, headers) = (request.method(), request.headers());
    let identity = Identity::read(&app, method, headers, facts.request_info()).await?;
    let caller = identity.caller.clone();
    // Only a tenant this credential belongs to: else anyone could use up a stranger's share.
    let tenant = caller.tenant.filter(|tenant| !tenant.uuid().is_nil());
    let taken = tenant.map(|tenant| {
        telemetry::in_tenant(tenant);
        app.tenant_limit.take(tenant)
    });
    if let Some(Err(allowance)) = taken {
        return Ok(allowance.refuse());
    }
    let place = |tenant| bounds::place(bounds::TENANT, &app.tenant_at_once, tenant);
    let _place = tenant.map(place).transpose()?;
    let asked = Asked::of(&request);
    request.extensions_mut().insert(identity);
    let answer = believed(&app, &caller, &asked, next.run(request).await).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    asked.note_refusal(&app, &caller, &response);
    if let Some(Ok(allowance)) = taken {
        allowance.tell(response.headers_mut());
    }
    Ok(response)
}

/// The answer, once the database has agreed that it may leave.
async fn believed(app: &App, caller: &Caller, asked: &Asked, answer: Response) -> Result<Response> {
    if faults_the_request(answer.status()) {
        // What is wrong with a request is told only to those who may make one.
        app.db.read_one::<()>(caller, ENTER_ONLY, &[]).await?;
    }
    asked.record_read(app, caller, answer.status()).await?;
    Ok(answer)
}

/// Answers that may have been given before the gate was asked.
fn faults_the_request(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 413 | 415 | 422 | 428)
}

/// What the headers say of the caller.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) caller: Caller,
    kind: Kind,
}

impl Identity {
    async fn read(
        app: &App,
        method: &Method,
        headers: &HeaderMap,
        mut request: RequestInfo,
    ) -> Result<Self> {
        let credential = credential(app, method, headers, &request).await?;
        // The host where people sign in is no tenant's.
        let base = app.base_domain.as_deref();
        let base = base.filter(|_| app.front(headers).map_or(true, |it| it.slug.is_some()));
        let selected = selected_tenant(headers, base)?;
        request.reason = printable(headers, REASON, "reason_malformed", REASON_LENGTH)?;
        let tenant = app
            .db
            .resolve(&credential.hash, selected.as_deref())
            .await?;
        let caller = Caller {
            credential: credential.hash,
            tenant,
            request,
        };
        Ok(Self {
            caller,
            kind: credential.kind,
        })
    }

    /// The tenant, for what makes sense only inside one.
    pub(crate) fn require_tenant(&self) -> Result<TenantId> {
        self.caller.tenant.ok_or_else(|| match self.kind {
            // A key that is known has a tenant; a directory does not come this way.
            Kind::ApiKey | Kind::Directory => Error::unauthorized(),
            Kind::Session => Error::bad_request(
                "tenant_required",
                "Name the tenant in `Bulkhead-Tenant`: its slug or its id; or switch to it.",
            ),
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Identity {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        // A route outside `identify` is a mistake; it must not become an open one.
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(Error::unauthorized)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        Ok(Identity::from_request_parts(parts, state).await?.caller)
    }
}

/// What the request comes by: a token that it names, or else the session of its browser.
async fn credential(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    request: &RequestInfo,
) -> Result<Credential> {
    match presented(headers)? {
        Some(token) if bearer::is_jwt(token) => bearer::exchange(app, token, request).await,
        Some(token) => Credential::parse(token).ok_or_else(Error::unauthorized),
        None => cookie::session(headers, method)?.ok_or_else(|| Error::Unauthorized {
            code: "credential_missing".into(),
        }),
    }
}

/// The token that a request names.
fn presented(headers: &HeaderMap) -> Result<Option<&str>> {
    let value = once(headers, header::AUTHORIZATION.as_str())?;
    value.map(bearer).transpose()
}

/// What comes as a bearer token (RFC 6750 §2.1).
pub(crate) fn bearer(value: &str) -> Result<&str> {
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = Some(token.trim_matches(' ')).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    token.ok_or_else(Error::unauthorized)
}

/// The tenant named by `Bulkhead-Tenant` or by the host's first label. In lower case: slugs are,
/// and one tenant must not be remembered under many spellings.
fn selected_tenant(headers: &HeaderMap, base_domain: Option<&str>) -> Result<Option<String>> {
    let named = once(headers, TENANT)?.map(str::to_ascii_lowercase);
    if named.as_deref().is_some_and(|name| !is_slug_or_id(name)) {
        return Err(Error::bad_request(
            "tenant_malformed",
            "`Bulkhead-Tenant` must be a tenant's slug or its id.",
        ));
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let subdomain = base_domain.and_then(|base| subdomain_of(host?, base));
    match (named, subdomain) {
        (Some(named), Some(subdomain)) if named != subdomain => Err(Error::bad_request(
            "tenant_conflict",
            "`Bulkhead-Tenant` and the host name two different tenants: drop the header.",
        )),
        (named, subdomain) => Ok(named.or(subdomain)),
    }
}

/// `acme.example.com:443` under `example.com` is `acme`. A deeper name is none of ours.
fn subdomain_of(host: &str, base: &str) -> Option<String> {
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, _)| name)
        .to_ascii_lowercase();
    let label = name.strip_suffix(base)?.strip_suffix('.')?;
    is_slug_or_id(label).then(|| label.to_owned())
}

fn is_slug_or_id(text: &str) -> bool {
    (1..=TENANT_LENGTH).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .fold(HeaderMap::new(), |mut headers, (name, value)| {
                headers.append(*name, value.parse().expect("a header value"));
                headers
            })
    }

    fn tenant(
        pairs: &[(&'static str, &'static str)],
        base: Option<&str>,
    ) -> Result<String, String> {
        selected_tenant(&headers(pairs), base)
            .map(Option::unwrap_or_default)
            .map_err(|error| error.code().to_owned())
    }

    #[test]
    fn the_tenant_comes_from_the_header_or_the_host() {
        let base = Some("example.com");
        assert_eq!(tenant(&[], base), Ok(String::new()));
        assert_eq!(tenant(&[(TENANT, "Acme")], None), Ok("acme".to_owned()));
        assert_eq!(
            tenant(&[("host", "acme.Example.com:8443")], base),
            Ok("acme".to_owned())
        );
        for host in [
            "example.com",
            "a.b.example.com",
            "acme.example.org",
            "acmeexample.com",
            "[::1]:80",
        ] {
            assert_eq!(tenant(&[("host", host)], base), Ok(String::new()), "{host}");
        }
        assert_eq!(
            tenant(&[("host", "acme.example.com")], None),
            Ok(String::new())
        );
        let both = [(TENANT, "acme"), ("host", "acme.example.com")];
        assert_eq!(tenant(&both, base), Ok("acme".to_owned()));
    }

    #[test]
    fn contradictions_are_refused() {
        let two = [(TENANT, "globex"), ("host", "acme.example.com")];
        assert_eq!(
            tenant(&two, Some("example.com")),
            Err("tenant_conflict".to_owned())
        );
        let twice = [(TENANT, "acme"), (TENANT, "globex")];
        assert_eq!(tenant(&twice, None), Err("header_malformed".to_owned()));
        for bad in ["", "a b", "acme;drop", "acme.globex"] {
            assert_eq!(
                tenant(&[(TENANT, bad)], None),
                Err("tenant_malformed".to_owned()),
                "{bad}"
            );
        }
    }

    #[test]
    fn only_one_well_formed_bearer_token_is_a_credential() {
        let auth = "authorization";
        let of = |value: &'static str| {
            presented(&headers(&[(auth, value)]))
                .map(|it| it.map(str::to_owned))
                .map_err(|error| error.code().to_owned())
        };
        for good in ["Bearer  a ", "bEARER a"] {
            assert_eq!(of(good), Ok(Some("a".to_owned())));
        }
        for bad in ["", "Bearer", "Bearer ", "Bearer bhk_short"].map(of) {
            let bad = bad.ok().flatten();
            assert_eq!(bad.as_deref().and_then(Credential::parse), None);
        }
        let twice = headers(&[(auth, "Bearer a"), (auth, "Bearer b")]);
        assert_eq!(presented(&twice).unwrap_err().code(), "header_malformed");
    }
}
