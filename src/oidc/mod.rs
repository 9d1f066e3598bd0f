//! A relying party of OpenID Connect: who a provider says has signed in.
//!
//! The crate `openidconnect` 4.1 depends on `rsa` 0.9, which has an advisory without a patch
//! (RUSTSEC-2023-0071), and on a second set of crates for hashes and curves. So `jsonwebtoken`
//! gives the types of JOSE, and `ring`, which TLS brings anyway, verifies what is signed.
//!
//! | part | what happens there |
//! |---|---|
//! | `issuer` | which issuers and which URLs are taken at all |
//! | `discovery` | the provider's own word of where it is asked, checked (Discovery 1.0) |
//! | `begin`, `finish` | the code flow with PKCE, from the first URL to a verified ID token |
//! | `exchange` | the token endpoint |
//! | `bearer`, `logout` | tokens that come by other ways than the code flow |
//! | `keys`, `signature` | the provider's keys, and what is signed by them |
//! | `claims`, `identity` | what a token says, and what is kept of it |
//!
//! Nothing here redirects, stores, links accounts or knows a tenant, and nothing follows a key or
//! a URL that a token names.

mod bearer;
mod begin;
mod claims;
mod discovery;
mod exchange;
mod failure;
mod fetch;
mod finish;
mod identity;
mod issuer;
mod keys;
mod logout;
mod opened;
mod signature;

pub use bearer::{Presented, named_issuer};
pub use begin::{Begun, Pending, SignIn};
pub use discovery::Provider;
pub use exchange::Client;
pub use failure::{Failure, Step};
pub use fetch::{Answer, Ask, Fetch, Form, Guarded, Unfetched, Web};
pub use finish::Callback;
pub use identity::Identity;
pub use logout::Logout;
