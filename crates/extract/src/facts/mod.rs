//! What a file says of itself: metadata, outline, tags, attachments, and what it can do. In: its bytes, read
//! by lopdf; pdfium's few answers where lopdf fails or the file is too large to hold. Out: facts, not
//! judged. Never reads a page.

mod features;
mod outline;
pub(crate) mod text;
pub(crate) mod xmp;

use crate::pdfium;
use crate::work::ReadLimits;
use lopdf::{Dictionary, LoadOptions, Object};
use pagemill_document::DocumentFacts;
use std::path::Path;

/// Streams that decompress to more are left alone: metadata never does.
const MAX_STREAM_BYTES: usize = 32 << 20;
/// XMP beyond this holds no more facts.
const MAX_XMP_BYTES: usize = 2 << 20;

/// Reads the facts of a document. Cannot fail: what cannot be read is missing, with a warning.
pub fn read_facts(path: &Path, document: &pdfium::Document, limits: &ReadLimits) -> DocumentFacts {
    let read = std::fs::metadata(path)
        .map_err(|error| error.to_string())
        .and_then(|file| {
            let fits = file.len() <= limits.max_facts_bytes;
            fits.then_some(())
                .ok_or_else(|| format!("the file is larger than {} bytes", limits.max_facts_bytes))
        })
        .and_then(|()| std::fs::read(path).map_err(|error| error.to_string()))
        .and_then(|bytes| of_bytes(&bytes));
    let mut facts = read.unwrap_or_else(|reason| DocumentFacts {
        warnings: vec![format!("outline, attachments and other facts could not be read: {reason}")],
        ..DocumentFacts::default()
    });
    complete(&mut facts, document);
    facts
}

fn of_bytes(bytes: &[u8]) -> Result<DocumentFacts, String> {
    let options = LoadOptions {
        filter: Some(without_content),
        max_decompressed_size: Some(MAX_STREAM_BYTES),
        ..LoadOptions::default()
    };
    // lopdf reads hostile structures; a panic of it costs the facts and nothing else.
    std::panic::catch_unwind(|| {
        let file =
            lopdf::Document::load_mem_with_options(bytes, options).map_err(|error| error.to_string())?;
        if file.is_encrypted() && !file.was_encrypted() {
            return Err("they are encrypted".to_owned());
        }
        Ok(of_file(&file))
    })
    .unwrap_or_else(|_| Err("the structure of the file is damaged".to_owned()))
}

/// Drops what pages paint: facts need none of it, and it is most of a file. Of an object that stands by itself lopdf keeps
/// what is left in the reference; of one out of an object stream, where no stream can stand, what is returned.
fn without_content(id: (u32, u16), object: &mut Object) -> Option<((u32, u16), Object)> {
    if let Object::Stream(stream) = object {
        if !matches!(stream.dict.get_type(), Ok(b"Metadata" | b"ObjStm" | b"XRef")) {
            stream.content = Vec::new();
        }
        return Some((id, Object::Null));
    }
    Some((id, object.clone()))
}

pub fn of_file(file: &lopdf::Document) -> DocumentFacts {
    let mut facts = DocumentFacts { encrypted: file.was_encrypted(), ..DocumentFacts::default() };
    let info = file.trailer.get(b"Info").ok().and_then(|object| dictionary(file, object));
    let catalog = file.catalog().ok();
    if let Some(info) = info {
        let string = |key: &[u8]| info.get_deref(key, file).ok().and_then(text::string);
        facts.title = string(b"Title");
        facts.author = string(b"Author");
        facts.subject = string(b"Subject");
        facts.keywords = string(b"Keywords").map(|list| text::keywords(&list)).unwrap_or_default();
        facts.creator = string(b"Creator");
        facts.producer = string(b"Producer");
        facts.created = string(b"CreationDate").and_then(|date| text::date(&date));
        facts.modified = string(b"ModDate").and_then(|date| text::date(&date));
    }
    facts.pdf_version = Some(file.version.clone()).filter(|version| !version.is_empty());
    let Some(catalog) = catalog else {
        facts.warnings.push("the file has no catalog".to_owned());
        return facts;
    };
    // The catalog may state a later version than the header (ISO 32000-2, 7.5.2).
    if let Ok(version) = catalog.get_deref(b"Version", file).and_then(Object::as_name) {
        facts.pdf_version = Some(String::from_utf8_lossy(version).into_owned());
    }
    facts.language = catalog.get_deref(b"Lang", file).ok().and_then(text::string);
    facts.tagged = catalog
        .get_deref(b"MarkInfo", file)
        .and_then(Object::as_dict)
        .and_then(|marks| marks.get_deref(b"Marked", file))
        .and_then(Object::as_bool)
        .unwrap_or(false);
    if let Some(packet) = xmp_packet(file, catalog) {
        xmp::complete(&mut facts, &packet);
    }
    outline::read(file, catalog, &mut facts);
    features::read(file, catalog, &mut facts);
    facts
}

fn xmp_packet(file: &lopdf::Document, catalog: &Dictionary) -> Option<Vec<u8>> {
    let stream = catalog.get_deref(b"Metadata", file).and_then(Object::as_stream).ok()?;
    let packet =
        if stream.is_compressed() { stream.decompressed_content().ok()? } else { stream.content.clone() };
    (!packet.is_empty() && packet.len() <= MAX_XMP_BYTES).then_some(packet)
}

/// Fills in what pdfium knows.
fn complete(facts: &mut DocumentFacts, document: &pdfium::Document) {
    facts.page_count = document.page_count();
    facts.encrypted |= document.is_encrypted();
    facts.tagged |= document.is_tagged();
    let meta = |key| document.meta_text(key).and_then(|value| text::tidy(&value));
    facts.title = facts.title.take().or_else(|| meta(c"Title"));
    facts.author = facts.author.take().or_else(|| meta(c"Author"));
    facts.subject = facts.subject.take().or_else(|| meta(c"Subject"));
    facts.creator = facts.creator.take().or_else(|| meta(c"Creator"));
    facts.producer = facts.producer.take().or_else(|| meta(c"Producer"));
    facts.created = facts.created.take().or_else(|| meta(c"CreationDate").and_then(|date| text::date(&date)));
    facts.modified = facts.modified.take().or_else(|| meta(c"ModDate").and_then(|date| text::date(&date)));
    if facts.keywords.is_empty() {
        facts.keywords = meta(c"Keywords").map(|list| text::keywords(&list)).unwrap_or_default();
    }
    if facts.pdf_version.is_none() {
        facts.pdf_version =
            document.file_version().map(|version| format!("{}.{}", version / 10, version % 10));
    }
}

/// The dictionary that an object is or refers to.
fn dictionary<'f>(file: &'f lopdf::Document, object: &'f Object) -> Option<&'f Dictionary> {
    let (_, object) = file.dereference(object).ok()?;
    object.as_dict().ok().or_else(|| object.as_stream().ok().map(|stream| &stream.dict))
}

#[cfg(test)]
mod tests;
