//! `pagemill export`: everything in the index as JSON lines, ordered by source, key and position.

use super::json;
use crate::Ended;
use crate::arguments::{Export, What};
use crate::config::Config;
use crate::desk::Desk;
use pagemill_document::{Chunk, Document};
use pagemill_pipeline::{Failure, OcrSummary, PageOcr};
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

/// A document with what OCR came to: `null` where no page needed it.
#[derive(Serialize)]
struct ExportedDocument<'a> {
    #[serde(flatten)]
    document: &'a Document,
    ocr: Option<OcrSummary>,
}

pub async fn run(arguments: Export, config: &Config) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let (index, artifacts) = (desk.index.as_ref(), desk.artifacts.as_ref());
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
                    Some(document) => {
                        let ocr = OcrSummary::of(&PageOcr::of(&document));
                        json(&ExportedDocument { document: &document, ocr })?;
                    }
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
