//! One module a command.

pub mod ask;
pub mod delete;
pub mod explain;
pub mod export;
pub mod extract;
pub mod failures;
pub mod fsck;
pub mod ingest;
pub mod inspect;
pub mod job;
pub mod rebalance;
pub mod reindex;
pub mod retry;
pub mod search;
pub mod selftest;
pub mod serve;
pub mod status;

use pagemill_document::PageBox;
use pagemill_pipeline::{Catalog, DocumentRecord, Failure};
use serde::Serialize;
use std::io::Write;

/// Writes one line to standard output. A reader that has gone away (`| head`) ends the program quietly.
fn line(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::stop(format!("standard output cannot be written to: {error}"))),
    }
}

fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(&to_json(value)?)
}

fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::stop(format!("JSON could not be written: {error}")))
}

/// "p. 3" or "pp. 3–5".
fn pages(boxes: &[PageBox]) -> String {
    let numbers = boxes.iter().map(|b| b.page);
    match (numbers.clone().min(), numbers.max()) {
        (Some(first), Some(last)) if first == last => format!("p. {first}"),
        (Some(first), Some(last)) => format!("pp. {first}–{last}"),
        _ => String::new(),
    }
}

/// A text on one line, cut after so many characters.
fn brief(text: &str, characters: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= characters {
        return flat;
    }
    let cut: String = flat.chars().take(characters).collect();
    format!("{}…", cut.trim_end())
}

/// "3 documents", "1 document".
fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Documents of the catalog by id, key or file name. One that is not there is an error that names it.
async fn named(catalog: &dyn Catalog, names: &[String]) -> Result<Vec<DocumentRecord>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let named = catalog.named(name).await?;
        let there = !named.is_empty();
        found.extend(named);
        if !there {
            return Err(Failure::stop(format!(
                "no document is named `{name}`; `pagemill export documents` lists all"
            )));
        }
    }
    Ok(found)
}
