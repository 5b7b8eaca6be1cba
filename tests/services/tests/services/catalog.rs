//! The catalog in PostgreSQL: the contract that SQLite passes too, and what a restart of the server does.

use pagemill_connectors::{CatalogConfig, SqlCatalog};
use pagemill_pipeline::{Failure, Records, contract};
use pagemill_test_servers::Postgres;

fn config(url: String) -> CatalogConfig {
    CatalogConfig { url, ..CatalogConfig::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract_and_outlives_a_restart() {
    let mut server = Postgres::start().await.expect("a PostgreSQL server");
    let config = config(server.database("contract").await.expect("a database"));
    let catalog = SqlCatalog::connect(&config).await.expect("connects");
    contract::catalog(&catalog).await;
    let again = SqlCatalog::connect(&config).await.expect("the tables are there already");
    let before = again.totals(None).await.expect("totals");

    server.stop().await.expect("stopped");
    assert!(matches!(catalog.totals(None).await, Err(Failure::Retry { .. })), "away is passing trouble");
    server.resume().await.expect("back");
    assert_eq!(catalog.totals(None).await.expect("answers again"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_named_without_its_password() {
    for url in ["http://x", "postgres://u:secret@127.0.0.1:1/x"] {
        let error = SqlCatalog::connect(&config(url.to_owned())).await.expect_err("must not connect");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
