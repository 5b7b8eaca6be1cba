//! `pagemill inspect`: what a PDF is worth for retrieval: seven traits, the evidence, and what to improve.

use super::{json, line};
use crate::Ended;
use crate::arguments::Inspect;
use crate::config::Config;
use crate::wire;
use pagemill_document::{Document, Field, Origin, TextSource};
use pagemill_pipeline::Failure;
use pagemill_pipeline::ingest::{MemoryBudget, extract};

pub async fn run(arguments: Inspect, config: &Config) -> Result<Ended, Failure> {
    let readers = wire::readers(config)?;
    let budget = MemoryBudget::new(config.ingest.memory_mib);
    let name = arguments.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let document = extract(&readers, &config.ingest.read, &budget, &arguments.file, &name).await?;
    if arguments.json {
        json(&document.readiness)?
    } else {
        print(&document)?
    }
    Ok(Ended::Done)
}

fn print(document: &Document) -> Result<(), Failure> {
    let metadata = &document.metadata;
    let ocr = document.pages.iter().filter(|page| matches!(page.text_source, TextSource::Ocr { .. })).count();
    line(&format!("{}: {} pages, {ocr} of them by OCR", document.file_name(), document.pages.len()))?;
    field("title", metadata.title.as_ref())?;
    field("author", metadata.author.as_ref())?;
    field("language", metadata.language.as_ref())?;
    if let Some(keywords) = &metadata.keywords {
        line(&format!("  keywords: {}{}", keywords.value.join(", "), derived(keywords.origin)))?;
    }
    let readiness = &document.readiness;
    line(&format!("\nReadiness {:.0} of 100: {}", readiness.score * 100.0, word(&readiness.grade)))?;
    for report in &readiness.traits {
        let score = report.score.map_or("  —".to_owned(), |score| format!("{:>3.0}", score * 100.0));
        line(&format!("\n{score}  {}", word(&report.name).replace('_', " ")))?;
        for evidence in &report.evidence {
            line(&format!("     {evidence}"))?;
        }
        if !report.advice.is_empty() {
            line(&format!("     → {}", report.advice))?;
        }
    }
    for warning in &document.warnings {
        let place = warning.page.map_or(String::new(), |page| format!("page {page}: "));
        line(&format!("\nwarning: {place}{}", warning.message))?;
    }
    Ok(())
}

fn field(name: &str, value: Option<&Field<String>>) -> Result<(), Failure> {
    match value {
        Some(field) => line(&format!("  {name}: {}{}", field.value, derived(field.origin))),
        None => Ok(()),
    }
}

fn derived(origin: Origin) -> &'static str {
    match origin {
        Origin::File => "",
        Origin::Text => "  (from the text)",
    }
}

/// A name as serde writes it.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
