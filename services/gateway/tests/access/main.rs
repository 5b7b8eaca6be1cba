//! Who sees what: every route with every kind of key, and nothing of one collection ever through a key for another. A
//! route that no case here decides about fails.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod routes;
mod tokens;
#[path = "../twins/mod.rs"]
mod twins;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use futures::StreamExt;
use pagemill_gateway::{GatewayConfig, KeyConfig, NewKey, new_key};
use serde_json::Value;
use tower::ServiceExt;
use twins::{HANDBOOK, POLICY, SCAN, World};

pub const HR: &str = "hr";
pub const BOARD: &str = "board";
pub const HR_SCAN: &str = "scans/hr sickness note.pdf";

/// Documents of two collections, one indexed and one failed in each; a key for each thing one may do.
pub struct Guarded {
    pub world: World,
    pub app: Router,
    pub hr_reader: String,
    pub hr_writer: String,
    pub board: String,
    pub uploader: String,
    pub admin: String,
    pub scraper: String,
    /// A job of each collection.
    pub hr_job: String,
    pub board_job: String,
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

impl Guarded {
    pub async fn new() -> Self {
        let world = World::empty().await;
        world.ingest_into(HR, &world.library, HANDBOOK, b"%PDF-1.7 handbook").await;
        world.ingest_into(BOARD, &world.library, POLICY, b"%PDF-1.7 policy").await;
        world.set_aside_in(HR, HR_SCAN).await;
        world.set_aside_in(BOARD, SCAN).await;
        let mut keys = Vec::new();
        let mut key = |name: &str, read: &[&str], write: &[&str], admin: bool| {
            let NewKey { key, hash } = new_key();
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let (read, write, metrics) = (owned(read), owned(write), name == "scraper");
            keys.push(KeyConfig { name: name.into(), hash, read, write, admin, metrics });
            key
        };
        let hr_reader = key("hr reader", &[HR], &[], false);
        let hr_writer = key("hr writer", &[], &[HR], false);
        let board = key("board", &[BOARD], &[BOARD], false);
        let uploader = key("uploader", &[], &[twins::DEFAULT], false);
        let admin = key("admin", &[], &[], true);
        let scraper = key("scraper", &[], &[], false);
        let app = world.router_with(GatewayConfig { keys, ..GatewayConfig::default() });
        let hr_job = world.start_job(HR, twins::LIBRARY).await;
        let board_job = world.start_job(BOARD, twins::UPLOADS).await;
        Self { hr_job, board_job, world, app, hr_reader, hr_writer, board, uploader, admin, scraper }
    }

    pub async fn send(&self, key: Option<&str>, request: axum::http::request::Builder, body: Body) -> Reply {
        let request = match key {
            Some(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
            None => request,
        };
        let request = request.header(header::HOST, "localhost:8600").body(body).unwrap();
        reply(self.app.clone().oneshot(request).await.unwrap()).await
    }

    pub async fn get(&self, key: Option<&str>, path: &str) -> Reply {
        self.send(key, Request::get(path), Body::empty()).await
    }
}

/// The whole reply; of a stream that does not end, what comes first.
pub async fn reply(response: axum::response::Response) -> Reply {
    let (status, headers) = (response.status(), response.headers().clone());
    let endless = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.unwrap());
        let text = String::from_utf8_lossy(&body);
        if endless
            && ["event: progress", "event: jobs", "event: answer", "event: error"]
                .iter()
                .any(|end| text.contains(end))
        {
            break;
        }
    }
    Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}
