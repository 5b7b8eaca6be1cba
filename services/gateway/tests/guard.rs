//! The edge of the gateway: whose requests are let in, what every response tells the browser, and whether the API's
//! description is true.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod twins;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use pagemill_gateway::GatewayConfig;
use serde_json::Value;
use tower::ServiceExt;
use twins::World;

async fn status(app: &axum::Router, request: axum::http::request::Builder) -> StatusCode {
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn on_loopback_only_our_own_names_are_answered() {
    let world = World::empty().await;
    let named = GatewayConfig { allowed_hosts: vec!["pagemill.example".into()], ..GatewayConfig::default() };
    let open = GatewayConfig { address: "0.0.0.0:8600".parse().unwrap(), ..GatewayConfig::default() };
    let open_named = GatewayConfig { address: open.address, ..named.clone() };
    for (config, host, expected) in [
        (GatewayConfig::default(), "localhost:8600", 200),
        (GatewayConfig::default(), "127.0.0.1:8600", 200),
        (GatewayConfig::default(), "[::1]:8600", 200),
        (GatewayConfig::default(), "LOCALHOST", 200),
        (GatewayConfig::default(), "evil.example", 421),
        (GatewayConfig::default(), "localhost.evil.example:8600", 421),
        (GatewayConfig::default(), "127.0.0.1.evil.example", 421),
        (GatewayConfig::default(), "", 421),
        (named.clone(), "pagemill.example:8600", 200),
        (named, "evil.example", 421),
        (open, "anything.example", 200),
        (open_named.clone(), "pagemill.example", 200),
        (open_named, "evil.example", 421),
    ] {
        let app = world.router_with(config);
        let got = status(&app, Request::get("/healthz").header(header::HOST, host)).await;
        assert_eq!(got.as_u16(), expected, "{host}");
    }
}

#[tokio::test]
async fn other_web_sites_cannot_write() {
    let world = World::furnished().await;
    let app = world.router();
    let writes = [
        ("POST", "/api/v1/documents?name=a.pdf"),
        ("POST", "/api/v1/ask"),
        ("DELETE", "/api/v1/documents/x"),
    ];
    for (method, path) in writes {
        let from = |name: &'static str, value: &'static str| {
            Request::builder()
                .method(method)
                .uri(path)
                .header(header::HOST, "localhost:8600")
                .header(name, value)
        };
        assert_eq!(status(&app, from("origin", "https://evil.example")).await, StatusCode::FORBIDDEN);
        assert_eq!(status(&app, from("origin", "http://localhost:1234")).await, StatusCode::FORBIDDEN);
        assert_eq!(status(&app, from("sec-fetch-site", "cross-site")).await, StatusCode::FORBIDDEN);
        assert_ne!(status(&app, from("origin", "http://localhost:8600")).await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn every_response_tells_the_browser_to_be_strict() {
    let world = World::furnished().await;
    let app = world.router();
    for path in ["/", "/assets/app.js", "/api/v1/status", "/nowhere", "/api/v1/documents/x"] {
        let request = Request::get(path).header(header::HOST, "localhost").body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let header =
            |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap()).unwrap_or_default();
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            header("content-security-policy").starts_with("default-src 'none'; script-src 'self';"),
            "{path}"
        );
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(header("access-control-allow-origin"), "", "{path}");
        assert!(!header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_description_names_the_methods_that_exist() {
    let world = World::empty().await;
    let app = world.router();
    let description: Value = serde_json::from_str(pagemill_gateway::OPENAPI).unwrap();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let concrete = path.replace("{id}", "x").replace("{page}", "x");
        for method in ["get", "post", "put", "patch", "delete"] {
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(&concrete);
            let got = status(&app, request.header(header::HOST, "localhost")).await;
            let described = operations.get(method).is_some();
            assert_eq!(got != StatusCode::METHOD_NOT_ALLOWED, described, "{method} {path}: {got}");
        }
    }
}

/// Every reference of the description leads somewhere, and every operation has a name of its own.
#[test]
fn the_description_is_whole() {
    let description: Value = serde_json::from_str(pagemill_gateway::OPENAPI).unwrap();
    let mut names = Vec::new();
    let mut open = vec![&description];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    assert!(description.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                if let Some(Value::String(name)) = fields.get("operationId") {
                    assert!(!names.contains(&name), "{name} twice");
                    names.push(name);
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}
