//! What a file can do besides showing pages: forms, scripts, signatures, attached files.

use super::{dictionary, text};
use lopdf::{Dictionary, Document, Object};
use pagemill_document::DocumentFacts;

const MAX_ATTACHMENTS: usize = 500;

/// Reads the features into the facts.
pub fn read(file: &Document, catalog: &Dictionary, facts: &mut DocumentFacts) {
    let form = catalog.get(b"AcroForm").ok().and_then(|object| dictionary(file, object));
    facts.has_forms = form.is_some_and(|form| {
        let fields = form.get_deref(b"Fields", file).and_then(Object::as_array);
        fields.is_ok_and(|fields| !fields.is_empty()) || form.has(b"XFA")
    });
    let mut attachments = Vec::new();
    for object in file.objects.values() {
        let Some(dictionary) =
            object.as_dict().ok().or_else(|| object.as_stream().ok().map(|stream| &stream.dict))
        else {
            continue;
        };
        let name = |key: &[u8]| dictionary.get(key).and_then(Object::as_name).ok();
        facts.has_javascript |= name(b"S") == Some(b"JavaScript") || dictionary.has(b"JS");
        facts.signed |= (name(b"Type") == Some(b"Sig")
            || name(b"FT") == Some(b"Sig") && dictionary.has(b"V"))
            && (dictionary.has(b"ByteRange") || dictionary.has(b"V"));
        if dictionary.has(b"EF") && attachments.len() < MAX_ATTACHMENTS {
            attachments.extend(attachment_name(file, dictionary));
        }
    }
    attachments.sort();
    attachments.dedup();
    facts.attachments = attachments;
}

/// The name of an attached file, without the folders that it may claim: it is shown, never opened.
fn attachment_name(file: &Document, specification: &Dictionary) -> Option<String> {
    let name = [b"UF".as_slice(), b"F", b"Desc"]
        .into_iter()
        .find_map(|key| specification.get_deref(key, file).ok().and_then(text::string))?;
    text::tidy(name.rsplit(['/', '\\']).next()?)
}
