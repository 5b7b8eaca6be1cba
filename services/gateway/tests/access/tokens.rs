//! Tokens of an OpenID Connect issuer: what is let in, what is not, and that an issuer may change its keys. The keys are made
//! here; none is kept.

use crate::twins::{HANDBOOK, POLICY, World, id};
use crate::{BOARD, HR, reply};
use axum::body::Body;
use axum::http::{Request, header};
use axum::{Json, Router, routing::get};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use pagemill_gateway::{GatewayConfig, OidcConfig};
use rsa::rand_core::OsRng;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use tower::ServiceExt;

const ISSUER: &str = "https://idp.example/realm";

/// A key of the issuer.
struct Signer {
    name: &'static str,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Signer {
    fn elliptic(name: &'static str) -> Self {
        let key = p256::SecretKey::random(&mut OsRng).to_pkcs8_pem(LineEnding::LF).unwrap();
        Self { name, algorithm: Algorithm::ES256, key: EncodingKey::from_ec_pem(key.as_bytes()).unwrap() }
    }

    fn rsa(name: &'static str) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut OsRng, 2048).unwrap().to_pkcs8_pem(LineEnding::LF).unwrap();
        Self { name, algorithm: Algorithm::RS256, key: EncodingKey::from_rsa_pem(key.as_bytes()).unwrap() }
    }

    fn published(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.name.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.name.to_owned());
        encode(&header, claims, &self.key).unwrap()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Claims of somebody of HR, with changes.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": "pagemill", "sub": "kim", "exp": now() + 600, "nbf": now() - 10, "pagemill_read": [HR]
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

/// An issuer's place for its keys.
#[derive(Clone, Default)]
struct Issuer {
    keys: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicU32>,
}

impl Issuer {
    async fn serve(&self) -> String {
        let issuer = self.clone();
        let keys = get(async move || {
            issuer.asked.fetch_add(1, Ordering::SeqCst);
            Json(json!({ "keys": *issuer.keys.lock().unwrap() }))
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/keys", keys)).await });
        url
    }
}

async fn world() -> World {
    let world = World::empty().await;
    world.ingest_into(HR, &world.library, HANDBOOK, b"%PDF-1.7 handbook").await;
    world.ingest_into(BOARD, &world.library, POLICY, b"%PDF-1.7 policy").await;
    world
}

fn trusting(world: &World, oidc: OidcConfig) -> Router {
    let config = OidcConfig { issuer: ISSUER.into(), audience: "pagemill".into(), leeway_seconds: 0, ..oidc };
    world.router_with(GatewayConfig { oidc: Some(config), ..GatewayConfig::default() })
}

/// Status, and the error's code.
async fn read(app: &Router, key: &str, token: &str) -> (u16, String) {
    let request = Request::get(format!("/api/v1/documents/{}", id(key)))
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let reply = reply(app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()).await;
    let code = reply.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
    (reply.status.as_u16(), code)
}

#[tokio::test]
async fn a_token_opens_what_its_claims_say() {
    let (ec, rsa, issuer) = (Signer::elliptic("ec"), Signer::rsa("rsa"), Issuer::default());
    // A kind of key that is not known here must not spoil the others.
    *issuer.keys.lock().unwrap() =
        vec![json!({ "kty": "AKP", "kid": "new", "alg": "ML-DSA-44" }), ec.published(), rsa.published()];
    let world = world().await;
    let app = trusting(&world, OidcConfig { jwks_url: issuer.serve().await, ..OidcConfig::default() });
    let check = async |token: String, expected: (u16, &str), why: &str| {
        let (status, code) = read(&app, HANDBOOK, &token).await;
        assert_eq!((status, code.as_str()), expected, "{why}");
    };
    let fine = (200, "");
    let bad = (401, "bad_token");
    check(ec.sign(&claims(&json!({}))), fine, "ES256").await;
    check(rsa.sign(&claims(&json!({}))), fine, "RS256").await;
    check(ec.sign(&claims(&json!({ "aud": ["other", "pagemill"] }))), fine, "one of several audiences").await;
    check(ec.sign(&claims(&json!({ "pagemill_read": "finance hr" }))), fine, "names with spaces").await;
    check(ec.sign(&claims(&json!({ "pagemill_read": [], "pagemill_admin": true }))), fine, "admin").await;
    check(ec.sign(&claims(&json!({ "pagemill_read": [BOARD] }))), (404, "not_found"), "another collection")
        .await;
    check(ec.sign(&claims(&json!({ "pagemill_read": [] }))), (403, "forbidden"), "no collection").await;
    check(
        ec.sign(&claims(&json!({ "pagemill_admin": "true", "pagemill_read": [] }))),
        (403, "forbidden"),
        "a text is no yes",
    )
    .await;
    check(ec.sign(&claims(&json!({ "exp": now() - 5 }))), bad, "too late").await;
    check(ec.sign(&claims(&json!({ "exp": null }))), bad, "for ever").await;
    check(ec.sign(&claims(&json!({ "nbf": now() + 500 }))), bad, "too early").await;
    check(ec.sign(&claims(&json!({ "aud": "another" }))), bad, "for another service").await;
    check(ec.sign(&claims(&json!({ "iss": "https://evil.example" }))), bad, "from another issuer").await;
    check(ec.sign(&claims(&json!({ "sub": "" }))), bad, "of nobody").await;
    check(Signer::elliptic("ec").sign(&claims(&json!({}))), bad, "the name of a key and not the key").await;
    let confused = Signer { name: "rsa", algorithm: Algorithm::ES256, key: Signer::elliptic("x").key };
    check(confused.sign(&claims(&json!({}))), bad, "an algorithm that is not the key's").await;
    let symmetric = encode(
        &Header { kid: Some("ec".into()), ..Header::new(Algorithm::HS256) },
        &claims(&json!({})),
        &EncodingKey::from_secret(ec.published().to_string().as_bytes()),
    );
    check(symmetric.unwrap(), bad, "signed by what everybody knows").await;
    let token = ec.sign(&claims(&json!({})));
    let (payload, _) = token.rsplit_once('.').unwrap();
    check(format!("{payload}."), bad, "not signed").await;
    // {"alg":"none"}
    check(format!("eyJhbGciOiJub25lIn0.{}.", payload.split('.').nth(1).unwrap()), bad, "no algorithm").await;
    check("a.b.c".into(), bad, "no token").await;
    check("ab".into(), (401, "unknown_key"), "no token and no key").await;
}

#[tokio::test]
async fn an_issuer_may_change_its_keys_and_is_not_asked_for_ever() {
    let (old, new, issuer) = (Signer::elliptic("old"), Signer::elliptic("new"), Issuer::default());
    *issuer.keys.lock().unwrap() = vec![old.published()];
    let world = world().await;
    let app = trusting(&world, OidcConfig { jwks_url: issuer.serve().await, ..OidcConfig::default() });
    for _ in 0..5 {
        assert_eq!(read(&app, HANDBOOK, &old.sign(&claims(&json!({})))).await.0, 200);
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1, "kept");
    *issuer.keys.lock().unwrap() = vec![new.published()];
    assert_eq!(read(&app, HANDBOOK, &new.sign(&claims(&json!({})))).await.0, 200);
    assert_eq!(read(&app, HANDBOOK, &old.sign(&claims(&json!({})))).await.0, 401, "withdrawn");
    for _ in 0..20 {
        let invented = Signer::elliptic("invented").sign(&claims(&json!({})));
        assert_eq!(read(&app, HANDBOOK, &invented).await.0, 401);
    }
    assert!(issuer.asked.load(Ordering::SeqCst) <= 3, "invented names do not make us ask");
    assert_eq!(read(&app, HANDBOOK, &new.sign(&claims(&json!({})))).await.0, 200);
}

#[tokio::test]
async fn an_issuer_that_is_away_is_not_the_callers_fault() {
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let world = world().await;
    let app = trusting(&world, OidcConfig { jwks_url: format!("http://{away}/"), ..OidcConfig::default() });
    let token = Signer::elliptic("x").sign(&claims(&json!({})));
    assert_eq!(read(&app, HANDBOOK, &token).await, (503, "unavailable".to_owned()));
}

#[tokio::test]
async fn a_key_in_a_file_will_do() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("issuer.pem");
    let secret = p256::SecretKey::random(&mut OsRng);
    std::fs::write(&file, secret.public_key().to_public_key_pem(LineEnding::LF).unwrap()).unwrap();
    let private = secret.to_pkcs8_pem(LineEnding::LF).unwrap();
    let signer = Signer {
        name: "any",
        algorithm: Algorithm::ES256,
        key: EncodingKey::from_ec_pem(private.as_bytes()).unwrap(),
    };
    let app = trusting(&world, OidcConfig { key_file: Some(file.clone()), ..OidcConfig::default() });
    assert_eq!(read(&app, HANDBOOK, &signer.sign(&claims(&json!({})))).await.0, 200);
    assert_eq!(read(&app, POLICY, &signer.sign(&claims(&json!({})))).await.0, 404);
    assert_eq!(read(&app, HANDBOOK, &Signer::rsa("any").sign(&claims(&json!({})))).await.0, 401);

    std::fs::write(&file, "no key").unwrap();
    let wrong = |oidc: OidcConfig| {
        let config = GatewayConfig { oidc: Some(oidc), ..GatewayConfig::default() };
        let router = pagemill_gateway::router(config, world.gateway.clone(), world.shutdown.clone());
        router.err().unwrap().to_string()
    };
    let oidc = OidcConfig { issuer: ISSUER.into(), audience: "p".into(), ..OidcConfig::default() };
    assert!(
        wrong(OidcConfig { key_file: Some(file.clone()), ..oidc.clone() }).contains("gateway.oidc.key_file")
    );
    assert!(wrong(oidc.clone()).contains("jwks_url or key_file"));
    assert!(wrong(OidcConfig { audience: String::new(), ..oidc }).contains("gateway.oidc.audience"));
}
