//! What pages draw, as the objects of a file name it: their content and the forms (reusable drawings) in it. In: the
//! bytes of a file. Out: the pages that pdfium must not be asked for, each with what is wrong and what to do. Reads
//! only files whose bytes give cause; what it cannot read it lets pass, and the limits of the process stand behind it.

use super::{ReadLimits, content, forms};
use crate::page_ids::page_ids;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Decompressed structure of a file that is looked at.
const MOST_STRUCTURE_BYTES: usize = 32 << 20;
/// Page trees nest less deep.
const MOST_ANCESTORS: usize = 64;

const ENDLESS: &str = "its drawings contain one another without end; save the file anew in a PDF program";

/// Pages (from 1) that are not read and not drawn, with what is said of them.
pub(super) fn refused_pages(path: &Path, limits: &ReadLimits) -> BTreeMap<u32, String> {
    let fits = std::fs::metadata(path).is_ok_and(|file| file.len() <= limits.max_facts_bytes);
    let Some(bytes) = fits.then(|| std::fs::read(path).ok()).flatten() else { return BTreeMap::new() };
    let cause = Cause {
        forms: forms::forms_name_forms(&bytes),
        content: content::may_be_oversized(&bytes, limits.max_content_bytes_per_page),
    };
    if !cause.forms && !cause.content {
        return BTreeMap::new();
    }
    // lopdf reads hostile structures; a panic of it costs this look and nothing else.
    std::panic::catch_unwind(|| of_bytes(&bytes, &cause, limits)).unwrap_or_default()
}

/// What the bytes of a file give cause to look for.
struct Cause {
    forms: bool,
    content: bool,
}

fn of_bytes(bytes: &[u8], cause: &Cause, limits: &ReadLimits) -> BTreeMap<u32, String> {
    let Some(file) = load(bytes) else { return BTreeMap::new() };
    let pages: BTreeSet<(u32, ObjectId)> = page_ids(&file).collect();
    let mut out = BTreeMap::new();
    if cause.content {
        let most = limits.max_content_bytes_per_page;
        let found = content::oversized_pages(&file, &pages, most);
        let said = format!(
            "its content unpacks to more than {} MiB, so that it was left out whole; print the page into a new PDF",
            most >> 20
        );
        out.extend(found.into_iter().map(|number| (number, said.clone())));
    }
    if cause.forms {
        let found = forms::endless_pages(&file, &pages);
        out.extend(found.into_iter().map(|number| (number, ENDLESS.to_owned())));
    }
    out
}

/// The objects of a file that say what its pages draw. `None` where they cannot be read.
pub(super) fn load(bytes: &[u8]) -> Option<Document> {
    let options = LoadOptions {
        filter: Some(drawn_only),
        max_decompressed_size: Some(MOST_STRUCTURE_BYTES),
        ..LoadOptions::default()
    };
    Document::load_mem_with_options(bytes, options).ok()
}

/// Drops the content of images, fonts and metadata. Of an object that stands by itself lopdf keeps what is left in the
/// reference; of one out of an object stream, where no stream can stand, what is returned.
fn drawn_only(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    if let Object::Stream(stream) = object {
        let image = stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image");
        let other = stream.dict.has(b"Length1") || matches!(stream.dict.get_type(), Ok(b"Metadata"));
        if image || other {
            stream.content = Vec::new();
        }
        return Some((id, Object::Null));
    }
    Some((id, object.clone()))
}

/// The resources of a page, its own or those of the page tree above it.
pub(super) fn resources(file: &Document, page: ObjectId) -> Option<&Dictionary> {
    let mut node = file.get_dictionary(page).ok()?;
    for _ in 0..MOST_ANCESTORS {
        if let Ok(own) = node.get_deref(b"Resources", file).and_then(Object::as_dict) {
            return Some(own);
        }
        node = node.get_deref(b"Parent", file).and_then(Object::as_dict).ok()?;
    }
    None
}

/// Forms by the names that content has for them.
pub(super) type Named = BTreeMap<Vec<u8>, ObjectId>;

/// Names of forms in a dictionary of resources.
pub(super) fn forms_of(file: &Document, resources: &Dictionary) -> Named {
    let Ok(named) = resources.get_deref(b"XObject", file).and_then(Object::as_dict) else {
        return Named::new();
    };
    let form = |id: ObjectId| {
        let stream = file.get_object(id).and_then(Object::as_stream).ok()?;
        (stream.dict.get(b"Subtype").and_then(Object::as_name).ok()? == b"Form").then_some(id)
    };
    named
        .iter()
        .filter_map(|(name, object)| Some((name.clone(), form(object.as_reference().ok()?)?)))
        .collect()
}

/// Where `wanted` first stands in `bytes`.
pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut at = 0;
    while let Some(i) = bytes[at..].iter().position(|b| *b == first) {
        if bytes[at + i..].starts_with(wanted) {
            return Some(at + i);
        }
        at += i + 1;
    }
    None
}

/// A PDF of these objects, from number 1 on; the first is its catalogue.
#[cfg(test)]
pub(super) fn file_of(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", i + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    places.iter().for_each(|at| out.extend(format!("{at:010} 00000 n \n").bytes()));
    let trailer = format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF", places.len() + 1);
    out.extend(trailer.bytes());
    out
}
