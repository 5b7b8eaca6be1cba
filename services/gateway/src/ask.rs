//! From a question to an answer: at once as JSON, or as a stream of events (`passages`, `draft`, then `answer` or
//! `error`). A client that goes away ends the work on its question.

use crate::access::{Access, Limit};
use crate::error::ApiError;
use crate::params::JsonBody;
use crate::search::{check_filter, checked_text};
use crate::shared::{Shared, State};
use axum::Json;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use pagemill_pipeline::SearchFilter;
use pagemill_pipeline::answer::{Answer, AnswerEvent, AnswerKind, Question};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::task::AbortOnDropHandle;

/// Events that may wait for a slow client before the model waits too.
const EVENTS_AHEAD: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskRequest {
    question: String,
    #[serde(default)]
    filter: SearchFilter,
    #[serde(default)]
    stream: bool,
}

pub(crate) async fn ask(
    axum::extract::State(shared): State,
    access: Access,
    JsonBody(request): JsonBody<AskRequest>,
) -> Result<Response, ApiError> {
    let text = checked_text(&request.question, "question")?;
    check_filter(&request.filter)?;
    let question = Asked::within(&access, text, request.filter);
    let turn = shared.turn_to_answer()?;
    if request.stream {
        return Ok(stream(shared, question, turn));
    }
    let unheard = Unheard::new();
    let answer = answer(&shared, question, unheard.events()).await?;
    drop(turn);
    Ok(Json(answer).into_response())
}

/// Takes events that nobody wants to hear.
pub(crate) struct Unheard {
    events: mpsc::Sender<AnswerEvent>,
    _heard: AbortOnDropHandle<()>,
}

impl Unheard {
    pub fn new() -> Self {
        let (events, mut unheard) = mpsc::channel(EVENTS_AHEAD);
        let heard = tokio::spawn(async move { while unheard.recv().await.is_some() {} });
        Self { events, _heard: AbortOnDropHandle::new(heard) }
    }

    pub fn events(&self) -> mpsc::Sender<AnswerEvent> {
        self.events.clone()
    }
}

/// A question within what its caller may see.
pub(crate) enum Asked {
    OfDocuments(Question),
    /// Of none that the caller may see.
    OfNothing {
        text: String,
    },
}

impl Asked {
    pub fn within(access: &Access, text: String, mut filter: SearchFilter) -> Self {
        match access.readable().limit(&filter.collections) {
            Limit::Nothing => Self::OfNothing { text },
            Limit::Collections(collections) => {
                filter.collections = collections;
                Self::OfDocuments(Question { text, filter })
            }
        }
    }
}

fn nothing_found(question: String) -> Answer {
    Answer {
        question,
        kind: AnswerKind::NotFound,
        claims: Vec::new(),
        citations: Vec::new(),
        model: None,
        note: Some("nothing in the documents comes close enough to the question".into()),
    }
}

pub(crate) async fn answer(
    shared: &Shared,
    question: Asked,
    events: mpsc::Sender<AnswerEvent>,
) -> Result<Answer, ApiError> {
    let question = match question {
        Asked::OfDocuments(question) => question,
        Asked::OfNothing { text } => return Ok(nothing_found(text)),
    };
    let seconds = shared.config.answer_deadline_seconds;
    let answer = shared.gateway.answerer.answer(question, events);
    match tokio::time::timeout(Duration::from_secs(seconds), answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(ApiError::timed_out(seconds)),
    }
}

fn stream(shared: Arc<Shared>, question: Asked, turn: OwnedSemaphorePermit) -> Response {
    let (out, events) = mpsc::channel(EVENTS_AHEAD);
    let work = AbortOnDropHandle::new(tokio::spawn(async move {
        let _turn = turn;
        relay(&shared, question, out).await;
    }));
    // The stream owns the work: dropped with it when the client goes away.
    let events = ReceiverStream::new(events).map(move |event| {
        let _ = &work;
        Ok::<_, Infallible>(event)
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// Sends what the answerer reports as it comes, then how it ended.
async fn relay(shared: &Shared, question: Asked, out: mpsc::Sender<Event>) {
    let (events, mut reported) = mpsc::channel(EVENTS_AHEAD);
    let forward = async {
        while let Some(event) = reported.recv().await {
            let name = match &event {
                AnswerEvent::Passages { .. } => "passages",
                AnswerEvent::Draft { .. } => "draft",
            };
            if out.send(encode(name, &event)).await.is_err() {
                return;
            }
        }
    };
    let (outcome, ()) = tokio::join!(answer(shared, question, events), forward);
    let last = match outcome {
        Ok(answer) => encode("answer", &answer),
        Err(error) => encode("error", &error.body),
    };
    // A closed channel means that nobody listens any more.
    let _ = out.send(last).await;
}

/// An event with a JSON body.
pub(crate) fn encode(name: &str, value: &impl Serialize) -> Event {
    match Event::default().event(name).json_data(value) {
        Ok(event) => event,
        Err(error) => {
            tracing::error!(%error, name, "an event could not be written as JSON");
            Event::default().event("error").data(
                r#"{"code":"misconfigured","message":"The answer could not be written as JSON.","advice":"Report this."}"#,
            )
        }
    }
}
