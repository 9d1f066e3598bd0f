//! A token whose signature is the provider's: nothing of it is read before.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Header, decode_header};

use super::claims::Claims;
use super::discovery::Provider;
use super::failure::Failure;

/// Entra names 200 groups in a token, which takes some 10 KiB.
const LONGEST: usize = 32 * 1024;

/// What a provider has signed.
pub(super) struct Opened {
    pub(super) header: Header,
    pub(super) claims: Claims,
}

impl Provider {
    /// Verifies a token of one of these types, as `typ` calls them; a token may name none.
    pub(super) async fn open(
        &self,
        token: &str,
        types: &[&str],
        now: Timestamp,
    ) -> Result<Opened, Failure> {
        let parts: Vec<&str> = token.split('.').collect();
        let &[_, payload, signature] = &*parts else {
            return Err(Failure::TokenMalformed);
        };
        if token.len() > LONGEST {
            return Err(Failure::TokenMalformed);
        }
        let header = decode_header(token).map_err(|_| Failure::TokenHeader)?;
        // RFC 7515 §4.1.11: who does not understand an extension must refuse it.
        if header.crit.is_some() {
            return Err(Failure::TokenHeader);
        }
        if !self.algorithms.contains(&header.alg) {
            return Err(Failure::TokenAlgorithm);
        }
        let octets = |part: &str| URL_SAFE_NO_PAD.decode(part);
        let (Ok(payload), Ok(signed)) = (octets(payload), octets(signature)) else {
            return Err(Failure::TokenMalformed);
        };
        let message = &token[..token.len() - signature.len() - 1];
        let (fetch, message) = (&*self.fetch, message.as_bytes());
        self.keys
            .verify(fetch, &header, message, &signed, now)
            .await?;
        if !typed(&header, types) {
            return Err(Failure::TokenType);
        }
        let claims = Claims::read(&payload)?;
        Ok(Opened { header, claims })
    }
}

/// RFC 7515 §4.1.9: a media type, of which `application/` may be left out.
fn typed(header: &Header, types: &[&str]) -> bool {
    header.typ.as_ref().is_none_or(|typ| {
        let typ = typ.to_ascii_lowercase();
        types.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
    })
}
