//! One index: its settings and its entries. In: objects. Out: objects, and their fields as filters and order see them.

use crate::answer::ServerError;
use crate::settings::Settings;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(crate) type Entry = Map<String, Value>;

/// Longer values are kept with an entry but never found by a filter.
const MAX_FACET_BYTES: usize = 468;

#[derive(Default)]
pub(crate) struct Index {
    pub primary_key: Option<String>,
    pub settings: Settings,
    /// By primary key. `_vectors` stands in the entry.
    pub entries: BTreeMap<String, Entry>,
}

/// A value as filters and order see it.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(crate) enum Facet {
    Number(f64),
    Text(String),
}

/// Filters ignore case. (They ignore width too; nothing here depends on that.)
pub(crate) fn normalized(text: &str) -> String {
    text.to_lowercase()
}

/// A value by its dotted path.
pub(crate) fn at<'a>(entry: &'a Entry, path: &str) -> Option<&'a Value> {
    let mut steps = path.split('.');
    let mut value = entry.get(steps.next()?)?;
    for step in steps {
        value = value.get(step)?;
    }
    Some(value)
}

/// The facets of a field: one, or those of its elements.
pub(crate) fn facets(entry: &Entry, path: &str) -> Vec<Facet> {
    fn facet(value: &Value) -> Option<Facet> {
        match value {
            Value::Number(number) => number.as_f64().map(Facet::Number),
            Value::String(text) if !text.is_empty() && text.len() <= MAX_FACET_BYTES => {
                Some(Facet::Text(normalized(text)))
            }
            _ => None,
        }
    }
    match at(entry, path) {
        Some(Value::Array(values)) => values.iter().filter_map(facet).collect(),
        Some(value) => facet(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The id of an entry; the server takes numbers and short plain text.
pub(crate) fn id_of(entry: &Entry, primary_key: &str) -> Result<String, ServerError> {
    let id = match entry.get(primary_key) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) if id.is_u64() || id.is_i64() => id.to_string(),
        Some(other) => return Err(invalid_id(&other.to_string())),
        None => {
            return Err(ServerError::new(
                "missing_document_id",
                format!("Document doesn't have a `{primary_key}` attribute."),
            ));
        }
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.is_empty() || id.len() > 511 || !id.bytes().all(plain) { Err(invalid_id(&id)) } else { Ok(id) }
}

fn invalid_id(id: &str) -> ServerError {
    ServerError::new("invalid_document_id", format!("Document identifier `{id}` is invalid."))
}

impl Index {
    pub fn put(&mut self, id: &str, entry: Entry) {
        self.entries.insert(id.to_owned(), entry);
    }

    /// Adds or replaces entries: all, or none with what is wrong with the first that cannot go in.
    pub fn add(
        &mut self,
        uid: &str,
        primary_key: Option<&str>,
        entries: &[Entry],
    ) -> Result<usize, ServerError> {
        let primary_key = match (&self.primary_key, primary_key) {
            (Some(there), _) => there.clone(),
            (None, Some(given)) => given.to_owned(),
            (None, None) => {
                return Err(ServerError::new(
                    "index_primary_key_no_candidate_found",
                    format!("Index `{uid}`: The primary key inference failed."),
                ));
            }
        };
        let mut ready = Vec::with_capacity(entries.len());
        for entry in entries {
            let id = id_of(entry, &primary_key)?;
            self.settings.check_vectors(uid, &id, entry)?;
            ready.push((id, entry.clone()));
        }
        self.primary_key = Some(primary_key);
        let count = ready.len();
        self.entries.extend(ready);
        Ok(count)
    }

    /// An entry as it is given out: the wanted fields, vectors only when asked for.
    pub fn shown(&self, entry: &Entry, fields: Option<&[String]>, vectors: bool) -> Entry {
        let all = fields.is_none_or(|fields| fields.iter().any(|field| field == "*"));
        let wanted = |name: &String| match name.as_str() {
            "_vectors" => vectors,
            _ => all || fields.is_some_and(|fields| fields.contains(name)),
        };
        entry
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}
