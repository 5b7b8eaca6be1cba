//! Searches: by words or by vector, over one index. In: the query's JSON. Out: hits with their scores. Every entry is
//! looked at; tests are small.

use crate::answer::ServerError;
use crate::filter::{self, Filter};
use crate::index::{Entry, Index, at};
use crate::settings::vectors_of;
use crate::words::{self, MAX_QUERY_WORDS};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Query {
    #[serde(default)]
    pub index_uid: String,
    q: Option<String>,
    #[serde(default)]
    offset: usize,
    #[serde(default = "twenty")]
    limit: usize,
    filter: Option<Value>,
    attributes_to_retrieve: Option<Vec<String>>,
    #[serde(default)]
    show_ranking_score: bool,
    #[serde(default)]
    retrieve_vectors: bool,
    #[serde(default)]
    matching_strategy: Strategy,
    hybrid: Option<Hybrid>,
    vector: Option<Vec<f32>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Strategy {
    #[default]
    Last,
    All,
    Frequency,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Hybrid {
    embedder: String,
    #[serde(default = "half")]
    semantic_ratio: f32,
}

fn twenty() -> usize {
    20
}

fn half() -> f32 {
    0.5
}

/// What a search gave, and whether it asked for a vector search without a vector.
pub(crate) struct Answer {
    pub body: Value,
    pub lost_its_vector: bool,
}

pub(crate) fn search(index: &Index, query: &Query) -> Result<Answer, ServerError> {
    let filter = match &query.filter {
        Some(given) => Some(filter::parse(given, &index.settings.filterable(), "invalid_search_filter")?),
        None => None,
    };
    let among = || {
        let admitted = |entry: &&Entry| filter.as_ref().is_none_or(|filter: &Filter| filter.admits(entry));
        index.entries.values().filter(admitted)
    };
    let text = query.q.as_deref().unwrap_or("");
    let mut ranked = match (&query.hybrid, &query.vector) {
        (None, Some(_)) => {
            return Err(ServerError::new(
                "missing_search_hybrid",
                "Invalid request: missing `hybrid` parameter when `vector` is used.",
            ));
        }
        (None, None) => by_words(index, among(), text, query.matching_strategy)?,
        (Some(hybrid), vector) => {
            let Some(dimensions) = index.settings.dimensions(&hybrid.embedder) else {
                return Err(ServerError::new(
                    "invalid_search_embedder",
                    format!("Cannot find embedder with name `{}`.", hybrid.embedder),
                ));
            };
            match vector {
                Some(vector) if vector.len() != dimensions => {
                    return Err(ServerError::new(
                        "invalid_vector_dimensions",
                        format!(
                            "Invalid vector dimensions: expected: `{dimensions}`, found: `{}`.",
                            vector.len()
                        ),
                    ));
                }
                Some(vector) if hybrid.semantic_ratio == 1.0 => by_vector(among(), &hybrid.embedder, vector),
                Some(_) => return Err(ServerError::not_modelled("a mix of keywords and vectors")),
                // No error: this is what happens.
                None => by_words(index, among(), text, query.matching_strategy)?,
            }
        }
    };
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let total = ranked.len().min(index.settings.max_total_hits());
    let page = ranked.iter().take(total).skip(query.offset).take(query.limit);
    let hits: Vec<Value> = page
        .map(|(entry, score)| {
            let fields = query.attributes_to_retrieve.as_deref();
            let mut hit = index.shown(entry, fields, query.retrieve_vectors);
            if query.show_ranking_score {
                hit.insert("_rankingScore".into(), json!(score));
            }
            Value::Object(hit)
        })
        .collect();
    Ok(Answer {
        body: json!({
            "indexUid": query.index_uid,
            "hits": hits,
            "query": text,
            "processingTimeMs": 0,
            "limit": query.limit,
            "offset": query.offset,
            "estimatedTotalHits": total,
        }),
        lost_its_vector: query.hybrid.is_some() && query.vector.is_none(),
    })
}

fn by_vector<'a>(
    among: impl Iterator<Item = &'a Entry>,
    embedder: &str,
    wanted: &[f32],
) -> Vec<(&'a Entry, f64)> {
    let norm = |vector: &[f32]| vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let cosine = |vector: &[f32]| {
        let dot: f64 = vector.iter().zip(wanted).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        let length = norm(vector) * norm(wanted);
        if length == 0.0 { 0.0 } else { dot / length }
    };
    among
        .filter_map(|entry| {
            let vectors = vectors_of(entry.get("_vectors")?.get(embedder)?);
            let nearest = vectors.iter().map(|vector| cosine(vector)).max_by(f64::total_cmp)?;
            Some((entry, (1.0 + nearest) / 2.0))
        })
        .collect()
}

/// The words of an entry's searchable fields.
fn text_of(index: &Index, entry: &Entry) -> Vec<String> {
    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.extend(words::split(text)),
            Value::Number(number) => into.push(number.to_string()),
            Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
            Value::Object(fields) => fields.values().for_each(|value| collect(value, into)),
            Value::Null | Value::Bool(_) => {}
        }
    }
    let mut text = Vec::new();
    for field in index.settings.searchable() {
        if field == "*" {
            let fields = entry.iter().filter(|(name, _)| *name != "_vectors");
            fields.for_each(|(_, value)| collect(value, &mut text));
        } else if let Some(value) = at(entry, &field) {
            collect(value, &mut text);
        }
    }
    text
}

fn by_words<'a>(
    index: &Index,
    among: impl Iterator<Item = &'a Entry>,
    text: &str,
    strategy: Strategy,
) -> Result<Vec<(&'a Entry, f64)>, ServerError> {
    let excludes = text.split_whitespace().any(|word| word.starts_with('-'));
    if excludes || text.contains('"') {
        return Err(ServerError::not_modelled("phrases and excluded words"));
    }
    let asked: Vec<String> = words::split(text).into_iter().take(MAX_QUERY_WORDS).collect();
    if asked.is_empty() {
        // A placeholder search finds everything.
        return Ok(among.map(|entry| (entry, 1.0)).collect());
    }
    let prefix = index.settings.has_prefix_search();
    let matches = |place: usize, there: &str| {
        let word = &asked[place];
        there == word || (prefix && place + 1 == asked.len() && there.starts_with(word.as_str()))
    };
    // Where each asked word stands in an entry, if it does.
    let places = |entry: &Entry| -> Vec<Option<usize>> {
        let text = text_of(index, entry);
        (0..asked.len()).map(|place| text.iter().position(|there| matches(place, there))).collect()
    };
    let frequencies: Vec<usize> = (0..asked.len())
        .map(|place| index.entries.values().filter(|entry| places(entry)[place].is_some()).count())
        .collect();
    let steps = kept(strategy, &frequencies);
    let mut found = Vec::new();
    for entry in among {
        let places = places(entry);
        let holds = |kept: &&HashSet<usize>| kept.iter().all(|place| places[*place].is_some());
        if let Some(kept) = steps.iter().find(holds) {
            found.push((entry, score(kept, &places, asked.len())));
        }
    }
    Ok(found)
}

/// Which words must match, step by step: all, then fewer as the strategy drops them. `Last` drops from the end and never
/// the first. `Frequency` drops words that are nowhere, then the most frequent, those of one frequency together, and
/// never the last group.
fn kept(strategy: Strategy, frequencies: &[usize]) -> Vec<HashSet<usize>> {
    let count = frequencies.len();
    let mut steps = vec![(0..count).collect::<HashSet<usize>>()];
    match strategy {
        Strategy::All => {}
        Strategy::Last => steps.extend((1..count).rev().map(|kept| (0..kept).collect())),
        Strategy::Frequency => {
            let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (place, frequency) in frequencies.iter().enumerate() {
                let frequency = if *frequency == 0 { usize::MAX } else { *frequency };
                groups.entry(frequency).or_default().push(place);
            }
            let mut left = steps[0].clone();
            for (_, group) in groups.iter().skip(1).rev() {
                left.retain(|place| !group.contains(place));
                steps.push(left.clone());
            }
        }
    }
    steps
}

/// The share of matched words, the last of them counted by how near the words stand.
fn score(kept: &HashSet<usize>, places: &[Option<usize>], asked: usize) -> f64 {
    let mut standing: Vec<usize> = kept.iter().filter_map(|place| places[*place]).collect();
    standing.sort_unstable();
    let gaps: usize = standing.windows(2).map(|pair| (pair[1] - pair[0]).saturating_sub(1)).sum();
    let near = 1.0 / (1.0 + gaps as f64 / standing.len().max(1) as f64);
    (kept.len() as f64 - 1.0 + near) / asked as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(strategy: Strategy, frequencies: &[usize], expected: &[&[usize]]) {
        let steps: Vec<Vec<usize>> = kept(strategy, frequencies)
            .into_iter()
            .map(|step| {
                let mut step: Vec<usize> = step.into_iter().collect();
                step.sort_unstable();
                step
            })
            .collect();
        assert_eq!(steps, expected);
    }

    #[test]
    fn words_are_dropped_as_the_strategy_says() {
        check(Strategy::All, &[1, 2], &[&[0, 1]]);
        check(Strategy::Last, &[1, 2, 3], &[&[0, 1, 2], &[0, 1], &[0]]);
        check(Strategy::Frequency, &[5, 0, 9, 2], &[&[0, 1, 2, 3], &[0, 2, 3], &[0, 3], &[3]]);
        check(Strategy::Frequency, &[1, 1], &[&[0, 1]]);
    }
}
