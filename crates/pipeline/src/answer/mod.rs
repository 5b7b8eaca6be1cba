//! From a question to an answer whose every claim is cited: search, prompt, generate, check, and quote
//! where the model's words do not hold. Never shows a claim that its passages do not support.

mod check;
mod engine;
mod evidence;
mod prompt;
mod quote;
mod sentences;

use crate::{DocumentCard, SearchFilter};
use pagemill_document::{ChunkId, PageBox};
use serde::Serialize;

pub use engine::{AnswerConfig, Answerer};

/// What a person asks.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub text: String,
    pub filter: SearchFilter,
}

/// Sent while an answer is made.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AnswerEvent {
    /// The passages that the answer will rest on, best first.
    Passages { passages: Vec<Citation> },
    /// A piece of the model's draft, not checked yet.
    Draft { text: String },
}

/// A checked answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    pub question: String,
    pub kind: AnswerKind,
    /// In order; joined by a space they are the answer.
    pub claims: Vec<Claim>,
    /// What `Claim::citations` point into, by `Citation::number`.
    pub citations: Vec<Citation>,
    /// The generator's identity; `None` where no model wrote.
    pub model: Option<String>,
    /// Why the model's draft was not shown, where it was not.
    pub note: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// Written by the model; every claim was checked against the passages it cites.
    Generated,
    /// The best passages themselves, word for word.
    Quoted,
    /// The documents do not say.
    NotFound,
}

/// A sentence of the answer and the passages it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claim {
    pub text: String,
    /// Numbers of citations; never empty.
    pub citations: Vec<u32>,
}

/// A passage that can be opened: file, page, box.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Citation {
    /// From 1, as `[1]` in the text.
    pub number: u32,
    pub document: DocumentCard,
    pub chunk: ChunkId,
    pub heading_path: Vec<String>,
    /// From 1, ascending.
    pub pages: Vec<u32>,
    /// Where the passage stands, in points from the top left.
    pub boxes: Vec<PageBox>,
    /// The passage as it stands in the document.
    pub text: String,
}
