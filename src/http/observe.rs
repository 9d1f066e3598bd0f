//! The outermost layer: names the request, measures it, and finishes its answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::db::RequestInfo;
use crate::error::Problem;
use crate::http::client_ip::client_ip;
use crate::http::trace::{REQUEST_ID, TRACEPARENT, TraceContext, request_id};
use crate::http::{App, scim};
use crate::telemetry;

/// What is the route of a path that is none.
const UNMATCHED: &str = "unmatched";
const USER_AGENT_LENGTH: usize = 400;

/// Unless a route says otherwise: nothing is kept by a cache, shown in a frame, or guessed at.
const DEFAULTS: [(HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
];

/// What is known of a request before anything in it is believed.
#[derive(Debug, Clone)]
pub(crate) struct Facts(Arc<Known>);

#[derive(Debug)]
struct Known {
    request_id: String,
    trace: TraceContext,
    client_ip: IpAddr,
    route: Option<MatchedPath>,
    user_agent: Option<String>,
}

impl Facts {
    fn of(app: &App, request: &Request) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        // Without a connection (a test that calls the router) there is nobody to tell apart.
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        Self(Arc::new(Known {
            request_id: request_id(request.headers()),
            trace: TraceContext::from_headers(request.headers()),
            client_ip: client_ip(peer, request.headers(), &app.trusted_proxies),
            route: request.extensions().get::<MatchedPath>().cloned(),
            user_agent: user_agent(request.headers()),
        }))
    }

    pub(crate) fn client_ip(&self) -> IpAddr {
        self.0.client_ip
    }

    /// As the gate wants to hear it.
    pub(crate) fn request_info(&self) -> RequestInfo {
        RequestInfo {
            request_id: self.0.request_id.clone(),
            trace_id: Some(self.0.trace.trace_id.clone()),
            client_ip: Some(self.0.client_ip),
            reason: None,
            span_id: Some(self.0.trace.span_id.clone()),
            route: self.0.route.as_ref().map(|route| route.as_str().to_owned()),
            user_agent: self.0.user_agent.clone(),
        }
    }

    fn tell(&self, headers: &mut HeaderMap) {
        let id = HeaderValue::from_str(&self.0.request_id).expect("checked or made by us");
        headers.insert(REQUEST_ID, id);
        headers.insert(TRACEPARENT, self.0.trace.header());
        for (name, value) in DEFAULTS {
            headers.entry(name).or_insert(value);
        }
    }
}

/// One access line a request, its metrics, and the headers every answer has.
pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let facts = Facts::of(&app, &request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let names = telemetry::Names {
        method: method.as_str(),
        route: facts
            .0
            .route
            .as_ref()
            .map_or(UNMATCHED, MatchedPath::as_str),
        request_id: &facts.0.request_id,
        trace_id: &facts.0.trace.trace_id,
        span_id: &facts.0.trace.span_id,
    };
    let span = names.span();
    request.extensions_mut().insert(facts.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        complete(&mut response, problem, path, &facts.0.request_id);
    }
    facts.tell(response.headers_mut());
    names.answered(&span, response.status().as_u16(), begun.elapsed());
    response
}

/// What fits into an event of it; a client that says nothing readable says nothing.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().take(USER_AGENT_LENGTH).collect())
}

/// A problem knows what went wrong; only here is known where.
fn complete(response: &mut Response, mut problem: Problem, path: String, request_id: &str) {
    problem.request_id = Some(request_id.to_owned());
    response.headers_mut().remove(header::CONTENT_LENGTH);
    if scim::is_below(&path) {
        scim::complete(response, &problem);
        return;
    }
    problem.instance = Some(path);
    *response.body_mut() = Body::from(problem.to_json());
}
