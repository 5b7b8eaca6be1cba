//! The shipped configuration is one that the service understands.

#![allow(clippy::unwrap_used, reason = "a test may")]

use pagemill_generator::Config;
use std::path::Path;

#[test]
fn the_shipped_file_is_understood() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/generator.toml");
    let config: Config = pagemill_runtime::config::load(Some(&file)).unwrap();
    assert!(config.generator.model.is_some() && config.embedder.is_some());
    assert_ne!(config.server.address, config.server.http_address);
}

#[test]
fn without_a_section_there_is_no_embedder() {
    let config: Config = pagemill_runtime::config::load(None).unwrap();
    assert!(config.embedder.is_none() && config.generator.model.is_some());
}
