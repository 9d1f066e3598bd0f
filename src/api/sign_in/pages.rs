//! What people see of signing in.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::HOME;
use crate::error::Error;
use crate::http::doors::{Door, Doors};
use crate::http::html::page;
use crate::oidc::Failure;

/// The ways in.
pub(super) fn choice(doors: &Doors) -> Response {
    page(StatusCode::OK, "Sign in", &doors_to(doors, None))
}

/// Each of them, and where the person goes on: a path of this service.
pub(in crate::api) fn doors_to(doors: &Doors, path: Option<&str>) -> Markup {
    let onward = path.map_or_else(String::new, |path| format!("?return_to={path}"));
    html! {
        ul {
            @for door in doors.all.iter().map(|door| &door.config) {
                li {
                    a.door href={ (HOME) "/" (door.name) (onward) } {
                        "Continue with " (door.title)
                    }
                }
            }
        }
    }
}

/// Who has come in, and the way out.
pub(super) fn inside(name: &str, email: Option<&str>) -> Response {
    let content = html! {
        p {
            "Signed in as " strong { (name) }
            @if let Some(email) = email { " (" (email) ")" }
            "."
        }
        form method="post" action="/sign-out" { button { "Sign out" } }
    };
    page(StatusCode::OK, "You are signed in", &content)
}

fn again(status: StatusCode, about: &str, why: &str) -> Response {
    let content = html! {
        p { (why) }
        p { a.door href=(HOME) { "Try again" } }
    };
    page(status, about, &content)
}

pub(super) fn over() -> Response {
    let why = "It took longer than ten minutes, was finished already, or began in another browser.";
    again(StatusCode::BAD_REQUEST, "This sign-in is over", why)
}

pub(super) fn refused(why: &str) -> Response {
    again(StatusCode::FORBIDDEN, "You are not signed in", why)
}

pub(super) fn unreachable(door: &Door, failure: &Failure) -> Response {
    tracing::error!(door = door.config.name, code = failure.code(), %failure, "an issuer fails");
    let why = format!("{} can not be reached now.", door.config.title);
    again(
        StatusCode::SERVICE_UNAVAILABLE,
        "You are not signed in",
        &why,
    )
}

/// As for a program, but to be read by a person.
pub(in crate::api) fn failed(error: Error) -> Response {
    let problem = error.problem();
    let content = html! {
        p { (problem.detail) }
        p { a.door href=(HOME) { "Try again" } }
        p.small { (problem.code) }
    };
    page(error.into_response().status(), problem.title, &content)
}
