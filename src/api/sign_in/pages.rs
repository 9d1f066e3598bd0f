//! What people see of signing in.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::HOME;
use super::choose::Choice;
use crate::error::Error;
use crate::http::doors::connection::Home;
use crate::http::doors::{Door, Doors, Front};
use crate::http::html::page;
use crate::oidc::Failure;

/// The platform's own ways in, and the question for an organization's.
pub(super) fn choice(doors: &Doors) -> Response {
    let content = html! {
        (doors_to(doors, None))
        form method="post" action="/sign-in/find" {
            label for="email" { "Your organization's sign-in" }
            input #email name="email" type="email" autocomplete="username" required
                maxlength="320" placeholder="you@company.example";
            button { "Find it" }
        }
    };
    page(StatusCode::OK, "Sign in", &content)
}

/// Each of the platform's own, and where the person goes on: a path of this service.
pub(in crate::api) fn doors_to(doors: &Doors, path: Option<&str>) -> Markup {
    let onward = path.map_or_else(String::new, |path| format!("?return_to={path}"));
    html! {
        ul {
            @for door in doors.own() {
                li {
                    a.door href={ (HOME) "/" (door.name) (onward) } {
                        "Continue with " (door.title)
                    }
                }
            }
        }
    }
}

/// Where people with some address sign in.
pub(super) fn found(doors: &Doors, slug: Option<&str>) -> Response {
    let Some(slug) = slug else {
        let content = html! {
            p { "No organization has set up a sign-in for this address." }
            (doors_to(doors, None))
        };
        return page(StatusCode::OK, "Sign in", &content);
    };
    let target = if doors.has_hosts() {
        doors.at_home(slug, HOME)
    } else {
        doors.public(&format!("{HOME}/at/{slug}"))
    };
    let content = html! {
        p { "Your organization has its own sign-in." }
        p { a.door href=(target) { "Continue at " (slug) } }
    };
    page(StatusCode::OK, "Sign in", &content)
}

/// A tenant's ways in: its own alone, where it insists on them.
pub(super) fn tenant(front: &Front<'_>, choice: &Choice) -> Response {
    let doors = front.doors;
    let glass = doors.public(&format!("{HOME}/break-glass/{}", choice.slug));
    let content = html! {
        @if choice.doors.is_empty() {
            p { "This organization has no sign-in of its own." }
        }
        ul {
            @for (target, name) in &choice.doors {
                li { a.door href=(target) { "Continue with " (name) } }
            }
        }
        @if choice.sso_only {
            p.small { a href=(glass) { "This does not work, and you are an owner" } }
        } @else {
            p { a href=(doors.public(HOME)) { "Other ways to sign in" } }
        }
    };
    page(
        StatusCode::OK,
        &format!("Sign in to {}", choice.tenant),
        &content,
    )
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

/// A login that comes for the first time, with somebody's address.
pub(super) fn unlinked(front: &Front<'_>, home: &Home) -> Response {
    let target = front
        .doors
        .public(&format!("{HOME}/link/{}", home.connection));
    let content = html! {
        p {
            "There is an account with your address already, and " (home.name)
            " can not say that it is yours. If it is, sign in to it and connect the two."
        }
        p { a.door href=(target) { "Connect them" } }
    };
    page(StatusCode::FORBIDDEN, "You are not signed in", &content)
}

/// For what somebody who is signed in may do.
pub(super) fn sign_in_first(doors: &Doors) -> Response {
    let content = html! {
        p { "Sign in to your account first, and then follow the link again." }
        (doors_to(doors, None))
    };
    page(StatusCode::UNAUTHORIZED, "Sign in", &content)
}

/// For what asks for a sign-in of this very moment.
pub(super) fn anew(doors: &Doors, slug: &str) -> Response {
    let content = html! {
        p { "Prove once more who you are: this asks for a sign-in of the last 15 minutes." }
        ul {
            @for door in doors.own() {
                li {
                    a.door href={
                        (HOME) "/" (door.name) "?anew=true&return_to=" (HOME) "/break-glass/" (slug)
                    } {
                        "Continue with " (door.title)
                    }
                }
            }
        }
    };
    page(StatusCode::FORBIDDEN, "Sign in once more", &content)
}

/// Which login is to become whose.
pub(super) fn confirm(
    home: &Home,
    connection: &str,
    login: &str,
    account: &str,
    proof: &str,
) -> Response {
    let content = html! {
        p {
            "Whoever signs in to " strong { (home.name) } " with " (connection) " as "
            strong { (login) } " will come into your account " strong { (account) } "."
        }
        p { "All your other sessions end, and your API keys." }
        form method="post" action="/sign-in/link" {
            input type="hidden" name="proof" value=(proof);
            button { "Yes, both are me" }
        }
        p { a href=(HOME) { "No" } }
    };
    page(StatusCode::OK, "Connect this login?", &content)
}

/// Why somebody passes their organization's sign-in.
pub(super) fn break_glass(slug: &str) -> Response {
    let content = html! {
        p {
            "This opens " strong { (slug) } " for an hour to an owner who has just signed in here. "
            "Its history tells who did it, and why."
        }
        form method="post" action={ (HOME) "/break-glass/" (slug) } {
            label for="reason" { "Why?" }
            input #reason name="reason" required maxlength="200" autocomplete="off";
            button { "Come in" }
        }
    };
    page(
        StatusCode::OK,
        "When your organization's sign-in fails",
        &content,
    )
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
    tracing::error!(door = door.name, code = failure.code(), %failure, "an issuer fails");
    let why = format!("{} can not be reached now.", door.title);
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
