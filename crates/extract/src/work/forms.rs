//! Forms (reusable drawings) that draw one another without end. In: the objects of a file. Out: the pages that
//! pdfium must not be asked for, because it draws each form anew each time it is named: two calls in a form
//! that calls itself are more drawings than any machine finishes. Reads dictionaries and the content of forms
//! that name forms; what it cannot read it lets pass, and the limits of the process stand behind it.

use super::drawn::{Named, find, forms_of, resources};
use lopdf::{Document, Object, ObjectId};
use std::collections::{BTreeSet, HashMap};

/// Forms drawn for one page. Maps and patterns of real documents take some ten thousand.
const MOST_DRAWN: u64 = 200_000;
/// pdfium follows forms into forms about this deep.
const DEEPEST: u8 = 40;
/// Decompressed content of a form that is looked at. Larger ones count as drawing each form they know once.
const MOST_CONTENT_BYTES: usize = 4 << 20;
/// Dictionaries of streams are shorter.
const MOST_DICTIONARY_BYTES: usize = 4096;

/// Whether the dictionary of any form could name another form: it states or refers to XObjects, or shares
/// resources with others. Dictionaries of streams are never compressed, so bytes tell it.
pub(super) fn forms_name_forms(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"/Form") {
        at += found + b"/Form".len();
        if bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        let before = &bytes[at.saturating_sub(MOST_DICTIONARY_BYTES)..at];
        let start = before.windows(3).rposition(|w| w == b"obj").map_or(before, |i| &before[i..]);
        let after = &bytes[at..bytes.len().min(at + MOST_DICTIONARY_BYTES)];
        let end = find(after, b"stream").map_or(after, |i| &after[..i]);
        let states = |key: &[u8], value: fn(u8) -> bool| {
            [start, end].iter().any(|part| {
                let mut rest = *part;
                while let Some(i) = find(rest, key) {
                    rest = &rest[i + key.len()..];
                    if rest.iter().find(|b| !b.is_ascii_whitespace()).is_some_and(|b| value(*b)) {
                        return true;
                    }
                }
                false
            })
        };
        let shared = states(b"/Resources", |b| b.is_ascii_digit()) || !states(b"/Resources", |_| true);
        if shared || states(b"/XObject", |b| b == b'<' || b.is_ascii_digit()) {
            return true;
        }
    }
    false
}

/// Pages (from 1) whose forms would be drawn too many times.
pub(super) fn endless_pages(file: &Document, pages: &BTreeSet<(u32, ObjectId)>) -> BTreeSet<u32> {
    let mut drawing = Drawing { file, calls: HashMap::new(), drawn: HashMap::new() };
    pages
        .iter()
        .filter(|(_, page)| {
            let named = resources(file, *page).map(|r| forms_of(file, r)).unwrap_or_default();
            let drawn = named.values().map(|form| drawing.drawn(*form, &named, DEEPEST));
            let total = drawn.fold(0u64, u64::saturating_add);
            total > MOST_DRAWN
        })
        .map(|(number, _)| *number)
        .collect()
}

/// How often forms are drawn.
struct Drawing<'f> {
    file: &'f Document,
    /// For each form the forms that its content draws, with how often.
    calls: HashMap<ObjectId, Vec<(ObjectId, u64)>>,
    /// Forms drawn by drawing one, itself included, by the depth that is left.
    drawn: HashMap<(ObjectId, u8), u64>,
}

impl Drawing<'_> {
    /// `page` names the forms of the page: one without resources of its own uses those.
    fn drawn(&mut self, form: ObjectId, page: &Named, depth: u8) -> u64 {
        if depth == 0 {
            return 0;
        }
        if let Some(known) = self.drawn.get(&(form, depth)) {
            return *known;
        }
        let calls = match self.calls.get(&form) {
            Some(calls) => calls.clone(),
            None => {
                let calls = self.calls(form, page);
                self.calls.insert(form, calls.clone());
                calls
            }
        };
        let total = calls.iter().fold(1u64, |sum, (inner, times)| {
            sum.saturating_add(self.drawn(*inner, page, depth - 1).saturating_mul(*times))
        });
        self.drawn.insert((form, depth), total);
        total
    }

    fn calls(&self, form: ObjectId, page: &Named) -> Vec<(ObjectId, u64)> {
        let Ok(stream) = self.file.get_object(form).and_then(Object::as_stream) else { return Vec::new() };
        let own = stream.dict.get_deref(b"Resources", self.file).and_then(Object::as_dict).ok();
        let named = own.map_or_else(|| page.clone(), |own| forms_of(self.file, own));
        if named.is_empty() {
            return Vec::new();
        }
        let content = stream.decompressed_content_with_limit(MOST_CONTENT_BYTES).ok();
        let times = content.map(|content| draws(&content));
        let calls = named
            .into_iter()
            .map(|(name, id)| (id, times.as_ref().map_or(1, |times| times.get(&name).copied().unwrap_or(0))));
        calls.filter(|(_, times)| *times > 0).collect()
    }
}

/// Names that content hands to the operator `Do`, with how often.
fn draws(content: &[u8]) -> HashMap<Vec<u8>, u64> {
    let mut out = HashMap::new();
    let mut name: Option<&[u8]> = None;
    let regular = |b: &u8| !b.is_ascii_whitespace() && !b"/()<>[]{}%\0".contains(b);
    let mut rest = content;
    while let Some(first) = rest.first() {
        let named = *first == b'/';
        let begins = named || regular(first);
        let length = if begins { 1 + rest[1..].iter().take_while(|b| regular(b)).count() } else { 1 };
        let token = &rest[..length];
        if named {
            name = Some(&token[1..]);
        } else if token == b"Do" {
            if let Some(name) = name.take() {
                *out.entry(name.to_vec()).or_insert(0) += 1;
            }
        } else if !first.is_ascii_whitespace() {
            name = None;
        }
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::drawn;
    use super::*;
    use crate::page_ids::page_ids;

    /// A file of one page that draws form `a`; each form is `(name, content)` and knows all others by name.
    fn file(forms: &[(&str, &str)]) -> Vec<u8> {
        let names: String =
            forms.iter().enumerate().map(|(i, f)| format!("/{} {} 0 R ", f.0, i + 5)).collect();
        let resources = format!("/Resources<</XObject<<{names}>>>>");
        let mut objects = vec![
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R{resources}>>"),
            "<</Length 5>>stream\n/a Do\nendstream".to_owned(),
        ];
        objects.extend(forms.iter().map(|(_, content)| {
            let length = content.len();
            format!("<</Length {length}/Subtype/Form/BBox[0 0 9 9]{resources}>>stream\n{content}\nendstream")
        }));
        let objects: Vec<Vec<u8>> = objects.into_iter().map(String::into_bytes).collect();
        drawn::file_of(&objects)
    }

    fn check(forms: &[(&str, &str)], endless: bool) {
        let plain = file(forms);
        // Files since 1.5 keep pages and their resources in object streams.
        let mut compressed = Vec::new();
        Document::load_mem(&plain)
            .and_then(|mut file| Ok(file.save_modern(&mut compressed)?))
            .expect("a file");
        for bytes in [plain, compressed] {
            assert!(forms_name_forms(&bytes));
            let file = drawn::load(&bytes).expect("a file");
            let pages: BTreeSet<_> = page_ids(&file).collect();
            assert_eq!(pages.len(), 1);
            assert_eq!(endless_pages(&file, &pages).contains(&1), endless, "{forms:?}");
        }
    }

    #[test]
    fn forms_that_multiply_are_found_and_shared_names_are_not() {
        // Every form knows every other by name, as files with one dictionary of resources do.
        check(&[("a", "q /b Do Q"), ("b", "0 0 m (/a Do) Tj")], false);
        // Once into itself ends at the depth that pdfium follows; twice does not.
        check(&[("a", "/a Do")], false);
        check(&[("a", "/a Do /a Do")], true);
        check(&[("a", "/b Do /b Do"), ("b", "q 1 0 0 1 0 0 cm /a Do Q\n/a Do")], true);
        // Ten times ten times ... without a circle.
        let ten = |name: &str| format!("/{name} Do ").repeat(10);
        let (b, c, d, e, f, g) = (ten("b"), ten("c"), ten("d"), ten("e"), ten("f"), ten("g"));
        check(&[("a", &b), ("b", &c), ("c", &d), ("d", ""), ("e", "")], false);
        check(&[("a", &b), ("b", &c), ("c", &d), ("d", &e), ("e", &f), ("f", &g), ("g", "")], true);
    }

    #[test]
    fn forms_of_their_own_are_not_looked_into() {
        assert!(!forms_name_forms(b"1 0 obj<</Type/XObject/Subtype/Form/Resources<</Font<<>>>>>>stream"));
        assert!(!forms_name_forms(b"1 0 obj<</FormType 1>>"));
        assert!(forms_name_forms(b"1 0 obj<</Subtype /Form/Resources 7 0 R>>stream"));
        assert!(forms_name_forms(b"1 0 obj<</Resources<</XObject <</a 2 0 R>>>>/Subtype/Form>>stream"));
    }
}
