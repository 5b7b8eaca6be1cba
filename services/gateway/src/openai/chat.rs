//! `POST /v1/chat/completions`: the last message of the user is the question. One that finds nothing by itself is asked again
//! together with the user's message before it, which it may refer to. A stream brings the answer once it is checked, claim by
//! claim: a draft is never shown here.

use super::content::{Annotation, Part, annotations, base, parts};
use super::{MAX_BODY_BYTES, MODEL, no_such_model, now_seconds};
use crate::access::Access;
use crate::ask::{Asked, Unheard, answer};
use crate::error::ApiError;
use crate::params::JsonBody;
use crate::search::{check_filter, checked_text};
use crate::shared::{Shared, State};
use axum::Json;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use pagemill_pipeline::SearchFilter;
use pagemill_pipeline::answer::{Answer, AnswerKind, Citation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What concerns us of a request; a client may send more.
#[derive(Deserialize)]
pub(crate) struct ChatRequest {
    model: String,
    messages: Vec<ChatMessage>,
    #[serde(default)]
    stream: bool,
    /// Ours: which documents to ask.
    #[serde(default)]
    filter: SearchFilter,
}

#[derive(Deserialize)]
struct ChatMessage {
    role: String,
    #[serde(default)]
    content: Content,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
    #[default]
    None,
}

#[derive(Deserialize)]
struct ContentPart {
    #[serde(default)]
    text: String,
}

impl Content {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts
                .into_iter()
                .map(|part| part.text)
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join("\n"),
            Self::None => String::new(),
        }
    }
}

#[derive(Serialize)]
struct Completion {
    id: String,
    object: &'static str,
    created: u64,
    model: &'static str,
    choices: [Choice; 1],
    /// What the numbers in the text point to.
    citations: Vec<Citation>,
    kind: AnswerKind,
}

#[derive(Serialize)]
struct Choice {
    index: u32,
    message: AnswerMessage,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct AnswerMessage {
    role: &'static str,
    content: String,
    annotations: Vec<Annotation>,
}

/// A question with the one that it may refer to.
struct Conversation {
    question: String,
    before: Option<String>,
    filter: SearchFilter,
}

pub(crate) async fn complete(
    axum::extract::State(shared): State,
    access: Access,
    headers: HeaderMap,
    JsonBody(request): JsonBody<ChatRequest, MAX_BODY_BYTES>,
) -> Result<Response, ApiError> {
    if request.model != MODEL {
        return Err(no_such_model(&request.model, MODEL));
    }
    let stream = request.stream;
    let conversation = conversation(request)?;
    let turn = shared.turn_to_answer()?;
    let base = base(&headers);
    if stream {
        let events = streamed(shared, access, conversation, base, turn);
        return Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response());
    }
    let answer = answered(&shared, &access, conversation).await?;
    drop(turn);
    let parts = parts(&answer);
    let annotations = annotations(&answer, &parts, &base);
    let content = parts.into_iter().map(|part| part.text).collect();
    let message = AnswerMessage { role: "assistant", content, annotations };
    Ok(Json(Completion {
        id: id(),
        object: "chat.completion",
        created: now_seconds(),
        model: MODEL,
        choices: [Choice { index: 0, message, finish_reason: "stop" }],
        citations: answer.citations,
        kind: answer.kind,
    })
    .into_response())
}

fn conversation(request: ChatRequest) -> Result<Conversation, ApiError> {
    check_filter(&request.filter)?;
    let mut asked: Vec<String> = request
        .messages
        .into_iter()
        .filter(|message| message.role == "user")
        .map(|message| message.content.into_text())
        .collect();
    let question = checked_text(&asked.pop().unwrap_or_default(), "messages")?;
    let before = asked.pop().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Conversation { question, before, filter: request.filter })
}

async fn answered(shared: &Shared, access: &Access, conversation: Conversation) -> Result<Answer, ApiError> {
    let Conversation { question, before, filter } = conversation;
    let unheard = Unheard::new();
    let ask = |text: String| {
        let asked = Asked::within(access, text, filter.clone());
        answer(shared, asked, unheard.events())
    };
    let alone = ask(question.clone()).await?;
    let Some(before) = before.filter(|_| alone.kind == AnswerKind::NotFound) else { return Ok(alone) };
    match checked_text(&format!("{before} {question}"), "messages") {
        Ok(together) => Ok(Answer { question, ..ask(together).await? }),
        // Too long together.
        Err(_) => Ok(alone),
    }
}

/// The whole answer in pieces, once it is there.
fn streamed(
    shared: Arc<Shared>,
    access: Access,
    conversation: Conversation,
    base: String,
    turn: OwnedSemaphorePermit,
) -> BoxStream<'static, Result<Event, Infallible>> {
    let (id, created) = (id(), now_seconds());
    let chunk = move |delta: Value, finish_reason: Value| {
        json!({
            "id": id, "object": "chat.completion.chunk", "created": created, "model": MODEL,
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish_reason }],
        })
    };
    let begin = data(&chunk(json!({ "role": "assistant", "content": "" }), Value::Null));
    let rest = async move {
        let outcome = answered(&shared, &access, conversation).await;
        drop(turn);
        let mut events = Vec::new();
        match outcome {
            Ok(answer) => {
                let parts = parts(&answer);
                let annotations = annotations(&answer, &parts, &base);
                for Part { text, .. } in &parts {
                    events.push(data(&chunk(json!({ "content": text }), Value::Null)));
                }
                let mut last = chunk(json!({ "annotations": annotations }), json!("stop"));
                last["citations"] = json!(answer.citations);
                last["kind"] = json!(answer.kind);
                events.push(data(&last));
            }
            Err(error) => events.push(data(&json!({ "error": error.body }))),
        }
        events.push(Event::default().data("[DONE]"));
        stream::iter(events)
    };
    stream::iter([begin]).chain(stream::once(rest).flatten()).map(Ok).boxed()
}

fn data(value: &Value) -> Event {
    Event::default().data(value.to_string())
}

fn id() -> String {
    format!("chatcmpl-{:032x}", rand::random::<u128>())
}
