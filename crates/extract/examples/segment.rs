//! Reads PDFs and writes their structure, in one process: to score extraction and to look at it.
//! `segment [--format markdown|html|json|docling|blocks|tables] [--out DIR] FILES|DIRS`; libpdfium from
//! `PAGEMILL_PDFIUM` or the place set-up puts it. Pages that need OCR stay without text.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for developers")]

use pagemill_document::{ContentHash, Document, DocumentFacts, DocumentId, export};
use pagemill_extract::{DocumentIdentity, ReadLimits, Reader, Request, Response, segment};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let (mut format, mut out, mut inputs) = ("markdown".to_owned(), None, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--format" => format = arguments.next().unwrap_or_default(),
            "--out" => out = arguments.next().map(PathBuf::from),
            _ => inputs.push(PathBuf::from(argument)),
        }
    }
    let (export, extension): (fn(&Document) -> String, &str) = match format.as_str() {
        "markdown" => (export::markdown, "md"),
        "markdown-full" => (export::markdown_with_furniture, "md"),
        "html" => (export::html, "html"),
        "json" => (export::json, "json"),
        "docling" => (export::docling, "json"),
        "tables" => (export::tables, "json"),
        "blocks" => (export::blocks, "blocks.jsonl"),
        _ => {
            eprintln!("unknown format {format}");
            return ExitCode::from(2);
        }
    };
    let library = std::env::var_os("PAGEMILL_PDFIUM").map_or_else(
        || {
            PathBuf::from(std::env::var_os("HOME").unwrap_or_default())
                .join(".local/share/pagemill/lib/libpdfium.so")
        },
        PathBuf::from,
    );
    let mut reader = match Reader::load(&library) {
        Ok(reader) => reader,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let (mut reading, mut segmenting, mut pages) = (Duration::ZERO, Duration::ZERO, 0);
    for (path, name) in inputs.iter().flat_map(|input| files(input)) {
        let started = Instant::now();
        let Some((facts, read)) = read(&mut reader, &path) else { continue };
        reading += started.elapsed();
        pages += read.len();
        let key = name.to_string_lossy().into_owned();
        let identity = DocumentIdentity {
            id: DocumentId::new("file://", &key),
            source: "file://".into(),
            key,
            content_hash: ContentHash::of(b""),
            size_bytes: std::fs::metadata(&path).map_or(0, |m| m.len()),
        };
        let started = Instant::now();
        let document = segment(identity, facts, read);
        segmenting += started.elapsed();
        let text = export(&document);
        match &out {
            None => print!("{text}"),
            Some(folder) => {
                let target = folder.join(name.with_extension(extension));
                let written = target
                    .parent()
                    .map_or(Ok(()), std::fs::create_dir_all)
                    .and_then(|()| std::fs::write(&target, text));
                if let Err(error) = written {
                    eprintln!("{}: {error}", target.display());
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    let each =
        |d: Duration| d.as_secs_f64() * 1000.0 / f64::from(u32::try_from(pages.max(1)).unwrap_or(u32::MAX));
    eprintln!(
        "{pages} pages, reading {:.2} ms a page, segmenting {:.2} ms a page",
        each(reading),
        each(segmenting)
    );
    ExitCode::SUCCESS
}

fn read(reader: &mut Reader, path: &Path) -> Option<(DocumentFacts, Vec<pagemill_document::Page>)> {
    let (mut count, mut facts, mut pages, mut rejected) = (0, DocumentFacts::default(), Vec::new(), false);
    let mut take = |response: Response| match response {
        Response::Opened { page_count } => count = page_count,
        Response::Facts(found) => facts = found,
        Response::Page(page) => pages.push(page),
        Response::Rejected(rejection) => {
            eprintln!("{}: {rejection}", path.display());
            rejected = true;
        }
        _ => {}
    };
    reader.serve(Request::Open { path: path.to_owned(), limits: ReadLimits::default() }, &mut take);
    reader.serve(Request::Facts, &mut take);
    reader.serve(Request::Pages { from: 1, to: u32::MAX, force_ocr: false }, &mut take);
    let _ = count;
    (!rejected).then_some((facts, pages))
}

/// PDFs below a folder with their names within it, sorted; or the file itself.
fn files(input: &Path) -> Vec<(PathBuf, PathBuf)> {
    if input.is_file() {
        return vec![(input.to_owned(), input.file_name().map(PathBuf::from).unwrap_or_default())];
    }
    let (mut out, mut folders) = (Vec::new(), vec![input.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf")) {
                let name = path.strip_prefix(input).map(PathBuf::from).unwrap_or_default();
                out.push((path, name));
            }
        }
    }
    out.sort();
    out
}
