//! `pagemill fsck`: source, catalog and index compared. Exit code 3 when something is wrong and was not repaired.

use super::{count, json, line};
use crate::Ended;
use crate::arguments::Fsck as Arguments;
use crate::config::Config;
use crate::desk::Desk;
use pagemill_pipeline::Failure;
use pagemill_pipeline::fsck::{Found, Fsck, FsckOptions, FsckReport, fsck};

/// Findings that are told one by one; the rest is counted.
const TOLD: usize = 50;

pub async fn run(arguments: Arguments, config: &Config) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let _writing = if arguments.repair { desk.begin_changing()? } else { None };
    let options =
        FsckOptions { repair: arguments.repair, deep: arguments.deep, source: arguments.source.clone() };
    let compared = Fsck {
        catalog: desk.catalog.as_ref(),
        index: desk.index.as_ref(),
        sources: desk.sources.as_ref(),
        options,
    };
    let mut found: Vec<Found> = Vec::new();
    let report = fsck(&compared, |finding| {
        if found.len() < TOLD {
            found.push(finding.clone());
        }
    })
    .await?;
    if arguments.json {
        json(&serde_json::json!({ "report": report, "findings": found, "clean": report.is_clean() }))?;
    } else {
        print(&report, &found, arguments.repair)?;
    }
    let repaired = arguments.repair && report.stray_chunks == 0;
    Ok(if report.is_clean() || repaired { Ended::Done } else { Ended::WithFailures })
}

fn print(report: &FsckReport, found: &[Found], repair: bool) -> Result<(), Failure> {
    for finding in found {
        line(&format!("{}  {}/{}", finding.finding.statement(), finding.source, finding.key))?;
    }
    let total: u64 = report.findings.values().sum();
    if total > found.len() as u64 {
        line(&format!("… and {} more", total - found.len() as u64))?;
    }
    line(&format!(
        "{} in the sources, {} in the catalog, {} with {} in the index",
        count(report.objects, "object"),
        count(report.documents, "document"),
        count(report.indexed, "document"),
        count(report.chunks, "chunk")
    ))?;
    for (reason, documents) in &report.set_aside {
        line(&format!("  {documents} set aside: {reason}"))?;
    }
    if report.waiting > 0 {
        line(&format!("  {} waiting or in work: not looked at", report.waiting))?;
    }
    if report.stray_chunks > 0 {
        line(&format!(
            "{} belong to no document: build the index anew from the stored documents",
            count(report.stray_chunks, "chunk")
        ))?;
    }
    for (finding, documents) in &report.findings {
        line(&format!("  {documents} {}", finding.statement()))?;
    }
    line(match () {
        () if report.is_clean() => "Nothing is missing, nothing is there twice, nothing is stray.",
        () if repair => "What mends them is queued. Compare again when the queue is empty.",
        () => "`pagemill fsck --repair` queues what mends them.",
    })
}
