//! The keys that an issuer publishes (RFC 7517): fetched when they are needed, kept, fetched again when a token names one
//! that is not known, since issuers change theirs. Bounded in how often and how much.

use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Keys are fetched again after so long, so that one that was withdrawn does not stay.
const FRESH_FOR: Duration = Duration::from_secs(3600);
/// While they cannot be fetched, the old ones are good for so long.
const GOOD_FOR: Duration = Duration::from_secs(24 * 3600);
/// Tokens with invented key names do not make us ask more often than so many times in so long.
const TRIES: usize = 3;
const TRIES_WITHIN: Duration = Duration::from_secs(30);
const WITHIN: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 1 << 20;

/// Why there is no key.
#[derive(Debug)]
pub enum KeyError {
    /// The issuer has none of that name.
    Unknown,
    /// The issuer does not answer.
    Unreachable(String),
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

/// The keys of one issuer.
pub struct Jwks {
    client: Client,
    url: Url,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Arc<Vec<Jwk>>,
    fetched: Option<Instant>,
    tries: VecDeque<Instant>,
}

impl Jwks {
    /// # Errors
    /// When the address is none.
    pub fn new(url: &str) -> Result<Self, String> {
        let wrong = |why: &dyn std::fmt::Display| format!("gateway.oidc.jwks_url: `{url}`: {why}");
        let url = Url::parse(url).map_err(|error| wrong(&error))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(wrong(&"it begins with neither https:// nor http://"));
        }
        // Whoever was first has installed it; the same one everywhere.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(&error))?;
        Ok(Self { client, url, kept: Mutex::default() })
    }

    /// The key that a token was signed by. A token without a name for it will do where there is one key only.
    pub async fn key(&self, name: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, KeyError> {
        // One request at a time asks the issuer; the others wait for what it brings.
        let mut kept = self.kept.lock().await;
        let fresh = kept.is_younger_than(FRESH_FOR);
        if let Some(key) = kept.find(name, algorithm).filter(|_| fresh) {
            return Ok(key);
        }
        let mut unreachable = None;
        if kept.may_try() {
            match self.fetch().await {
                Ok(keys) => {
                    kept.keys = Arc::new(keys);
                    kept.fetched = Some(Instant::now());
                }
                Err(why) => unreachable = Some(why),
            }
        }
        if kept.is_younger_than(GOOD_FOR) {
            return kept.find(name, algorithm).ok_or(KeyError::Unknown);
        }
        Err(KeyError::Unreachable(unreachable.unwrap_or_else(|| "it did not answer just now".to_owned())))
    }

    async fn fetch(&self) -> Result<Vec<Jwk>, String> {
        let said = |error: reqwest::Error| error.to_string();
        let mut response = self
            .client
            .get(self.url.clone())
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(said)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(said)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(format!("{} gave more than {MAX_BYTES} bytes", self.url));
            }
            body.extend_from_slice(&chunk);
        }
        let set: Published =
            serde_json::from_slice(&body).map_err(|error| format!("{}: {error}", self.url))?;
        // A key of a kind that is not known here is none of those that are asked for.
        Ok(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
    }
}

impl Kept {
    fn is_younger_than(&self, age: Duration) -> bool {
        self.fetched.is_some_and(|fetched| fetched.elapsed() < age)
    }

    /// Takes one of the tries that are left, if any is.
    fn may_try(&mut self) -> bool {
        self.tries.retain(|tried| tried.elapsed() < TRIES_WITHIN);
        let may = self.tries.len() < TRIES;
        if may {
            self.tries.push_back(Instant::now());
        }
        may
    }

    fn find(&self, name: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|jwk| fits(jwk, algorithm));
        let jwk = match name {
            Some(name) => fitting.find(|jwk| jwk.common.key_id.as_deref() == Some(name))?,
            None => fitting.next().filter(|_| fitting.next().is_none())?,
        };
        DecodingKey::from_jwk(jwk).ok()
    }
}

/// Whether a key is for signatures by this algorithm. One that does not say is judged by its kind when it is used.
fn fits(jwk: &Jwk, algorithm: Algorithm) -> bool {
    let signs = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
    let expected = match algorithm {
        Algorithm::RS256 => KeyAlgorithm::RS256,
        Algorithm::ES256 => KeyAlgorithm::ES256,
        _ => return false,
    };
    signs && jwk.common.key_algorithm.is_none_or(|stated| stated == expected)
}
