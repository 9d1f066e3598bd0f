//! Identity: whoever comes, by whatever door, is always the same user and never somebody else.

mod admitted;
mod bearer;
mod browser;
mod claims;
mod company;
mod connecting;
mod connections;
mod cookies;
mod doors;
mod ends;
mod enforced;
mod imported;
mod linking;
mod links;
mod logout;
mod pages;
mod provided;
mod sessions;
mod sign_in;
pub(crate) mod site;
mod tenant_site;

use bulkhead::config::Plane;
use bulkhead::token::{self, CredentialHash, Kind};
use secrecy::SecretString;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::support::{Refusal, World};

const ISSUER: &str = "https://issuer.test";

/// What an issuer of the platform's own says of somebody.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    issuer: &'a str,
    subject: &'a str,
    email: Option<&'a str>,
    verified: bool,
}

impl<'a> Said<'a> {
    pub(crate) fn of(subject: &'a str) -> Self {
        Self {
            issuer: ISSUER,
            subject,
            email: None,
            verified: false,
        }
    }

    pub(crate) fn proven(subject: &'a str, email: &'a str) -> Self {
        Self {
            email: Some(email),
            verified: true,
            ..Self::of(subject)
        }
    }

    pub(crate) fn claimed(subject: &'a str, email: &'a str) -> Self {
        Self {
            email: Some(email),
            ..Self::of(subject)
        }
    }
}

/// Somebody who came in, and their session.
pub(crate) struct Came {
    pub(crate) user: Uuid,
    pub(crate) session: Uuid,
    pub(crate) token: SecretString,
    hash: CredentialHash,
}

const SIGN_IN: &str = "select * from app.sign_in($1, $2, $3, $4, 'Nora', $5, null,
    $6::text::interval, $7::text::interval,
    array['request-9', 'trace-9', '192.0.2.9', null, null, '/sign-in', 'a browser', '0'])";

async fn sign_in_as(client: &Client, said: Said<'_>, idle: Option<&str>) -> Result<Came, String> {
    let (token, credential) = token::mint(Kind::Session).expect("the system has randomness");
    let lifetime = "30 days";
    let (email, verified) = (said.email, said.verified);
    let row: Row = client
        .query_one(
            SIGN_IN,
            &[
                &said.issuer,
                &said.subject,
                &email,
                &verified,
                &credential.hash,
                &lifetime,
                &idle,
            ],
        )
        .await
        .map_err(|error| Refusal::of(&error).words())?;
    match row.get::<_, Option<String>>("refused") {
        Some(refused) => Err(refused),
        None => Ok(Came {
            user: row.get("user_id"),
            session: row.get("credential_id"),
            token,
            hash: credential.hash,
        }),
    }
}

async fn sign_in(world: &World, said: Said<'_>) -> Result<Came, String> {
    let plane = world.database.login(Plane::Identity).await;
    sign_in_as(&plane, said, Some("7 days")).await
}

pub(crate) async fn comes(world: &World, said: Said<'_>) -> Came {
    sign_in(world, said).await.expect("they come in")
}
