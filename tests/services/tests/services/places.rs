//! The contract of places against whatever real store is at hand: `PAGEMILL_TEST_PLACES` names empty places, such as
//! `az://contracts/try gs://contracts/try`. Credentials and addresses come from the environment, as the stores' own tools
//! name them.
#![allow(clippy::print_stderr, reason = "a test that does not run says so")]

use pagemill_connectors::{AllowedSources, S3Config, SourcesConfig, parse_source};
use pagemill_pipeline::contract;

#[tokio::test]
async fn places_that_are_named_keep_the_contract() {
    let places = std::env::var("PAGEMILL_TEST_PLACES").unwrap_or_default();
    if places.trim().is_empty() {
        eprintln!("not run: PAGEMILL_TEST_PLACES names no place");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let config = SourcesConfig { spool_dir: Some(folder.path().to_owned()), ..SourcesConfig::default() };
    let sources = AllowedSources::of_user(&config, &S3Config::default(), 1 << 20).expect("the configuration");
    for place in places.split_whitespace() {
        let name = parse_source(place).expect("a place");
        let objects = sources.open_name(name).await.unwrap_or_else(|failure| panic!("{place}: {failure}"));
        contract::objects(objects.as_ref()).await;
        eprintln!("{place} keeps the contract");
    }
}
