//! `pagemill status`: what is indexed, queued and failed, by source.

use super::{count, json, line};
use crate::Ended;
use crate::arguments::Status;
use crate::config::Config;
use crate::wire;
use pagemill_pipeline::{CatalogTotals, Failure, IndexStatistics, Records, SearchIndex};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Report {
    data_dir: String,
    totals: CatalogTotals,
    sources: BTreeMap<String, CatalogTotals>,
    /// `None` before the first ingest.
    index: Option<IndexStatistics>,
    /// Another process is writing now.
    writing: bool,
}

pub async fn run(arguments: Status, config: &Config) -> Result<Ended, Failure> {
    let folder = wire::data_folder(config)?;
    let catalog = wire::catalog(&folder).await?;
    let sources: BTreeMap<String, CatalogTotals> =
        catalog.sources().await?.into_iter().map(|source| (source.source, source.totals)).collect();
    let index = match wire::existing_index(&folder) {
        Ok(index) => Some(index.statistics().await?),
        Err(_) if sources.is_empty() => None,
        Err(failure) => return Err(failure),
    };
    let report = Report {
        data_dir: config.data_dir.display().to_string(),
        totals: catalog.totals(None).await?,
        sources,
        index,
        writing: folder.try_lock()?.is_none(),
    };
    if arguments.json {
        json(&report)?
    } else {
        print(&report)?
    }
    Ok(Ended::Done)
}

fn print(report: &Report) -> Result<(), Failure> {
    if report.sources.is_empty() {
        return line("Nothing is indexed yet. Begin with `pagemill ingest FOLDER`.");
    }
    for (source, totals) in &report.sources {
        line(source)?;
        line(&format!(
            "  {} indexed, {} pages ({} by OCR), {}",
            count(totals.indexed, "document"),
            totals.pages,
            totals.ocr_pages,
            count(totals.chunks, "chunk")
        ))?;
        if totals.queued + totals.running > 0 {
            line(&format!("  {} waiting, {} in work", totals.queued, totals.running))?;
        }
        if totals.failed > 0 {
            line(&format!("  {} failed: see `pagemill failures`", totals.failed))?;
        }
    }
    if let Some(index) = &report.index {
        let mib = index.size_bytes as f64 / f64::from(1 << 20);
        line(&format!(
            "Index: {} in {mib:.0} MiB, made with {}",
            count(index.chunks, "chunk"),
            index.embedder
        ))?;
    }
    line(&format!("Data folder: {}", report.data_dir))?;
    if report.writing {
        line("Another pagemill is writing now.")?;
    }
    Ok(())
}
