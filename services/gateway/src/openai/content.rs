//! A checked answer as the text of a message: claims with the numbers of their passages in brackets, and where each number
//! leads.

use axum::http::{HeaderMap, header};
use pagemill_pipeline::answer::{Answer, AnswerKind, Citation};
use serde::Serialize;

/// A claim as text, with the numbers of what it rests on.
pub(super) struct Part {
    pub text: String,
    citations: Vec<u32>,
}

/// As the OpenAI API annotates a text.
#[derive(Serialize)]
pub(super) struct Annotation {
    r#type: &'static str,
    url_citation: UrlCitation,
}

#[derive(Serialize)]
struct UrlCitation {
    /// In characters of the content.
    start_index: usize,
    end_index: usize,
    url: String,
    title: String,
}

/// The parts of an answer; joined by nothing they are its text.
pub(super) fn parts(answer: &Answer) -> Vec<Part> {
    if answer.kind == AnswerKind::NotFound {
        let korean = answer.question.chars().any(|c| ('가'..='힣').contains(&c));
        let text =
            if korean { "문서에서 답을 찾지 못했습니다." } else { "The documents do not say." };
        return vec![Part { text: text.to_owned(), citations: Vec::new() }];
    }
    let mut parts = Vec::with_capacity(answer.claims.len());
    for claim in &answer.claims {
        let numbers: String = claim.citations.iter().map(|number| format!("[{number}]")).collect();
        let space = if parts.is_empty() { "" } else { " " };
        let text = format!("{space}{} {numbers}", claim.text);
        parts.push(Part { text, citations: claim.citations.clone() });
    }
    parts
}

/// Where the numbers of an answer lead.
pub(super) fn annotations(answer: &Answer, parts: &[Part], base: &str) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    let mut start_index = 0;
    for part in parts {
        let end_index = start_index + part.text.chars().count();
        for number in &part.citations {
            let Some(citation) = answer.citations.iter().find(|citation| citation.number == *number) else {
                continue;
            };
            let url_citation = UrlCitation {
                start_index,
                end_index,
                url: url(citation, base),
                title: citation.document.title.clone(),
            };
            annotations.push(Annotation { r#type: "url_citation", url_citation });
        }
        start_index = end_index;
    }
    annotations
}

fn url(citation: &Citation, base: &str) -> String {
    let page = citation.pages.first().copied().unwrap_or(1);
    format!("{base}/api/v1/documents/{}/file#page={page}", citation.document.id)
}

/// How the client reached us, so that what we link to can be opened.
pub(super) fn base(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    format!("{scheme}://{host}")
}
