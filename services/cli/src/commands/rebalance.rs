//! `pagemill rebalance`: documents go to the Meilisearch nodes that they belong to.

use super::{count, line};
use crate::Ended;
use crate::config::Config;
use crate::wire;
use pagemill_pipeline::Failure;

pub async fn run(config: &Config) -> Result<Ended, Failure> {
    if config.catalog.is_none() {
        return Err(Failure::stop(
            "one machine has one index; `pagemill rebalance` is for a cluster: name its `catalog` in the configuration",
        ));
    }
    let moved = wire::meilisearch(config).await?.rebalance().await?;
    line(&format!(
        "{} moved. Every document stands on the node that it belongs to.",
        count(moved, "document")
    ))?;
    Ok(Ended::Done)
}
