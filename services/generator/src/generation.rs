//! One generation as a stream: its wait in line, its pieces, its end. Dropping the stream gives up the place or ends the
//! model's work; so does the caller's deadline.

use crate::line::Place;
use crate::metrics::{self, Method};
use crate::status;
use futures::StreamExt;
use futures::stream::BoxStream;
use pagemill_pipeline::{GenerationEnd, GenerationRequest, Generator};
use pagemill_proto::models::{self as wire, GenerateResponse, generate_response::Event};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Code, Status};

/// Pieces that may wait for a slow caller before the model waits too.
const PIECES_AHEAD: usize = 32;

/// What is to be written, for whom, from which place in line.
pub struct Generation {
    pub generator: Arc<dyn Generator>,
    pub request: GenerationRequest,
    pub place: Place,
    pub deadline: Option<Duration>,
}

type Events = mpsc::Sender<Result<GenerateResponse, Status>>;

/// Begins; the stream owns the work.
pub fn generate(generation: Generation) -> BoxStream<'static, Result<GenerateResponse, Status>> {
    let (events, stream) = mpsc::channel(PIECES_AHEAD);
    let counted = Counted { timer: Some(metrics::seconds(Method::Generate).start_timer()) };
    let work = AbortOnDropHandle::new(tokio::spawn(async move {
        let outcome = within_deadline(generation, &events).await;
        counted.end(outcome.as_ref().map_or_else(Status::code, |_| Code::Ok));
        let last = outcome.map(|end| {
            metrics::generation(&end);
            event(Event::End(wire::GenerationEnd {
                prompt_tokens: end.prompt_tokens as u32,
                generated_tokens: end.generated_tokens as u32,
                complete: end.complete,
            }))
        });
        // A closed channel means that nobody listens any more.
        let _ = events.send(last).await;
    }));
    let owning = move |event| {
        let _ = &work;
        event
    };
    ReceiverStream::new(stream).map(owning).boxed()
}

async fn within_deadline(generation: Generation, events: &Events) -> Result<GenerationEnd, Status> {
    match generation.deadline {
        None => write(generation, events).await,
        Some(deadline) => match tokio::time::timeout(deadline, write(generation, events)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(status::deadline_exceeded()),
        },
    }
}

async fn write(generation: Generation, events: &Events) -> Result<GenerationEnd, Status> {
    let Generation { generator, request, place, .. } = generation;
    let _turn = place.turn().await.map_err(status::exhausted)?;
    let (sender, mut pieces) = mpsc::channel(PIECES_AHEAD);
    let forward = async {
        while let Some(piece) = pieces.recv().await {
            if events.send(Ok(event(Event::Piece(piece)))).await.is_err() {
                return;
            }
        }
    };
    let (end, ()) = tokio::join!(generator.generate(request, sender), forward);
    end.map_err(status::of)
}

fn event(event: Event) -> GenerateResponse {
    GenerateResponse { event: Some(event) }
}

/// Counts a generation once: as it ended, or as cancelled when it was dropped before.
struct Counted {
    timer: Option<prometheus::HistogramTimer>,
}

impl Counted {
    fn end(mut self, code: Code) {
        self.count(code);
    }

    fn count(&mut self, code: Code) {
        if let Some(timer) = self.timer.take() {
            timer.observe_duration();
            metrics::call(Method::Generate, code);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.count(Code::Cancelled);
    }
}
