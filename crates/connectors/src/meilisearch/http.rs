//! HTTP to a node, under the SDK and beside it. In: requests of either. Out: parsed answers, or the trouble with status,
//! code and `Retry-After`, which the SDK by itself would lose. Never sends anything twice.

use super::trouble::{Code, Trouble};
use async_trait::async_trait;
use futures::io::{AsyncRead, AsyncReadExt};
use meilisearch_sdk::errors::Error;
use meilisearch_sdk::request::{HttpClient, Method};
use pagemill_pipeline::{Failure, Secret};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client with one deadline for a whole exchange.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    key: Option<Secret>,
    timeout: Duration,
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    message: String,
    #[serde(default)]
    code: String,
}

impl Http {
    /// # Errors
    /// `Stop` when TLS cannot be set up.
    pub fn new(key: Option<Secret>, timeout: Duration) -> Result<Self, Failure> {
        // One provider for the whole process; whoever came first has set the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            // A key must not follow a redirect to another host.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("pagemill/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::stop(format!("no HTTP client for the search index: {error}")))?;
        Ok(Self { client, key, timeout })
    }

    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    pub async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, Trouble> {
        self.exchange(self.client.get(url), 200).await
    }

    pub async fn post<T: DeserializeOwned>(&self, url: &str, body: &serde_json::Value) -> Result<T, Trouble> {
        self.exchange(self.client.post(url).json(body), 200).await
    }

    pub async fn patch<T: DeserializeOwned>(
        &self,
        url: &str,
        body: &serde_json::Value,
        expected: u16,
    ) -> Result<T, Trouble> {
        self.exchange(self.client.patch(url).json(body), expected).await
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
        expected: u16,
    ) -> Result<T, Trouble> {
        let request = match &self.key {
            Some(key) => request.bearer_auth(key.reveal()),
            None => request,
        };
        let response = request.timeout(self.timeout).send().await.map_err(|error| unreachable(&error))?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let body = response.bytes().await.map_err(|error| unreachable(&error))?;
        if status == expected {
            return serde_json::from_slice(&body).map_err(|error| Trouble::Unreadable(error.to_string()));
        }
        let said: ErrorBody = serde_json::from_slice(&body)
            .unwrap_or_else(|_| ErrorBody { message: excerpt(&body), code: String::new() });
        Err(Trouble::Refused { status, code: Code::named(&said.code), message: said.message, retry_after })
    }
}

/// The innermost reason says what happened ("connection refused"); the outer ones only where.
fn unreachable(error: &reqwest::Error) -> Trouble {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    Trouble::Unreachable(if error.is_timeout() { "timed out".into() } else { reason.to_string() })
}

/// What a proxy said, shortened.
fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(200).collect()
}

#[async_trait]
impl HttpClient for Http {
    async fn stream_request<
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    >(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, Error> {
        let verb = match &method {
            Method::Get { .. } => reqwest::Method::GET,
            Method::Post { .. } => reqwest::Method::POST,
            Method::Patch { .. } => reqwest::Method::PATCH,
            Method::Put { .. } => reqwest::Method::PUT,
            Method::Delete { .. } => reqwest::Method::DELETE,
        };
        let mut request = self.client.request(verb, url);
        // The calls that are made through the SDK carry everything in path and body.
        if !serde_json::to_value(method.query())?.is_null() {
            return Err(Error::InvalidRequest);
        }
        if let Some(body) = method.into_body() {
            let mut bytes = Vec::new();
            let mut body = Box::pin(body);
            body.read_to_end(&mut bytes).await.map_err(|error| Trouble::Unreachable(error.to_string()))?;
            request = request.header(reqwest::header::CONTENT_TYPE, content_type).body(bytes);
        }
        Ok(self.exchange(request, expected_status_code).await?)
    }

    fn is_tokio(&self) -> bool {
        true
    }
}
