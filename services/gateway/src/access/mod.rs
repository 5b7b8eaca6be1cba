//! Who asks, and what that one may see and change. In: a request's bearer token or session cookie. Out: an `Access`, by the
//! collections it reads and writes, or a refusal. What a handler shows, it shows through an `Access`; there is no other
//! way to one than by asking here.

mod jwks;
mod keys;
mod oidc;
mod scope;
pub(crate) mod session;

pub use keys::{KeyConfig, NewKey, new_key};
pub use oidc::OidcConfig;
pub(crate) use scope::Limit;
pub use scope::{Access, Scope};

use crate::GatewayError;
use crate::config::GatewayConfig;
use crate::error::ApiError;
use axum::http::{HeaderMap, StatusCode, header};
use keys::Keys;
use oidc::Oidc;

/// What a route asks of whoever uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Open to all: shows nothing of what is stored.
    Nothing,
    /// Some reading access; what is shown is cut down to it.
    Read,
    /// Some writing access; what is changed must lie within it.
    Write,
    /// Figures over all collections at once.
    Metrics,
}

/// Everybody who may come in.
pub(crate) enum Gate {
    /// Nobody is asked: one machine, one person.
    Open,
    Closed {
        keys: Keys,
        oidc: Option<Box<Oidc>>,
    },
}

impl Gate {
    /// # Errors
    /// When a key or the issuer is configured wrongly.
    pub fn new(config: &GatewayConfig) -> Result<Self, GatewayError> {
        if config.keys.is_empty() && config.oidc.is_none() {
            return Ok(Self::Open);
        }
        let wrong = GatewayError::Access;
        let keys = Keys::new(&config.keys).map_err(wrong)?;
        let oidc = config.oidc.as_ref().map(Oidc::new).transpose().map_err(wrong)?.map(Box::new);
        Ok(Self::Closed { keys, oidc })
    }

    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Who sent a request, if that one may use a route with such needs.
    pub async fn admit(&self, headers: &HeaderMap, needs: Needs) -> Result<Access, ApiError> {
        let Self::Closed { keys, oidc } = self else { return Ok(Access::everything()) };
        let token = token(headers);
        let access = match (needs, token) {
            (Needs::Nothing, None) => return Ok(Access::nothing()),
            (_, None) => return Err(no_key()),
            (_, Some(token)) => match keys.access(&token) {
                Some(access) => Ok(access),
                None => match oidc {
                    Some(oidc) if token.split('.').count() == 3 => oidc.access(&token).await,
                    _ => Err(unknown_key()),
                },
            },
        };
        let access = match access {
            // An old cookie must not close the pages that are open to all.
            Err(_) if needs == Needs::Nothing => return Ok(Access::nothing()),
            access => access?,
        };
        let enough = match needs {
            Needs::Nothing => true,
            Needs::Read => !access.readable().is_nothing(),
            Needs::Write => !access.writable().is_nothing(),
            Needs::Metrics => access.may_read_metrics(),
        };
        if enough { Ok(access) } else { Err(forbidden(needs, access.called())) }
    }
}

/// The bearer token, or the one that the page's session keeps.
fn token(headers: &HeaderMap) -> Option<String> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned());
    }
    session::token(headers)
}

fn unauthorized(code: &'static str, message: &str, advice: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, message, advice)
}

fn no_key() -> ApiError {
    let advice = "Send `Authorization: Bearer KEY`; whoever runs this server can make one with `pagemill-gateway key`.";
    unauthorized("no_key", "This server asks for a key.", advice)
}

fn unknown_key() -> ApiError {
    let advice = "Check that it is whole and meant for this server, or ask whoever runs it for a new one.";
    unauthorized("unknown_key", "The key is not known here.", advice)
}

fn forbidden(needs: Needs, name: &str) -> ApiError {
    let (may, setting) = match needs {
        Needs::Write => ("change documents", "write"),
        Needs::Metrics => ("read metrics", "metrics"),
        Needs::Read | Needs::Nothing => ("read documents", "read"),
    };
    let message = format!("The key `{name}` may not {may}.");
    let advice = format!("Use a key that may, or ask whoever runs this server to grant it `{setting}`.");
    ApiError::new(StatusCode::FORBIDDEN, "forbidden", message, advice)
}
