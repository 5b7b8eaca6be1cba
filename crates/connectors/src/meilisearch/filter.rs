//! A filter in the words of the server. In: what a search or a write asks for. Out: an expression whose values are
//! digits or quoted; nothing that a document or a user says can change its meaning.

use super::entries::{field, script_name};
use super::exact;
use pagemill_document::{DocumentId, Script};
use pagemill_pipeline::{DocumentCard, SearchFilter};

/// A value in quotes, for values that are not ours.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn one_of(field: &str, values: impl Iterator<Item = String>) -> Option<String> {
    let values: Vec<String> = values.map(|value| quoted(&value)).collect();
    (!values.is_empty()).then(|| format!("{field} IN [{}]", values.join(", ")))
}

fn begins_with(prefix: &str) -> Option<String> {
    let (whole, rest) = exact::prefix(prefix);
    let mut conditions: Vec<String> =
        (1..).zip(&whole).map(|(piece, text)| format!("{} = {}", field::key(piece), quoted(text))).collect();
    if !rest.is_empty() {
        conditions.push(format!("{} STARTS WITH {}", field::key(whole.len() + 1), quoted(&rest)));
    }
    (!conditions.is_empty()).then(|| format!("({})", conditions.join(" AND ")))
}

/// Chunks of the documents that a search filter admits; `None` admits all.
pub(super) fn of_search(filter: &SearchFilter) -> Option<String> {
    let SearchFilter { documents, key_prefixes, sources, collections, languages, authors } = filter;
    let exactly = |field: &str, values: &[String]| one_of(field, values.iter().map(|v| exact::value(v)));
    // An empty prefix begins every key.
    let prefixes: Option<Vec<String>> = key_prefixes.iter().map(|prefix| begins_with(prefix)).collect();
    let prefixes = prefixes.filter(|prefixes| !prefixes.is_empty());
    let conditions: Vec<String> = [
        one_of(field::DOCUMENT, documents.iter().map(|id| id.as_str().to_owned())),
        prefixes.map(|prefixes| format!("({})", prefixes.join(" OR "))),
        exactly(field::SOURCE, sources),
        exactly(field::COLLECTION, collections),
        exactly(field::LANGUAGE, languages),
        exactly(field::AUTHOR, authors),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!conditions.is_empty()).then(|| conditions.join(" AND "))
}

/// Chunks in a script, and within `filter` where there is one. Entries that say nothing of their script, because they were
/// written before entries did, count as other.
pub(super) fn in_script(script: Script, filter: Option<&str>) -> String {
    let hangul = format!("{} = {}", field::SCRIPT, script_name(Script::Hangul));
    let wanted = match script {
        Script::Hangul => hangul,
        Script::Other => format!("NOT {hangul}"),
    };
    match filter {
        Some(filter) => format!("{wanted} AND {filter}"),
        None => wanted,
    }
}

/// All chunks of a document.
pub(super) fn of_document(document: &DocumentId) -> String {
    format!("{} = {}", field::DOCUMENT, quoted(document.as_str()))
}

/// Chunks of documents at positions from which on there should be none.
pub(super) fn beyond<'a>(documents: impl Iterator<Item = (&'a DocumentId, u32)>) -> String {
    let each =
        |(id, count): (&DocumentId, u32)| format!("({} AND {} >= {count})", of_document(id), field::POSITION);
    documents.map(each).collect::<Vec<_>>().join(" OR ")
}

/// Every card: each has a place in the order.
pub(super) fn any_card() -> String {
    format!("{} EXISTS", field::order(1))
}

/// Cards that come after another: the first piece that differs is greater.
pub(super) fn after(card: &DocumentCard) -> String {
    let order = exact::order(&card.source, &card.key);
    // Behind the last piece that says anything one more is asked for: a longer key has digits there.
    let told = (exact::told(&order) + 1).min(order.len());
    let alternatives = (0..told).map(|differs| {
        let same = (0..differs).map(|at| format!("{} = {}", field::order(at + 1), quoted(&order[at])));
        let greater = format!("{} > {}", field::order(differs + 1), quoted(&order[differs]));
        format!("({})", same.chain([greater]).collect::<Vec<_>>().join(" AND "))
    });
    alternatives.collect::<Vec<_>>().join(" OR ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: SearchFilter, expected: Option<&str>) {
        assert_eq!(of_search(&filter).as_deref(), expected);
    }

    #[test]
    fn what_a_filter_becomes() {
        check(SearchFilter::default(), None);
        check(
            SearchFilter {
                collections: vec!["a\" OR x = \"".into(), "B".into()],
                languages: vec!["ko".into()],
                ..SearchFilter::default()
            },
            Some(r#"collection_hex IN ["6122204f522078203d2022", "42"] AND language_hex IN ["6b6f"]"#),
        );
        check(
            SearchFilter { documents: vec![DocumentId::from_text(r#"a"\"#)], ..SearchFilter::default() },
            Some(r#"document IN ["a\"\\"]"#),
        );
    }

    #[test]
    fn scripts_within_a_filter() {
        assert_eq!(in_script(Script::Hangul, None), "script = hangul");
        assert_eq!(
            in_script(Script::Other, Some("author_hex = 1")),
            "NOT script = hangul AND author_hex = 1"
        );
    }

    #[test]
    fn prefixes_of_keys() {
        let prefixes = |prefixes: &[&str]| SearchFilter {
            key_prefixes: prefixes.iter().map(|p| (*p).to_owned()).collect(),
            ..SearchFilter::default()
        };
        check(
            prefixes(&["a/", "b"]),
            Some(r#"((key_hex_1 STARTS WITH "612f") OR (key_hex_1 STARTS WITH "62"))"#),
        );
        check(prefixes(&["a", ""]), None);
        let long = format!("{}b", "a".repeat(200));
        let expected = format!(r#"((key_hex_1 = "{}" AND key_hex_2 STARTS WITH "62"))"#, "61".repeat(200));
        check(prefixes(&[&long]), Some(&expected));
    }
}
