//! `pagemill export`: everything in the index as JSON lines, ordered by source, key and position.

use super::json;
use crate::Ended;
use crate::arguments::{Export, What};
use crate::config::Config;
use crate::wire;
use pagemill_document::Chunk;
use pagemill_pipeline::{Artifacts, Failure, SearchIndex};
use serde::Serialize;

/// Documents read at a time.
const PAGE: usize = 500;

#[derive(Serialize)]
struct ExportedChunk<'a> {
    source: &'a str,
    key: &'a str,
    #[serde(flatten)]
    chunk: &'a Chunk,
}

pub async fn run(arguments: Export, config: &Config) -> Result<Ended, Failure> {
    let folder = wire::data_folder(config)?;
    let index = wire::existing_index(&folder)?;
    let artifacts = wire::artifacts(&folder)?;
    let mut after = None;
    loop {
        let cards = index.cards(after.as_ref(), PAGE).await?;
        let Some(last) = cards.last().cloned() else { return Ok(Ended::Done) };
        for card in &cards {
            match arguments.what {
                What::Chunks => {
                    for chunk in &index.chunks(&card.id).await? {
                        json(&ExportedChunk { source: &card.source, key: &card.key, chunk })?;
                    }
                }
                What::Documents => match artifacts.get(&card.id).await? {
                    Some(document) => json(&document)?,
                    None => {
                        return Err(Failure::stop(format!(
                            "the stored document of {} is gone; `pagemill delete {}` and ingest again",
                            card.key, card.id
                        )));
                    }
                },
            }
        }
        after = Some(last);
    }
}
