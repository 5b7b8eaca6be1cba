//! The page in a real, headless Chromium: over twins always, and over a running Pagemill when `PAGEMILL_TEST_URL` names
//! one. Without Chromium and chromedriver it says that it did not run.
//!
//! `PAGEMILL_SCREENSHOTS=DIR` keeps pictures of what was seen.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod jobs;
mod journey;
#[path = "../twins/mod.rs"]
mod twins;

use pagemill_gateway::{GatewayConfig, KeyConfig, new_key};
use pagemill_test_browser::{Browser, tell};
use tokio::net::TcpListener;
use twins::World;

/// Serves the world on a free port of loopback.
async fn serve(world: &World) -> String {
    serve_with(world, GatewayConfig::default()).await
}

async fn serve_with(world: &World, config: GatewayConfig) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (gateway, shutdown) = (world.gateway.clone(), world.shutdown.clone());
    tokio::spawn(pagemill_gateway::serve(listener, config, gateway, shutdown));
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn over_twins() {
    let Some(browser) = Browser::start().await else { return };
    let world = World::furnished().await;
    let url = serve(&world).await;
    browser
        .run(async |page| {
            tokio::select! {
                () = world.ingest_uploads() => {}
                () = journey::over_twins(&page, &url, &world) => {}
            }
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_nothing() {
    let Some(browser) = Browser::start().await else { return };
    let world = World::empty().await;
    let url = serve(&world).await;
    browser.run(async |page| journey::over_nothing(&page, &url, &world).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_server_that_asks_for_a_key() {
    let Some(browser) = Browser::start().await else { return };
    let world = World::furnished().await;
    let new = new_key();
    let read = vec![twins::DEFAULT.to_owned()];
    let key = KeyConfig { name: "Kim".into(), hash: new.hash, read, ..KeyConfig::default() };
    let url = serve_with(&world, GatewayConfig { keys: vec![key], ..GatewayConfig::default() }).await;
    browser.run(async |page| journey::with_a_key(&page, &url, &new.key).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_running_pagemill() {
    let Ok(url) = std::env::var("PAGEMILL_TEST_URL") else {
        return tell("not run: PAGEMILL_TEST_URL names no running Pagemill");
    };
    let Some(browser) = Browser::start().await else { return };
    browser.run(async |page| journey::over_a_running_pagemill(&page, &url).await).await;
}
