//! A client of a gateway: requests with a key, whole replies, event streams to their end.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(200);

pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    origin: String,
    key: Option<String>,
}

pub struct Reply {
    pub status: u16,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.body))
    }
}

impl Http {
    /// To a port of loopback.
    pub fn to(port: u16, key: Option<String>) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, origin: format!("http://127.0.0.1:{port}"), key }
    }

    async fn send(
        &self,
        request: hyper::http::request::Builder,
        body: String,
    ) -> Result<Response<Incoming>, String> {
        let request = match &self.key {
            Some(key) => request.header("authorization", format!("Bearer {key}")),
            None => request,
        };
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        self.client.request(request).await.map_err(|error| format!("{error:?}"))
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        Request::builder().method(method).uri(format!("{}{path}", self.origin))
    }

    pub async fn get(&self, path: &str) -> Reply {
        whole(self.send(self.request(Method::GET, path), String::new()).await.expect("answers")).await
    }

    pub async fn post(&self, path: &str, body: &Value, idempotency_key: Option<&str>) -> Reply {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        let request = match idempotency_key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        };
        whole(self.send(request, body.to_string()).await.expect("answers")).await
    }

    /// Asks until the answer is 200.
    pub async fn until_ready(&self, path: &str, within: Duration) {
        let waiting = async {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                let reply = self.send(self.request(Method::GET, path), String::new()).await;
                if reply.is_ok_and(|reply| reply.status() == 200) {
                    return;
                }
            }
        };
        let ready = tokio::time::timeout(within, waiting).await;
        assert!(ready.is_ok(), "{path} is not ready within {} s", within.as_secs());
    }

    /// The data of every event of a stream, until the server ends it.
    pub async fn events(&self, path: &str, within: Duration) -> Vec<Value> {
        let reply = self.send(self.request(Method::GET, path), String::new()).await.expect("answers");
        let reply = tokio::time::timeout(within, whole(reply)).await;
        let reply = reply.unwrap_or_else(|_| panic!("{path} goes on after {} s", within.as_secs()));
        assert_eq!(reply.status, 200, "{}", reply.body);
        let data = reply.body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).expect("JSON")).collect()
    }
}

async fn whole(response: Response<Incoming>) -> Reply {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("a whole body").to_bytes();
    Reply { status, body: String::from_utf8_lossy(&body).into_owned() }
}
