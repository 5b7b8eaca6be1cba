//! The page's session: a browser cannot add a header to the images and files that a page names, so the key goes into a
//! cookie that scripts cannot read and other sites cannot send. Nothing is kept here: the cookie is the key.

use super::scope::{Access, Scope};
use crate::error::ApiError;
use crate::params::Params;
use crate::shared::State;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

const COOKIE: &str = "pagemill_key";
/// A cookie that is larger is not kept by browsers.
const MAX_TOKEN_BYTES: usize = 3800;

/// What a caller may, as the API shows it.
#[derive(Serialize)]
pub(crate) struct SessionView {
    /// Whether this server asks for keys at all.
    keys: bool,
    /// Null for whoever shows no key.
    name: Option<String>,
    /// Collections; null for all.
    read: Option<Vec<String>>,
    write: Option<Vec<String>>,
    admin: bool,
}

pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|cookies| {
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
    })
}

pub(crate) async fn show(
    state: State,
    access: Access,
    params: Params,
) -> Result<Json<SessionView>, ApiError> {
    params.finish()?;
    let names = |scope: &Scope| match scope {
        Scope::All => None,
        Scope::Only(names) => Some(names.iter().cloned().collect()),
    };
    let keys = !state.gate.is_open();
    Ok(Json(SessionView {
        keys,
        name: access.name().map(str::to_owned),
        read: names(access.readable()),
        write: names(access.writable()),
        admin: access.is_admin(),
    }))
}

/// Keeps the key of this request's `Authorization` in the browser.
pub(crate) async fn begin(headers: HeaderMap, params: Params) -> Result<Response, ApiError> {
    params.finish()?;
    let token = super::token(&headers).unwrap_or_default();
    // What a cookie may hold (RFC 6265): keys and JWTs are made of it.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || token.len() > MAX_TOKEN_BYTES || !token.bytes().all(plain) {
        let message = "There is no key to keep, or it is too long for a browser.";
        let advice = "Send `Authorization: Bearer KEY`; a longer one with each request.";
        return Err(ApiError::bad_request("bad_key", message, advice));
    }
    // Behind a proxy that ends TLS, the proxy says how the browser came.
    let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if secure { "; Secure" } else { "" };
    Ok(set_cookie(&format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}")))
}

/// Forgets it.
pub(crate) async fn end(params: Params) -> Result<Response, ApiError> {
    params.finish()?;
    Ok(set_cookie(&format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")))
}

fn set_cookie(cookie: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(mut value) = HeaderValue::try_from(cookie) {
        value.set_sensitive(true);
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
