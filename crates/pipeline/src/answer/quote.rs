//! The best passages themselves, word for word. In: a question and the passages found. Out: the few sentences that
//! speak most of what was asked, each with the passage it stands in. Never a word of our own.

use super::Claim;
use super::sentences::{asks_for_quantity, coverage, sentences, states_quantity, terms};
use crate::embedder::in_one_script;
use pagemill_document::Script;
use std::collections::BTreeSet;

/// Sentences that are quoted, at most.
const QUOTES: usize = 3;
/// Sentences of one passage that are looked at.
const CANDIDATES: usize = 40;
/// Share of the best score that a further quote must reach.
const NEAR_BEST: f32 = 0.85;
/// What meaning and words weigh.
const MEANING: f32 = 0.6;
/// What a number is worth to a question that asks for one.
const QUANTITY: f32 = 0.25;

/// A sentence that may be quoted.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// From 1: the passage.
    pub number: u32,
    /// Place among the candidates of its passage.
    pub at: usize,
    pub text: String,
}

/// What may be quoted from the passages, best passage first.
pub(super) fn candidates(passages: &[&str]) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (passage, number) in passages.iter().zip(1..) {
        for (at, sentence) in sentences(passage).into_iter().take(CANDIDATES).enumerate() {
            all.push(Candidate { number, at, text: sentence.to_owned() });
        }
    }
    all
}

/// Chooses what to quote. `meaning` holds the cosine of question and candidate, one for each.
pub(super) fn choose(question: &str, candidates: &[Candidate], meaning: &[f32]) -> Vec<Claim> {
    let asked = terms(question);
    let wants_quantity = asks_for_quantity(question);
    // Passages of both scripts may stand side by side; those in the question's lie nearer for that alone.
    let script = Script::of(question);
    let level =
        |(candidate, cosine): (&Candidate, &f32)| in_one_script(*cosine, script, Script::of(&candidate.text));
    let meaning: Vec<f32> = candidates.iter().zip(meaning).map(level).collect();
    let low = meaning.iter().copied().fold(f32::INFINITY, f32::min);
    let high = meaning.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let spread = (high - low).max(1e-6);
    let mut scored: Vec<(f32, &Candidate)> = candidates
        .iter()
        .zip(&meaning)
        .filter(|(candidate, _)| says_something(&candidate.text))
        .map(|(candidate, meaning)| {
            let words = coverage(&asked, &terms(&candidate.text));
            // Passages come best first; what is far down has to be better by itself.
            let rank = 0.02 * (candidate.number - 1) as f32;
            let quantity = if wants_quantity && states_quantity(&candidate.text) { QUANTITY } else { 0.0 };
            (MEANING * (meaning - low) / spread + (1.0 - MEANING) * words + quantity - rank, candidate)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1.number, a.1.at).cmp(&(b.1.number, b.1.at))));
    let Some(best) = scored.first().map(|(score, _)| *score) else { return Vec::new() };
    let mut chosen: Vec<&Candidate> = Vec::new();
    let mut said: Vec<BTreeSet<String>> = Vec::new();
    for (score, candidate) in scored {
        if chosen.len() == QUOTES || score < best * NEAR_BEST {
            break;
        }
        let speaks_of = terms(&candidate.text);
        if said.iter().any(|earlier| coverage(&speaks_of, earlier) > 0.8) {
            continue;
        }
        said.push(speaks_of);
        chosen.push(candidate);
    }
    chosen.into_iter().map(|c| Claim { text: c.text.clone(), citations: vec![c.number] }).collect()
}

/// A heading, a rule of a table or a stray number is no answer.
fn says_something(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() >= 8 && !text.ends_with('?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_that_speaks_of_the_question_is_quoted() {
        let passages = [
            "The office opens at eight. Employees receive 25 days of annual leave.",
            "The canteen serves lunch. 연차휴가는 매년 15일을 부여한다.",
        ];
        let all = candidates(&passages);
        assert_eq!(all.len(), 4);
        // Cosines that tell nothing: each as far as unrelated text of its script.
        let told_apart_by_words = |question: &str| {
            let far = |text: &str| if Script::of(text) == Script::of(question) { 0.84 } else { 0.8 };
            let meaning: Vec<f32> = all.iter().map(|candidate| far(&candidate.text)).collect();
            choose(question, &all, &meaning)
        };
        let quotes = told_apart_by_words("How many days of annual leave do employees receive?");
        assert_eq!(
            quotes[0],
            Claim { text: "Employees receive 25 days of annual leave.".into(), citations: vec![1] }
        );
        assert_eq!(quotes.len(), 1, "{quotes:?}");
        assert_eq!(told_apart_by_words("연차휴가는 며칠인가?")[0].citations, [2]);
    }

    #[test]
    fn a_sentence_in_another_script_is_not_behind_for_that_alone() {
        let passages =
            ["Staff retire on 31 December of the year they turn 60.", "퇴직금은 14일 안에 지급한다."];
        let all = candidates(&passages);
        assert_eq!(choose("정년은 몇 세입니까?", &all, &[0.82, 0.83])[0].citations, [1]);
        assert_eq!(choose("퇴직금은 언제 지급합니까?", &all, &[0.78, 0.88])[0].citations, [2]);
    }

    #[test]
    fn the_same_thing_is_not_quoted_twice() {
        let passages = ["Leave is 25 days a year.", "Leave is 25 days a year."];
        let all = candidates(&passages);
        assert_eq!(choose("How long is leave?", &all, &[0.9, 0.9]).len(), 1);
    }
}
