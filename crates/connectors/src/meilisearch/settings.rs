//! How the two indexes of a node are set up: which fields are searched, filtered by and sorted by, and what made the
//! vectors. In: what is wanted. Out: a node that has it, or a refusal that names another embedder. Settings that stand
//! as they should are left alone, so that a start does not wait behind a queue of writes.

use super::entries::field;
use super::exact;
use super::node::Node;
use super::trouble::{Code, Trouble};
use crate::VectorSpace;
use pagemill_pipeline::Failure;
use serde_json::{Value, json};

/// Hits that one query may give, at most, and the cap of its count of all hits.
pub(super) const MAX_TOTAL_HITS: usize = 10_000;

/// Keywords come as whole words, questions are not typed letter by letter: without prefixes the server indexes faster.
/// Tokenizers and typo tolerance stay as the server has them; Korean needs the first.
fn of_chunks(space: &VectorSpace) -> Value {
    let mut filterable: Vec<String> = [
        field::DOCUMENT,
        field::POSITION,
        field::SCRIPT,
        field::SOURCE,
        field::COLLECTION,
        field::LANGUAGE,
        field::AUTHOR,
    ]
    .map(str::to_owned)
    .into();
    filterable.extend((1..=exact::KEY_PIECES).map(field::key));
    json!({
        "searchableAttributes": ["chunk.contextualized"],
        "filterableAttributes": filterable,
        "sortableAttributes": [],
        "prefixSearch": "disabled",
        "pagination": { "maxTotalHits": MAX_TOTAL_HITS },
        "embedders": { &space.embedder: { "source": "userProvided", "dimensions": space.dimensions } },
    })
}

fn of_cards() -> Value {
    let order: Vec<String> = (1..=exact::ORDER_PIECES).map(field::order).collect();
    json!({
        "searchableAttributes": ["id"],
        "filterableAttributes": order,
        "sortableAttributes": order,
        "prefixSearch": "disabled",
    })
}

/// Makes the indexes of a node where they are missing and sets them up.
///
/// # Errors
/// `Stop` when the vectors there are another embedder's, or the key may not do this; `Retry` when the node is away.
pub(super) async fn ensure(node: &Node, space: &VectorSpace) -> Result<(), Failure> {
    for (index, wanted) in [(&node.names.chunks, of_chunks(space)), (&node.names.cards, of_cards())] {
        let at = |trouble: Trouble| trouble.at(&node.url);
        let there = settings(node, index).await.map_err(at)?;
        let there = match there {
            Some(there) => there,
            None => {
                create(node, index).await.map_err(at)?;
                settings(node, index).await.map_err(at)?.unwrap_or_default()
            }
        };
        refuse_another(&there, &wanted, space, &node.url)?;
        if !stands(&there, &wanted) {
            tracing::info!(node = node.url, index, "the search index is set up");
            node.set_up(index, &wanted).await.map_err(at)?;
        }
    }
    Ok(())
}

/// Holds a node to have the indexes of a generation already.
///
/// # Errors
/// `Stop` when they are not there; otherwise as [`ensure`].
pub(super) async fn require(node: &Node) -> Result<(), Failure> {
    for index in [&node.names.chunks, &node.names.cards] {
        if settings(node, index).await.map_err(|trouble| trouble.at(&node.url))?.is_none() {
            return Err(Failure::stop(format!(
                "{} holds no index `{index}`; `meilisearch.retiring` has to name the generation that is searched now, or be \
                 left out",
                node.url
            )));
        }
    }
    Ok(())
}

async fn settings(node: &Node, index: &str) -> Result<Option<Value>, Trouble> {
    match node.settings(index).await {
        Ok(there) => Ok(Some(there)),
        Err(Trouble::Refused { code: Code::IndexNotFound, .. }) => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

async fn create(node: &Node, index: &str) -> Result<(), Trouble> {
    match node.create(index).await {
        // Another process was faster.
        Err(Trouble::TaskFailed { code: Code::IndexAlreadyExists, .. }) => Ok(()),
        outcome => outcome,
    }
}

fn refuse_another(there: &Value, wanted: &Value, space: &VectorSpace, url: &str) -> Result<(), Failure> {
    let (Some(made_with), true) = (there["embedders"].as_object(), wanted["embedders"].is_object()) else {
        return Ok(());
    };
    for (name, embedder) in made_with {
        let dimensions = &embedder["dimensions"];
        if *name != space.embedder || *dimensions != json!(space.dimensions) {
            return Err(Failure::stop(format!(
                "the search index on {url} was made with the embedder `{name}` of {dimensions} dimensions, the \
                 configuration names `{}` of {}; set `embedder.model` back, or give `meilisearch.index` another name, \
                 `meilisearch.retiring` this one, and say `pagemill reindex`",
                space.embedder, space.dimensions
            )));
        }
    }
    Ok(())
}

/// Whether all that is wanted is there. The server may know of more, and orders what has no order its own way.
fn stands(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| there.get(key).is_some_and(|there| stands(there, wanted)))
        }
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len() && wanted.iter().all(|value| there.contains(value))
        }
        (there, wanted) => there == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stand_in_any_order_and_with_more_around_them() {
        let wanted = json!({ "filterableAttributes": ["b", "a"], "pagination": { "maxTotalHits": 5 } });
        let mut there = json!({ "filterableAttributes": ["a", "b"], "pagination": { "maxTotalHits": 5, "x": 1 },
            "typoTolerance": {} });
        assert!(stands(&there, &wanted));
        there["filterableAttributes"] = json!(["a"]);
        assert!(!stands(&there, &wanted));
        assert!(!stands(&Value::Null, &wanted));
    }

    #[test]
    fn another_embedder_is_refused_by_name() {
        let space = VectorSpace { embedder: "mine".into(), dimensions: 4 };
        let wanted = of_chunks(&space);
        let there =
            |name: &str, dimensions: u32| json!({ "embedders": { name: { "dimensions": dimensions } } });
        assert!(refuse_another(&json!({}), &wanted, &space, "u").is_ok());
        assert!(refuse_another(&there("mine", 4), &wanted, &space, "u").is_ok());
        for other in [there("theirs", 4), there("mine", 8)] {
            let refused = refuse_another(&other, &wanted, &space, "u").expect_err("refused").to_string();
            assert!(refused.contains("`mine`") && refused.contains("embedder `"), "{refused}");
        }
    }
}
