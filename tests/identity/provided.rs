//! What a tenant's own provider says of somebody, told to the database as the service tells it.

use bulkhead::config::Plane;
use bulkhead::token::{self, CredentialHash, Kind};
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::Came;
use crate::support::{Act, Refusal, World, enter_by, id, literal};

/// What a provider says.
#[derive(Clone)]
pub(super) struct Provided<'a> {
    pub(super) tenant: &'a str,
    pub(super) subject: &'a str,
    pub(super) email: Option<&'a str>,
    /// Whether the provider is to be believed.
    pub(super) believed: bool,
    pub(super) claims: Value,
    pub(super) sid: Option<&'a str>,
}

impl<'a> Provided<'a> {
    /// By the connection of `tenant` that is in use.
    pub(super) fn by(tenant: &'a str, subject: &'a str) -> Self {
        Self {
            tenant,
            subject,
            email: None,
            believed: true,
            claims: json!({}),
            sid: None,
        }
    }

    pub(super) fn email(self, email: &'a str) -> Self {
        Self {
            email: Some(email),
            ..self
        }
    }

    pub(super) fn in_groups(self, groups: &[&str]) -> Self {
        Self {
            claims: json!({ "groups": groups }),
            ..self
        }
    }
}

const SIGN_IN: &str = "
    select * from app.sign_in_connected($1, $2, $3, $4, $5, $6, 'Nora', $4, $7, $8, $9, null,
        '30 days', '7 days',
        array['request-9', 'trace-9', '192.0.2.9', null, null, '/sign-in', 'a browser', '0'])";

pub(super) async fn provided(world: &World, said: &Provided<'_>) -> Result<Came, String> {
    let plane = world.database.login(Plane::Identity).await;
    let (token, credential) = token::mint(Kind::Session).expect("the system has randomness");
    let connection = id(&format!("{}/connection/own", said.tenant));
    let issuer = format!("https://id.{}.example/own", said.tenant);
    let row: Row = plane
        .query_one(
            SIGN_IN,
            &[
                &id(said.tenant),
                &connection,
                &issuer,
                &said.subject,
                &said.email,
                &said.believed,
                &said.claims,
                &said.sid,
                &credential.hash,
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

/// How the gate answers a session that asks for a tenant.
pub(super) async fn entering(world: &World, hash: &CredentialHash, tenant: &str) -> String {
    let act = Act::on(world.login().await).await;
    match act.run(enter_by(&literal(hash), Some(id(tenant)))).await {
        Ok(_) => "in".to_owned(),
        Err(refusal) => refusal.words(),
    }
}
