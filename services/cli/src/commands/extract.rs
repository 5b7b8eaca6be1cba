//! `pagemill extract`: PDFs to structure, several at a time, without touching the index.

use super::{count, line};
use crate::Ended;
use crate::arguments::{Extract, Format};
use crate::config::Config;
use crate::wire;
use futures::StreamExt;
use pagemill_document::{Document, export};
use pagemill_pipeline::Failure;
use pagemill_pipeline::ingest::{MemoryBudget, extract};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

pub async fn run(arguments: Extract, config: &Config, shutdown: CancellationToken) -> Result<Ended, Failure> {
    let files = files(&arguments.path)?;
    let root = if arguments.path.is_dir() {
        arguments.path.clone()
    } else {
        arguments.path.parent().unwrap_or(Path::new("")).to_owned()
    };
    let readers = wire::readers(config)?;
    let budget = MemoryBudget::new(config.ingest.memory_mib);
    let work = futures::stream::iter(files.iter().map(|file| {
        let (readers, budget, read) = (&readers, &budget, &config.ingest.read);
        let key = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().into_owned();
        async move { (file, extract(readers, read, budget, file, &key).await) }
    }));
    let mut outcomes = work.buffered(config.ingest.documents_in_flight.max(1));
    let mut failed = 0;
    loop {
        let next = tokio::select! {
            next = outcomes.next() => next,
            () = shutdown.cancelled() => return Ok(Ended::Interrupted),
        };
        match next {
            None => break,
            Some((file, Ok(document))) => write(&arguments, &root, file, &document)?,
            Some((_, Err(Failure::Stop(message)))) => return Err(Failure::Stop(message)),
            Some((file, Err(failure))) => {
                failed += 1;
                eprintln!("pagemill: {}: {failure}", file.display());
            }
        }
    }
    if failed > 0 {
        eprintln!("{} of {} could not be extracted.", failed, count(files.len() as u64, "file"));
        return Ok(Ended::WithFailures);
    }
    Ok(Ended::Done)
}

/// The file itself, or every PDF of the folder in name order.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
        let entry =
            entry.map_err(|error| Failure::stop(format!("{} cannot be listed: {error}", path.display())))?;
        let is_pdf = entry.path().extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pdf"));
        if entry.file_type().is_file() && is_pdf {
            files.push(entry.into_path());
        }
    }
    if files.is_empty() {
        return Err(Failure::stop(format!("there is no PDF in {}", path.display())));
    }
    Ok(files)
}

fn write(arguments: &Extract, root: &Path, file: &Path, document: &Document) -> Result<(), Failure> {
    let (text, extension) = match arguments.format {
        Format::Markdown => (export::markdown(document), "md"),
        Format::Html => (export::html(document), "html"),
        Format::Json => (export::json(document), "json"),
        Format::Docling => (export::docling(document), "json"),
        Format::Blocks => (export::blocks(document), "blocks.jsonl"),
        Format::Tables => (export::tables(document), "json"),
    };
    let Some(out) = &arguments.out else { return line(text.trim_end_matches('\n')) };
    let target = out.join(file.strip_prefix(root).unwrap_or(file)).with_extension(extension);
    let written =
        target.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&target, text));
    written.map_err(|error| Failure::stop(format!("{} cannot be written: {error}", target.display())))
}
