//! `pagemill search`: passages with file, page and heading path.

use super::{brief, json, line, pages};
use crate::Ended;
use crate::arguments::Search;
use crate::config::Config;
use crate::wire;
use pagemill_pipeline::{Failure, SearchMode};

pub async fn run(arguments: Search, config: &Config) -> Result<Ended, Failure> {
    let mode = SearchMode::from(arguments.mode);
    let answerer = wire::answerer(config, wire::Model::None).await?;
    let hits = answerer.search(&arguments.text, mode, arguments.filter.into(), arguments.limit).await?;
    if arguments.json {
        json(&hits)?;
        return Ok(Ended::Done);
    }
    if hits.is_empty() {
        line("Nothing found.")?;
    }
    for (hit, number) in hits.iter().zip(1..) {
        line(&format!("{number:>2}. {}, {}", hit.card.key, pages(&hit.chunk.boxes)))?;
        if !hit.chunk.heading_path.is_empty() {
            line(&format!("    {}", hit.chunk.heading_path.join(" > ")))?;
        }
        line(&format!("    {}\n", brief(&hit.chunk.text, 240)))?;
    }
    Ok(Ended::Done)
}
