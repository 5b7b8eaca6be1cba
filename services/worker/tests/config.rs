//! The shipped configuration is one that the service understands.

use pagemill_worker::Config;
use std::path::Path;

#[test]
fn the_shipped_file_is_understood() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/worker.toml");
    let config: Config = pagemill_runtime::config::load(Some(&file)).expect("a right configuration");
    assert!(!config.ops.address.ip().is_loopback());
    assert_eq!((config.meilisearch.urls.len(), config.sources.allowed.len()), (2, 1));
}
