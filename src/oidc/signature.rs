//! Whether a key has signed something: `ring`, under the algorithms that are allowed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use ring::digest::{Digest, SHA256, SHA384, SHA512, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

/// All that are allowed, the provider's word permitting. None by a shared secret: a public key
/// would serve as one.
pub(super) const ALLOWED: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// A public key that can verify.
pub(super) enum PublicKey {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// An algorithm, as `ring` has it.
enum Method {
    Rsa(&'static RsaParameters),
    Other(&'static dyn VerificationAlgorithm),
}

impl PublicKey {
    /// None for secrets, for curves that nobody signs with here, and for what is no key at all.
    pub(super) fn of(jwk: &Jwk) -> Option<Self> {
        let octets = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        match &jwk.algorithm {
            AlgorithmParameters::RSA(key) => Some(Self::Rsa {
                n: trimmed(octets(&key.n)?),
                e: trimmed(octets(&key.e)?),
            }),
            AlgorithmParameters::EllipticCurve(key) => {
                // SEC 1 §2.3.3: an uncompressed point.
                let point = [vec![4], octets(&key.x)?, octets(&key.y)?].concat();
                match key.curve {
                    EllipticCurve::P256 => Some(Self::P256(point)),
                    EllipticCurve::P384 => Some(Self::P384(point)),
                    _ => None,
                }
            }
            AlgorithmParameters::OctetKeyPair(key) => match key.curve {
                EllipticCurve::Ed25519 => Some(Self::Ed25519(octets(&key.x)?)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether this kind of key signs in that way at all.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.method(algorithm).is_some()
    }

    /// Whether it has signed this.
    pub(super) fn has_signed(
        &self,
        message: &[u8],
        signature: &[u8],
        algorithm: Algorithm,
    ) -> bool {
        match (self.method(algorithm), self) {
            (Some(Method::Rsa(parameters)), Self::Rsa { n, e }) => RsaPublicKeyComponents { n, e }
                .verify(parameters, message, signature)
                .is_ok(),
            (
                Some(Method::Other(method)),
                Self::P256(octets) | Self::P384(octets) | Self::Ed25519(octets),
            ) => UnparsedPublicKey::new(method, octets)
                .verify(message, signature)
                .is_ok(),
            _ => false,
        }
    }

    /// The one place that pairs kinds of keys with algorithms; a pair that is not here is refused.
    fn method(&self, algorithm: Algorithm) -> Option<Method> {
        let method = match (self, algorithm) {
            (Self::Rsa { .. }, Algorithm::RS256) => Method::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            (Self::Rsa { .. }, Algorithm::RS384) => Method::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            (Self::Rsa { .. }, Algorithm::RS512) => Method::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            (Self::Rsa { .. }, Algorithm::PS256) => Method::Rsa(&RSA_PSS_2048_8192_SHA256),
            (Self::Rsa { .. }, Algorithm::PS384) => Method::Rsa(&RSA_PSS_2048_8192_SHA384),
            (Self::Rsa { .. }, Algorithm::PS512) => Method::Rsa(&RSA_PSS_2048_8192_SHA512),
            (Self::P256(_), Algorithm::ES256) => Method::Other(&ECDSA_P256_SHA256_FIXED),
            (Self::P384(_), Algorithm::ES384) => Method::Other(&ECDSA_P384_SHA384_FIXED),
            (Self::Ed25519(_), Algorithm::EdDSA) => Method::Other(&ED25519),
            _ => return None,
        };
        Some(method)
    }
}

/// `ring` reads no number with zeros before it, which some providers write.
fn trimmed(octets: Vec<u8>) -> Vec<u8> {
    octets.into_iter().skip_while(|octet| *octet == 0).collect()
}

/// The hash that goes with an algorithm (OpenID Connect Core 1.0 §3.1.3.6; Ed25519's own is
/// SHA-512).
pub(super) fn hash(algorithm: Algorithm, octets: &[u8]) -> Digest {
    let method = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => &SHA256,
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &SHA384,
        _ => &SHA512,
    };
    digest(method, octets)
}
