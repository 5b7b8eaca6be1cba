//! Settings of an index: the server's defaults, changed by patches. In: JSON. Out: JSON, and what search and writes need
//! to know. Vectors are checked against the embedders when a task writes them, as the server does.

use crate::answer::ServerError;
use crate::index::Entry;
use serde_json::{Map, Value, json};

#[derive(Clone)]
pub(crate) struct Settings(Map<String, Value>);

impl Default for Settings {
    fn default() -> Self {
        let defaults = json!({
            "displayedAttributes": ["*"],
            "searchableAttributes": ["*"],
            "filterableAttributes": [],
            "sortableAttributes": [],
            "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
            "stopWords": [],
            "synonyms": {},
            "distinctAttribute": null,
            "proximityPrecision": "byWord",
            "typoTolerance": { "enabled": true },
            "faceting": { "maxValuesPerFacet": 100 },
            "pagination": { "maxTotalHits": 1000 },
            "embedders": {},
            "searchCutoffMs": null,
            "localizedAttributes": null,
            "facetSearch": true,
            "prefixSearch": "indexingTime",
        });
        match defaults {
            Value::Object(defaults) => Self(defaults),
            _ => Self(Map::new()),
        }
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).cloned().unwrap_or_default();
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Settings {
    /// Takes a patch in: what is named changes, `null` goes back to the default, embedders are merged by name.
    pub fn patch(&mut self, patch: &Map<String, Value>) -> Result<(), ServerError> {
        let defaults = Self::default();
        for (key, value) in patch {
            let Some(default) = defaults.0.get(key) else {
                return Err(ServerError::new("bad_request", format!("Unknown field `{key}`")));
            };
            if value.is_null() {
                self.0.insert(key.clone(), default.clone());
                continue;
            }
            match (self.0.get_mut(key), value) {
                (Some(Value::Object(there)), Value::Object(given)) => {
                    there.extend(given.clone());
                    there.retain(|_, value| !value.is_null());
                }
                (_, Value::Array(given)) if key == "filterableAttributes" || key == "sortableAttributes" => {
                    let mut sorted = given.clone();
                    sorted.sort_by_key(Value::to_string);
                    self.0.insert(key.clone(), Value::Array(sorted));
                }
                _ => drop(self.0.insert(key.clone(), value.clone())),
            }
        }
        Ok(())
    }

    pub fn shown(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub fn searchable(&self) -> Vec<String> {
        texts(self.0.get("searchableAttributes"))
    }

    pub fn filterable(&self) -> Vec<String> {
        texts(self.0.get("filterableAttributes"))
    }

    pub fn sortable(&self) -> Vec<String> {
        texts(self.0.get("sortableAttributes"))
    }

    pub fn has_prefix_search(&self) -> bool {
        self.0["prefixSearch"] == "indexingTime"
    }

    pub fn max_total_hits(&self) -> usize {
        self.0["pagination"]["maxTotalHits"].as_u64().unwrap_or(1000) as usize
    }

    /// Dimensions of an embedder.
    pub fn dimensions(&self, embedder: &str) -> Option<usize> {
        self.0["embedders"].get(embedder).and_then(|e| e["dimensions"].as_u64()).map(|d| d as usize)
    }

    /// Whether an entry brings a vector for each embedder; all are `userProvided` here.
    pub fn check_vectors(&self, uid: &str, id: &str, entry: &Entry) -> Result<(), ServerError> {
        let embedders = self.0["embedders"].as_object().cloned().unwrap_or_default();
        for embedder in embedders.keys() {
            let Some(given) = entry.get("_vectors").and_then(|vectors| vectors.get(embedder)) else {
                return Err(ServerError::new(
                    "vector_embedding_error",
                    format!(
                        "Index `{uid}`: While embedding documents for embedder `{embedder}`: no vectors provided for \
                         document `{id}`. Consider adding `_vectors.{embedder}` or opting out with `null`."
                    ),
                ));
            };
            let wanted = self.dimensions(embedder).unwrap_or(0);
            for vector in vectors_of(given) {
                if vector.len() != wanted {
                    return Err(ServerError::new(
                        "invalid_vector_dimensions",
                        format!(
                            "Index `{uid}`: Invalid vector dimensions in document with id `{id}` in \
                             `._vectors.{embedder}`: {} instead of {wanted}.",
                            vector.len()
                        ),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The vectors of an embedder in an entry: bare, or within `embeddings`, one or several.
pub(crate) fn vectors_of(given: &Value) -> Vec<Vec<f32>> {
    let bare = given.get("embeddings").unwrap_or(given);
    let numbers = |value: &Value| -> Option<Vec<f32>> {
        value.as_array()?.iter().map(|number| number.as_f64().map(|number| number as f32)).collect()
    };
    match bare.as_array() {
        Some(several) if several.first().is_some_and(Value::is_array) => {
            several.iter().filter_map(numbers).collect()
        }
        _ => numbers(bare).into_iter().collect(),
    }
}
