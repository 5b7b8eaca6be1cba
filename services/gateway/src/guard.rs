//! What is turned away before any handler: names that are not ours (DNS rebinding), and writes that another web site
//! made the browser send. And what every response says to the browser. There is no CORS: other origins read nothing.

use crate::error::ApiError;
use crate::shared::Shared;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Adds the headers that every response carries; what a handler set itself stands.
pub(crate) async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Lets a request through when it was addressed to us by one of our names and, if it changes or costs something, was
/// not sent by another web site.
pub(crate) async fn check_origin(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let host = host_of(request.uri(), request.headers());
    if !host_is_ours(host, &shared) {
        let message = "The name in the Host header is not one of this server's names.";
        let advice =
            "Open it as http://127.0.0.1 or http://localhost, or add the name to `gateway.allowed_hosts`.";
        return ApiError::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host", message, advice)
            .into_response();
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && sent_by_other_site(request.headers(), host) {
        let message = "The request was sent by another web site.";
        let advice = "Use Pagemill's own page, or a client that is not a browser.";
        return ApiError::new(StatusCode::FORBIDDEN, "other_origin", message, advice).into_response();
    }
    next.run(request).await
}

/// The name and port that the request was addressed to; empty when it names none.
fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> &'a str {
    match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default(),
    }
}

/// `name:port` without the port and without the brackets of an IPv6 address.
fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn host_is_ours(host: &str, shared: &Shared) -> bool {
    let config = &shared.config;
    if !config.address.ip().is_loopback() && config.allowed_hosts.is_empty() {
        return true;
    }
    let name = without_port(host);
    let loopback = name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let allowed = |own: &String| own.eq_ignore_ascii_case(host) || own.eq_ignore_ascii_case(name);
    loopback || name.eq_ignore_ascii_case("localhost") || config.allowed_hosts.iter().any(allowed)
}

/// A browser says where a request comes from; other clients say nothing and are let through.
fn sent_by_other_site(headers: &HeaderMap, host: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    headers.contains_key(header::ORIGIN)
        && !text("origin")
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_loses_its_port_only() {
        for (host, name) in [
            ("localhost:8600", "localhost"),
            ("localhost", "localhost"),
            ("[::1]:8600", "::1"),
            ("127.0.0.1:80", "127.0.0.1"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }

    #[test]
    fn only_our_own_pages_may_write() {
        let check = |pairs: &[(&'static str, &'static str)], expected: bool| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(sent_by_other_site(&headers, "localhost:8600"), expected, "{pairs:?}");
        };
        check(&[], false);
        check(&[("origin", "http://localhost:8600")], false);
        check(&[("origin", "http://localhost:8600"), ("sec-fetch-site", "same-origin")], false);
        check(&[("origin", "http://localhost:9000")], true);
        check(&[("origin", "null")], true);
        check(&[("origin", "http://evil.example")], true);
        check(&[("sec-fetch-site", "cross-site")], true);
        check(&[("sec-fetch-site", "same-site")], true);
    }
}
