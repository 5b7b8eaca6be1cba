//! An upstream that answers what it is told to, one reply after the other, and keeps what it was asked.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::any};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub const KEY: &str = "sk-upstream-secret";

type Reply = Box<dyn FnOnce(&Value) -> Response + Send>;

/// What was asked: path, key, body.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub authorization: String,
    pub body: Value,
}

#[derive(Clone, Default)]
pub struct Upstream {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Upstream {
    /// Starts it; returns the address up to the version.
    pub async fn serve(&self) -> String {
        let app = Router::new().route("/v1/{*path}", any(answer)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    /// The next reply.
    pub fn then(&self, reply: impl FnOnce(&Value) -> Response + Send + 'static) -> &Self {
        self.replies.lock().unwrap().push_back(Box::new(reply));
        self
    }

    /// The next reply is this status with these headers and body.
    pub fn then_status(&self, status: u16, headers: &[(&'static str, &str)], body: &str) -> &Self {
        let headers: Vec<(&'static str, String)> =
            headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let body = body.to_owned();
        self.then(move |_| {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        })
    }

    /// The next reply is a stream of these pieces, and then whatever `end` says: the end, or a broken connection.
    pub fn then_stream(&self, pieces: &[&str], end: End) -> &Self {
        let mut parts: Vec<Result<Bytes, std::io::Error>> =
            pieces.iter().map(|piece| Ok(Bytes::from((*piece).to_owned()))).collect();
        if end == End::Broken {
            parts.push(Err(std::io::Error::other("broken")));
        }
        self.then(move |_| {
            let body = Body::from_stream(futures::stream::iter(parts));
            ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
        })
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Whole,
    Broken,
}

async fn answer(State(upstream): State<Upstream>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    upstream.asked.lock().unwrap().push(Asked { path, authorization, body: body.clone() });
    let reply = upstream.replies.lock().unwrap().pop_front();
    match reply {
        Some(reply) => reply(&body),
        None => (StatusCode::INTERNAL_SERVER_ERROR, "nothing more was expected").into_response(),
    }
}
