//! `pagemill status`: what is indexed, queued and failed, by source.

use super::{count, json, line};
use crate::Ended;
use crate::arguments::Status;
use crate::config::Config;
use crate::desk::Desk;
use pagemill_pipeline::{CatalogTotals, Failure, IndexStatistics};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Report {
    /// Of one machine; a cluster has none.
    data_dir: Option<String>,
    totals: CatalogTotals,
    sources: BTreeMap<String, CatalogTotals>,
    /// `None` before the first ingest.
    index: Option<IndexStatistics>,
    /// Another process is writing now.
    writing: bool,
}

pub async fn run(arguments: Status, config: &Config) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let catalog = desk.catalog.as_ref();
    let sources: BTreeMap<String, CatalogTotals> =
        catalog.sources().await?.into_iter().map(|source| (source.source, source.totals)).collect();
    let index = if desk.has_index() { Some(desk.index.statistics().await?) } else { None };
    let report = Report {
        data_dir: (!desk.is_cluster()).then(|| config.data_dir.display().to_string()),
        totals: catalog.totals(None).await?,
        sources,
        index,
        writing: desk.is_being_written()?,
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
        if totals.ocr_poor_documents + totals.ocr_fair_documents > 0 {
            line(&format!(
                "  OCR read badly: {} with poor pages, {} with fair ones at worst",
                count(totals.ocr_poor_documents, "document"),
                count(totals.ocr_fair_documents, "document")
            ))?;
        }
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
    if let Some(data_dir) = &report.data_dir {
        line(&format!("Data folder: {data_dir}"))?;
    }
    if report.writing {
        line("Another pagemill is writing now.")?;
    }
    Ok(())
}
