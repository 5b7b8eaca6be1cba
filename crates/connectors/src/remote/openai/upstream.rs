//! Requests to an upstream: sent, sent again where that helps, and what is wrong said so that somebody can mend it. Never
//! shows the key.

use crate::remote::Secret;
use httpdate::parse_http_date;
use pagemill_pipeline::Failure;
use reqwest::{Client, Response, StatusCode, Url, header};
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, SystemTime};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// An upstream that says nothing for so long has gone.
const SILENT_FOR: Duration = Duration::from_secs(120);
/// Tries of one request; between them as long as the upstream says, or growing.
const ATTEMPTS: u32 = 4;
/// Who must wait longer than that is better told to come again.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Of an error's text.
const MAX_SAID_BYTES: usize = 16 << 10;
const MAX_SAID_CHARACTERS: usize = 400;

/// A connection to an upstream.
#[derive(Debug)]
pub struct Upstream {
    client: Client,
    base: Url,
    key: Secret,
    /// The section of the configuration, for messages.
    section: &'static str,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Refusal {
    /// The upstream does not take this very request (400, 413, 422); what it said.
    Request(String),
    Other(Failure),
}

impl Refusal {
    /// Where the request is ours, and the same each time: the set-up is wrong.
    pub fn into_stop(self, section: &str, advice: &str) -> Failure {
        match self {
            Self::Request(said) => {
                Failure::stop(format!("{section}: the upstream refused: {said}; {advice}"))
            }
            Self::Other(failure) => failure,
        }
    }
}

impl Upstream {
    /// Prepares; sends nothing.
    ///
    /// # Errors
    /// `Stop` when the address is none.
    pub fn new(section: &'static str, url: &str, key: &Secret) -> Result<Self, Failure> {
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::stop(format!(
                "{section}.url: `{url}` is no address ({error}); give one such as http://vllm:8000/v1"
            ))
        };
        // A base ends in a slash, or joining drops its last part.
        let base = Url::parse(&format!("{}/", url.trim_end_matches('/'))).map_err(|error| wrong(&error))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong(&"it begins with neither http:// nor https://"));
        }
        // Whoever was first has installed it; the same one everywhere.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(SILENT_FOR)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::stop(format!("{section}: no HTTP client: {error}")))?;
        Ok(Self { client, base, key: key.clone(), section })
    }

    /// Posts JSON; returns the answer's head, with its body to come.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response, Refusal> {
        let url = self
            .base
            .join(path)
            .map_err(|error| Refusal::Other(Failure::stop(format!("{}.url: {error}", self.section))))?;
        for attempt in 1.. {
            let mut request = self.client.post(url.clone()).json(body);
            if !self.key.reveal().is_empty() {
                request = request.bearer_auth(self.key.reveal());
            }
            let refusal = match request.send().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => self.refusal(response).await,
                Err(error) => Refusal::Other(self.broken(&error)),
            };
            match refusal {
                Refusal::Other(Failure::Retry { after, detail })
                    if attempt < ATTEMPTS && after <= LONGEST_WAIT =>
                {
                    tracing::warn!(attempt, detail, "an upstream is asked again");
                    tokio::time::sleep(after).await;
                }
                refusal => return Err(refusal),
            }
        }
        Err(Refusal::Other(Failure::retry(format!("{}: no answer", self.section))))
    }

    /// What went wrong on the way.
    pub fn broken(&self, error: &reqwest::Error) -> Failure {
        let mut said = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            said = format!("{said}: {cause}");
            source = cause.source();
        }
        Failure::retry(format!("{}: {}", self.section, self.key.redact(&said)))
    }

    async fn refusal(&self, response: Response) -> Refusal {
        let status = response.status();
        let after = retry_after(response.headers());
        let said = self.key.redact(&said(response).await);
        let section = self.section;
        let detail = format!("{section}: {status}: {said}");
        Refusal::Other(match status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                return Refusal::Request(said);
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Failure::stop(format!("{detail}; set {section}.api_key to a key that may use the model"))
            }
            StatusCode::NOT_FOUND => Failure::stop(format!(
                "{detail}; correct {section}.url (it ends in /v1 for most) or {section}.model"
            )),
            StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_EARLY => {
                Failure::Retry { after: after.unwrap_or(Duration::from_secs(1)), detail }
            }
            status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                Failure::Retry { after: after.unwrap_or(Duration::from_secs(2)), detail }
            }
            _ => Failure::stop(format!("{detail}; correct {section}.url")),
        })
    }
}

/// `Retry-After`, as seconds or as a date (RFC 9110, 10.2.3).
fn retry_after(headers: &header::HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let at = parse_http_date(text).ok()?;
    Some(at.duration_since(SystemTime::now()).unwrap_or_default())
}

/// What an error's body says: its `error.message` where it is one, else its beginning.
async fn said(mut response: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_SAID_BYTES {
            break;
        }
    }
    let text = match serde_json::from_slice::<Value>(&body) {
        Ok(value) => error_message(&value).unwrap_or_else(|| value.to_string()),
        Err(_) => String::from_utf8_lossy(&body).into_owned(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_SAID_CHARACTERS).collect()
}

/// The message of an error object, as OpenAI writes it and as older vLLM does.
pub fn error_message(value: &Value) -> Option<String> {
    let message = value.pointer("/error/message").or_else(|| value.get("message"));
    let message = message.or_else(|| value.get("error").filter(|error| error.is_string()))?;
    Some(message.as_str()?.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn when_to_come_again_is_read_as_http_has_it() {
        let read = |text: &str| {
            let mut headers = header::HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Duration::ZERO), "long ago");
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
        assert!(read(&later).unwrap() > Duration::from_secs(3500));
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn addresses_are_checked() {
        let check = |url: &str| Upstream::new("generator.openai", url, &Secret::default());
        assert_eq!(check("http://vllm:8000/v1").unwrap().base.as_str(), "http://vllm:8000/v1/");
        for wrong in ["", "vllm:8000/v1", "ftp://vllm"] {
            let said = check(wrong).unwrap_err().to_string();
            assert!(said.contains("generator.openai.url"), "{said}");
        }
    }
}
