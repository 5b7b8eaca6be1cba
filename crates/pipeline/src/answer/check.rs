//! Holds what a model wrote against the passages it had. In: a draft and its passages. Out: cited claims, or why
//! the draft does not hold. Never repairs a sentence.

use super::Claim;
use super::sentences::{coverage, negates, numbers, sentences, terms};
use std::collections::BTreeSet;

/// Share of a claim's terms that must stand close together in a passage that supports it.
const SUPPORT: f32 = 0.7;
/// Sentences of a passage that are read together when looking for support.
const WINDOW: usize = 3;

/// What a draft came to.
#[derive(Debug, PartialEq)]
pub(super) enum Checked {
    /// Every sentence is supported by the passages it cites.
    Holds(Vec<Claim>),
    /// The model says that the passages do not answer.
    SaysNotFound,
    /// At least one sentence is not supported: which one.
    Fails { sentence: String },
}

/// Checks a draft. `passages[n - 1]` is what `[n]` cites.
///
/// A sentence that cites must be supported by what it cites; one that does not is given the passage that supports
/// it best, if any does.
pub(super) fn check(draft: &str, passages: &[&str]) -> Checked {
    let draft = draft.trim();
    if draft.is_empty() || says_not_found(draft) {
        return Checked::SaysNotFound;
    }
    let mut claims: Vec<Claim> = Vec::new();
    for sentence in merge_citations(sentences(draft)) {
        let (text, cited) = take_citations(&sentence);
        if text.is_empty() {
            continue;
        }
        // A question is no answer; weak models give back the one they were asked.
        if text.ends_with(['?', '？']) {
            return Checked::Fails { sentence: text };
        }
        let candidates: Vec<u32> =
            if cited.is_empty() { (1..=passages.len() as u32).collect() } else { cited.clone() };
        let supporting: Vec<u32> = candidates
            .into_iter()
            .filter(|n| passages.get(*n as usize - 1).is_some_and(|passage| supports(passage, &text)))
            .collect();
        let Some(first) = supporting.first() else {
            return Checked::Fails { sentence: text };
        };
        let citations = if cited.is_empty() { vec![*first] } else { supporting };
        if !claims.iter().any(|claim| claim.text == text) {
            claims.push(Claim { text, citations });
        }
    }
    if claims.is_empty() { Checked::SaysNotFound } else { Checked::Holds(claims) }
}

/// Whether some few sentences of the passage say what the claim says: its numbers all, its names all, most of its
/// other words, and the same yes or no.
pub(super) fn supports(passage: &str, claim: &str) -> bool {
    let wanted = terms(claim);
    if wanted.is_empty() {
        return false;
    }
    let (wanted_numbers, wanted_names) = (numbers(claim), names(claim));
    let lines = sentences(passage);
    (0..lines.len()).any(|from| {
        (1..=WINDOW.min(lines.len() - from)).any(|length| {
            let window = lines[from..from + length].join(" ");
            let there = terms(&window);
            coverage(&wanted, &there) >= SUPPORT
                && wanted_numbers.is_subset(&numbers(&window))
                && wanted_names.is_subset(&there)
                && negates(claim) == negates(&window)
        })
    })
}

/// Terms of words written with a capital inside a sentence: a wrong name makes a wrong claim.
fn names(claim: &str) -> BTreeSet<String> {
    claim
        .split_whitespace()
        .skip(1)
        .filter(|word| word.chars().next().is_some_and(char::is_uppercase))
        .flat_map(terms)
        .collect()
}

fn says_not_found(draft: &str) -> bool {
    let lower = draft.to_lowercase();
    let opening: String = lower.chars().take(160).collect();
    [
        "not found",
        "not in these documents",
        "not in the passages",
        "do not contain",
        "does not contain",
        "don't contain",
        "doesn't contain",
        "no information",
        "not mentioned",
        "not provided",
        "not specified",
        "cannot answer",
        "cannot be answered",
        "can't answer",
        "찾을 수 없",
        "나와 있지 않",
        "포함되어 있지 않",
        "정보가 없",
        "언급되지 않",
        "답할 수 없",
    ]
    .iter()
    .any(|phrase| opening.contains(phrase))
}

/// Puts a citation that stands after the full stop back to the sentence it belongs to.
fn merge_citations(parts: Vec<&str>) -> Vec<String> {
    let mut merged: Vec<String> = Vec::new();
    for part in parts {
        let (text, cited) = take_citations(part);
        match merged.last_mut() {
            Some(last) if text.is_empty() && !cited.is_empty() => {
                last.push(' ');
                last.push_str(part);
            }
            _ => {
                let (leading, rest) = leading_citations(part);
                match merged.last_mut() {
                    Some(last) if !leading.is_empty() => {
                        last.push(' ');
                        last.push_str(leading);
                        merged.push(rest.to_owned());
                    }
                    _ => merged.push(part.to_owned()),
                }
            }
        }
    }
    merged
}

/// Splits "[1][2] Text" into its leading citations and the rest.
fn leading_citations(text: &str) -> (&str, &str) {
    let mut end = 0;
    while let Some(rest) = text[end..].trim_start().strip_prefix('[') {
        let Some(close) = rest.find(']') else { break };
        if !rest[..close].chars().all(|c| c.is_ascii_digit() || c == ',' || c == ' ') {
            break;
        }
        end = text.len() - rest.len() + close + 1;
    }
    text.split_at(end)
}

/// Takes `[1]`, `[1, 2]` out of a sentence: what is left, and the numbers in order, each once.
fn take_citations(sentence: &str) -> (String, Vec<u32>) {
    let mut text = String::new();
    let mut cited: Vec<u32> = Vec::new();
    let mut rest = sentence;
    while let Some(open) = rest.find('[') {
        let inside_end = rest[open..].find(']').map(|at| open + at);
        let numbers: Option<Vec<u32>> = inside_end.and_then(|close| {
            rest[open + 1..close].split(',').map(|n| n.trim().parse().ok().filter(|n| *n > 0)).collect()
        });
        match (inside_end, numbers) {
            (Some(close), Some(numbers)) => {
                text.push_str(&rest[..open]);
                for n in numbers {
                    if !cited.contains(&n) {
                        cited.push(n);
                    }
                }
                rest = &rest[close + 1..];
            }
            _ => {
                text.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    text.push_str(rest);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace(" .", ".").replace(" ,", ",");
    let nothing_said = !text.chars().any(char::is_alphanumeric);
    (if nothing_said { String::new() } else { text }, cited)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAVE: &str = "Employees receive 25 days of annual leave. Unused days may be carried over until 31 March. \
                         Leave is approved by the line manager.";
    const PHONE: &str = "사내 전화의 사적 사용은 금지한다. 위반 시 3일 이내에 보고한다.";

    fn claims(draft: &str) -> Option<Vec<(String, Vec<u32>)>> {
        match check(draft, &[LEAVE, PHONE]) {
            Checked::Holds(claims) => Some(claims.into_iter().map(|c| (c.text, c.citations)).collect()),
            _ => None,
        }
    }

    #[test]
    fn supported_sentences_hold_with_their_citations() {
        let expected = vec![("Employees receive 25 days of annual leave.".to_owned(), vec![1])];
        assert_eq!(claims("Employees receive 25 days of annual leave [1]."), Some(expected.clone()));
        assert_eq!(claims("Employees receive 25 days of annual leave. [1]"), Some(expected.clone()));
        assert_eq!(claims("Employees receive 25 days of annual leave."), Some(expected), "cited by us");
        assert_eq!(claims("위반 시 3일 이내에 보고한다. [2]").map(|c| c[0].1.clone()), Some(vec![2]));
    }

    #[test]
    fn what_the_passages_do_not_say_fails() {
        for draft in [
            "Employees receive 30 days of annual leave [1].",
            "Employees receive 25 days of annual leave [2].",
            "Leave is not approved by the line manager [1].",
            "Leave is approved by the Board [1].",
            "사내 전화의 사적 사용은 허용한다 [2].",
            "Employees receive 25 days of annual leave [1]. They also get a company car [1].",
            "Employees receive 25 days of annual leave [7].",
            "How many days of annual leave do employees receive? [1]",
        ] {
            assert!(matches!(check(draft, &[LEAVE, PHONE]), Checked::Fails { .. }), "{draft}");
        }
    }

    #[test]
    fn a_refusal_is_a_refusal() {
        for draft in ["NOT FOUND", "", "The passages do not contain this.", "문서에서 찾을 수 없습니다."]
        {
            assert_eq!(check(draft, &[LEAVE]), Checked::SaysNotFound, "{draft}");
        }
    }
}
