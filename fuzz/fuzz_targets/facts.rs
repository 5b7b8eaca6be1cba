//! What a file says of itself: XMP packets, strings and dates as bytes; Info, catalog, outline and attachments as a
//! graph of objects with loops and wrong types. What must hold: no panic, no endless walk, values of bounded length.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use lopdf::{Dictionary, Document, Object, StringFormat};
use pagemill_document::DocumentFacts;
use pagemill_extract::fuzzed::{complete_from_xmp, date, decode, facts_of_file, keywords, tidy_fact};

fuzz_target!(|data: &[u8]| {
    let Some((kind, data)) = data.split_first() else { return };
    match kind % 3 {
        0 => {
            let mut facts = DocumentFacts::default();
            complete_from_xmp(&mut facts, data);
            assert!(facts.title.is_none_or(|t| t.chars().count() <= 2_000));
        }
        1 => {
            let text = decode(data);
            tidy_fact(&text);
            keywords(&text);
            if let Some(found) = date(&text) {
                assert_eq!(date(&found).as_deref(), Some(found.as_str()), "{text}");
            }
        }
        _ => {
            let mut u = Unstructured::new(data);
            if let Ok(file) = file(&mut u) {
                facts_of_file(&file);
            }
        }
    }
});

const KEYS: [&str; 40] = [
    "Title",
    "Author",
    "Keywords",
    "Creator",
    "CreationDate",
    "ModDate",
    "Lang",
    "MarkInfo",
    "Marked",
    "Version",
    "Metadata",
    "Outlines",
    "First",
    "Next",
    "Last",
    "Count",
    "Dest",
    "A",
    "D",
    "S",
    "Names",
    "EmbeddedFiles",
    "Kids",
    "Limits",
    "F",
    "UF",
    "EF",
    "Params",
    "Size",
    "AcroForm",
    "Fields",
    "XFA",
    "OpenAction",
    "AA",
    "JS",
    "Pages",
    "Type",
    "Dests",
    "Collection",
    "Perms",
];
const NAMES: [&str; 10] =
    ["GoTo", "JavaScript", "Launch", "Catalog", "Pages", "Page", "Filespec", "Sig", "URI", "1.7"];
const OBJECTS: u32 = 16;

fn object(u: &mut Unstructured<'_>, depth: u8) -> Result<Object> {
    let reference = |u: &mut Unstructured<'_>| Ok(Object::Reference((u.int_in_range(1..=OBJECTS)?, 0)));
    Ok(match u.int_in_range(0u8..=9)? {
        0..=2 => reference(u)?,
        3 => Object::String(u.arbitrary::<Vec<u8>>()?, StringFormat::Literal),
        4 => Object::Name(u.choose(&NAMES)?.as_bytes().to_vec()),
        5 => Object::Integer(u.arbitrary()?),
        6 => Object::Boolean(u.arbitrary()?),
        7 if depth > 0 => {
            let count = u.int_in_range(0u8..=6)?;
            Object::Array((0..count).map(|_| object(u, depth - 1)).collect::<Result<_>>()?)
        }
        8 if depth > 0 => Object::Dictionary(dictionary(u, depth - 1)?),
        _ => Object::Null,
    })
}

fn dictionary(u: &mut Unstructured<'_>, depth: u8) -> Result<Dictionary> {
    let mut out = Dictionary::new();
    for _ in 0..u.int_in_range(0u8..=6)? {
        let key = *u.choose(&KEYS)?;
        out.set(key, object(u, depth)?);
    }
    Ok(out)
}

fn file(u: &mut Unstructured<'_>) -> Result<Document> {
    let mut file = Document::with_version("1.7");
    for number in 1..=OBJECTS {
        let made = if u.ratio(3, 4)? { Object::Dictionary(dictionary(u, 2)?) } else { object(u, 2)? };
        file.objects.insert((number, 0), made);
    }
    file.trailer.set("Root", Object::Reference((1, 0)));
    file.trailer.set("Info", Object::Reference((2, 0)));
    Ok(file)
}
