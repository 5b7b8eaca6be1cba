//! Questions over the samples: the right pages are found, and no answer goes without its citation.

use crate::machine::{Machine, ingested, samples};
use serde_json::Value;

struct Asked {
    question: String,
    document: String,
    pages: Vec<u64>,
    /// Asked in another language than the document's.
    across: bool,
}

fn questions() -> Vec<Asked> {
    let text = std::fs::read_to_string(samples().join("questions.jsonl")).expect("questions");
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            Asked {
                question: line["question"].as_str().expect("a question").to_owned(),
                across: line["kind"] == "cross-lingual",
                document: line["doc"].as_str().unwrap_or_default().to_owned(),
                pages: line["pages"]
                    .as_array()
                    .map(|p| p.iter().filter_map(Value::as_u64).collect())
                    .unwrap_or_default(),
            }
        })
        .collect()
}

fn holds(hit: &Value, asked: &Asked) -> bool {
    let boxes = hit["chunk"]["boxes"].as_array().expect("boxes");
    hit["card"]["key"] == asked.document.as_str()
        && boxes.iter().any(|b| asked.pages.contains(&b["page"].as_u64().expect("a page")))
}

#[test]
fn the_page_that_answers_is_among_the_first_five() {
    let machine = ingested();
    let answerable = questions().into_iter().filter(|q| !q.document.is_empty() && !q.across).collect();
    let (asked, missed) = missed(machine, answerable, &["-n", "5"]);
    assert!(asked >= 20 && missed.len() * 10 <= asked, "more than one in ten missed: {missed:#?}");
}

/// Passages of the question's own language compete in the same index.
#[test]
fn the_page_is_found_across_languages() {
    let machine = ingested();
    let across = questions().into_iter().filter(|q| q.across).collect();
    let (asked, missed) = missed(machine, across, &["-n", "5"]);
    assert!(asked >= 30 && missed.len() * 5 <= asked, "more than one in five missed: {missed:#?}");
}

/// How many were asked, and the questions whose page was not found.
fn missed(machine: &Machine, questions: Vec<Asked>, how: &[&str]) -> (usize, Vec<String>) {
    let found = |asked: &Asked| {
        let arguments = [&["search", &asked.question, "--json"], how].concat();
        machine.json(&arguments).as_array().expect("hits").iter().any(|hit| holds(hit, asked))
    };
    let asked = questions.len();
    (asked, questions.into_iter().filter(|q| !found(q)).map(|q| q.question).collect())
}

#[test]
fn every_claim_of_an_answer_is_cited_and_stands_in_what_it_cites() {
    let machine = ingested();
    for question in
        ["How many days of notice are needed to terminate the supply contract?", "연차휴가는 며칠인가요?"]
    {
        let answer = machine.json(&["ask", question, "--quotes", "--json"]);
        assert_eq!(answer["kind"], "quoted", "{answer}");
        for claim in answer["claims"].as_array().expect("claims") {
            let number = claim["citations"][0].as_u64().expect("a citation");
            let citations = answer["citations"].as_array().expect("citations");
            let cited = citations.iter().find(|c| c["number"] == number).expect("resolves");
            let passage = cited["text"].as_str().expect("text");
            assert!(
                passage.contains(claim["text"].as_str().expect("text")),
                "word for word: {claim} in {passage}"
            );
            assert!(!cited["boxes"].as_array().expect("boxes").is_empty());
        }
    }
}

#[test]
fn filters_narrow_a_search() {
    let machine = ingested();
    let korean = machine.json(&["search", "leave policy", "--language", "ko", "--json"]);
    let hits = korean.as_array().expect("hits");
    assert!(!hits.is_empty() && hits.iter().all(|hit| hit["card"]["language"] == "ko"));
    let prefix = machine.json(&["search", "total", "--prefix", "invoice", "--json"]);
    assert!(prefix.as_array().expect("hits").iter().all(|hit| hit["card"]["key"] == "invoice-2025-0417.pdf"));
}
