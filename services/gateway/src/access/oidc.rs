//! Access by JWT from an OpenID Connect issuer (RFC 7519, RFC 9068). In: a token. Out: who it is and what that one may, by
//! the claims that the configuration names. Signature, issuer, audience and times are checked; nothing is taken on trust.

use super::jwks::{Jwks, KeyError};
use super::scope::{Access, Scope};
use super::unauthorized;
use crate::error::ApiError;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// Only signatures by a key that the issuer alone has. With HS256 whoever checks could also sign.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::RS256, Algorithm::ES256];

/// Whose tokens are let in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcConfig {
    /// `iss` of the tokens, to the letter.
    pub issuer: String,
    /// `aud` of the tokens: this server's name with the issuer.
    pub audience: String,
    /// Where the issuer publishes its keys. Give this or `key_file`.
    pub jwks_url: String,
    /// The issuer's public key (PEM), where there is no such place.
    pub key_file: Option<PathBuf>,
    /// The claim that names the caller.
    pub name_claim: String,
    /// Claims with collections: a list, or names with spaces between.
    pub read_claim: String,
    pub write_claim: String,
    /// A claim that is `true` for those who may do everything.
    pub admin_claim: String,
    /// How far clocks may differ.
    pub leeway_seconds: u64,
}

impl Default for OidcConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: String::new(),
            jwks_url: String::new(),
            key_file: None,
            name_claim: "sub".into(),
            read_claim: "pagemill_read".into(),
            write_claim: "pagemill_write".into(),
            admin_claim: "pagemill_admin".into(),
            leeway_seconds: 30,
        }
    }
}

/// An issuer.
pub struct Oidc {
    config: OidcConfig,
    keys: Source,
}

enum Source {
    /// One key, for the algorithm that its kind has.
    File(Box<DecodingKey>, Algorithm),
    Published(Jwks),
}

impl Oidc {
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &OidcConfig) -> Result<Self, String> {
        for (name, value) in [("issuer", &config.issuer), ("audience", &config.audience)] {
            if value.is_empty() {
                return Err(format!("gateway.oidc.{name} is empty; tokens of anybody would do"));
            }
        }
        let keys = match (&config.key_file, config.jwks_url.as_str()) {
            (Some(file), "") => {
                let wrong = |what: &dyn std::fmt::Display| {
                    format!("gateway.oidc.key_file: {}: {what}", file.display())
                };
                let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
                let (key, algorithm) =
                    public_key(&pem).ok_or_else(|| wrong(&"not a public key in PEM, for RS256 or ES256"))?;
                Source::File(Box::new(key), algorithm)
            }
            (None, url) if !url.is_empty() => Source::Published(Jwks::new(url)?),
            _ => return Err("gateway.oidc: give jwks_url or key_file, one of the two".to_owned()),
        };
        Ok(Self { config: config.clone(), keys })
    }

    /// Who shows this token.
    pub async fn access(&self, token: &str) -> Result<Access, ApiError> {
        let header = decode_header(token).map_err(|error| refused(&error.to_string()))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(refused("it is signed by neither RS256 nor ES256"));
        }
        let claims = match &self.keys {
            Source::File(_, algorithm) if *algorithm != header.alg => {
                return Err(refused("it is signed by another algorithm than the issuer's"));
            }
            Source::File(key, _) => self.claims(token, key, header.alg)?,
            Source::Published(jwks) => {
                let key = jwks.key(header.kid.as_deref(), header.alg).await.map_err(|error| match error {
                    KeyError::Unknown => refused("its key is not one of the issuer's"),
                    KeyError::Unreachable(why) => {
                        tracing::warn!(why, "the issuer's keys cannot be had");
                        ApiError::unavailable("The keys of the issuer of tokens cannot be had.")
                    }
                })?;
                self.claims(token, &key, header.alg)?
            }
        };
        self.access_by(&claims)
    }

    fn claims(
        &self,
        token: &str,
        key: &DecodingKey,
        algorithm: Algorithm,
    ) -> Result<Map<String, Value>, ApiError> {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&[&self.config.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = self.config.leeway_seconds;
        decode(token, key, &validation).map(|data| data.claims).map_err(|error| refused(&error.to_string()))
    }

    fn access_by(&self, claims: &Map<String, Value>) -> Result<Access, ApiError> {
        let config = &self.config;
        let name = claims.get(&config.name_claim).and_then(Value::as_str).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| refused(&format!("it has no claim `{}`", config.name_claim)))?;
        let admin = claims.get(&config.admin_claim) == Some(&Value::Bool(true));
        let scope = |claim: &str| Scope::of(collections(claims.get(claim)));
        let access =
            Access::new(name.to_owned(), scope(&config.read_claim), scope(&config.write_claim), admin);
        let until = claims.get("exp").and_then(Value::as_f64).unwrap_or_default().max(0.0);
        let until = Duration::try_from_secs_f64(until).unwrap_or_default();
        Ok(access.ending(SystemTime::UNIX_EPOCH + until + Duration::from_secs(config.leeway_seconds)))
    }
}

fn public_key(pem: &[u8]) -> Option<(DecodingKey, Algorithm)> {
    let rsa = DecodingKey::from_rsa_pem(pem).ok().map(|key| (key, Algorithm::RS256));
    rsa.or_else(|| DecodingKey::from_ec_pem(pem).ok().map(|key| (key, Algorithm::ES256)))
}

/// A list of names, or one text with spaces between them, as `scope` has it.
fn collections(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn refused(why: &str) -> ApiError {
    let message = format!("The token is not valid: {why}.");
    unauthorized("bad_token", &message, "Get a new token from the issuer that this server trusts.")
}
