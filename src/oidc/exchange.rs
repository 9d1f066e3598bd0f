//! The token endpoint: a code for an ID token (RFC 6749 §4.1.3, §5; RFC 7636 §4.5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use secrecy::{ExposeSecret, SecretString};

use super::begin::Pending;
use super::discovery::Provider;
use super::failure::{Failure, Step};
use super::fetch::json::{self, Fields};
use super::fetch::{Answer, Ask, Form};

/// Who we are at a provider.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// None where the provider has registered a public client.
    pub secret: Option<SecretString>,
}

/// What the provider gives for a code.
pub(super) struct Tokens {
    pub(super) id: SecretString,
    pub(super) access: Option<SecretString>,
}

/// Errors that a provider may answer with: RFC 6749 §5.2.
const ERRORS: [&str; 4] = [
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

impl Provider {
    pub(super) async fn exchange(
        &self,
        client: &Client,
        pending: &Pending,
        code: &str,
    ) -> Result<Tokens, Failure> {
        let step = Step::Exchange;
        let ask = Ask {
            url: &self.token,
            form: Some(self.form(client, pending, code)?),
            most: json::MOST,
        };
        let answer = self.fetch.fetch(ask).await;
        let answer = answer.map_err(|why| Failure::Unfetched { step, why })?;
        if answer.status != 200 {
            return Err(refusal(&answer));
        }
        let fields = Fields::of(&answer, step)?;
        Ok(Tokens {
            id: fields.required("id_token", json::text)?.into(),
            access: fields.optional("access_token", json::text)?.map(Into::into),
        })
    }

    fn form(&self, client: &Client, pending: &Pending, code: &str) -> Result<Form, Failure> {
        let offers = |method: &str| self.client_auth.iter().any(|it| it == method);
        let mut body = Serializer::new(String::new());
        body.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &pending.redirect_uri)
            .append_pair("code_verifier", pending.verifier.expose_secret());
        let mut authorization = None;
        match &client.secret {
            None => {
                body.append_pair("client_id", &client.id);
            }
            Some(secret) if offers("client_secret_basic") => {
                authorization = Some(basic(&client.id, secret));
            }
            Some(secret) if offers("client_secret_post") => {
                body.append_pair("client_id", &client.id)
                    .append_pair("client_secret", secret.expose_secret());
            }
            Some(_) => {
                let field = "token_endpoint_auth_methods_supported";
                let missing = "client_secret_basic or client_secret_post";
                return Err(Failure::Unsupported { field, missing });
            }
        }
        Ok(Form {
            body: body.finish().into(),
            authorization,
        })
    }
}

/// RFC 6749 §2.3.1: both are form-encoded before they are joined.
fn basic(id: &str, secret: &SecretString) -> SecretString {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret.expose_secret()));
    format!("Basic {}", STANDARD.encode(pair)).into()
}

/// Of the provider's words only those that the standard lists: others may repeat the code.
fn refusal(answer: &Answer) -> Failure {
    let (step, status) = (Step::Exchange, answer.status);
    let fields = Fields::of(answer, step);
    let error = fields.and_then(|fields| fields.optional("error", json::text));
    let error = error.ok().flatten().unwrap_or_default();
    match &*error {
        "invalid_client" => Failure::ClientRefused,
        "invalid_grant" => Failure::CodeRefused,
        _ if status == 401 => Failure::ClientRefused,
        other => match ERRORS.iter().find(|known| **known == other) {
            Some(known) => Failure::ExchangeRefused(known),
            None => Failure::Status { step, status },
        },
    }
}
