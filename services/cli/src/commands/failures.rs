//! `pagemill failures`: what could not go in, why, and what to do; grouped by reason.

use super::{json, line};
use crate::Ended;
use crate::arguments::Failures;
use crate::config::Config;
use crate::desk::Desk;
use pagemill_pipeline::{Catalog, DocumentFilter, DocumentRecord, DocumentState, Failure};
use std::collections::BTreeMap;

pub async fn run(arguments: Failures, config: &Config) -> Result<Ended, Failure> {
    let desk = Desk::open(config).await?;
    let catalog = desk.catalog.as_ref();
    let failed = failed(catalog, arguments.reason.as_deref()).await?;
    if arguments.json {
        for record in &failed {
            json(record)?;
        }
        return Ok(Ended::Done);
    }
    if failed.is_empty() {
        line("No failures.")?;
        return Ok(Ended::Done);
    }
    let mut by_reason: BTreeMap<String, Vec<&DocumentRecord>> = BTreeMap::new();
    for record in &failed {
        by_reason.entry(reason(record)).or_default().push(record);
    }
    for (reason, records) in by_reason {
        line(&format!("{reason} ({})", records.len()))?;
        if let Some(failure) = records.first().and_then(|record| record.failure.as_ref()) {
            line(&format!("  what to do: {}", failure.advice))?;
        }
        for record in records {
            let detail = record.failure.as_ref().map_or("", |failure| failure.detail.as_str());
            line(&format!("  {}  {}: {detail}", record.id, record.key))?;
        }
    }
    Ok(Ended::Done)
}

/// Failed documents, of one reason if it is given.
pub async fn failed(catalog: &dyn Catalog, wanted: Option<&str>) -> Result<Vec<DocumentRecord>, Failure> {
    let filter = DocumentFilter { state: Some(DocumentState::Failed), ..DocumentFilter::default() };
    let mut failed = catalog.documents(filter).await?;
    if let Some(wanted) = wanted {
        let known: std::collections::BTreeSet<String> = failed.iter().map(reason).collect();
        failed.retain(|record| reason(record) == wanted);
        if failed.is_empty() && !known.is_empty() {
            let known: Vec<String> = known.into_iter().collect();
            let known = known.join(", ");
            return Err(Failure::stop(format!(
                "no document failed with the reason `{wanted}`; there are: {known}"
            )));
        }
    }
    Ok(failed)
}

fn reason(record: &DocumentRecord) -> String {
    let name = record.failure.as_ref().and_then(|failure| serde_json::to_value(failure.reason).ok());
    name.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
