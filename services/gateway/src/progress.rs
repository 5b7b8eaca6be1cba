//! How far ingest is, as a stream of events: one at once, then one a second while something changes. All listeners share
//! one look at the catalog a second.

use crate::ask::encode;
use crate::error::ApiError;
use crate::shared::{Shared, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream;
use pagemill_document::DocumentId;
use pagemill_pipeline::{CatalogTotals, DocumentFilter, DocumentState, Failure};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

const EVERY: Duration = Duration::from_secs(1);
/// Documents being read that are named.
const NAMED: usize = 8;

/// Where ingest is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ProgressView {
    totals: CatalogTotals,
    /// Documents being read now, at most eight.
    working: Vec<Working>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Working {
    id: DocumentId,
    key: String,
}

/// The last look at the catalog.
#[derive(Default)]
pub(crate) struct Sampler(Mutex<Option<(Instant, ProgressView)>>);

impl Sampler {
    async fn sample(&self, shared: &Shared) -> Result<ProgressView, Failure> {
        let mut last = self.0.lock().await;
        if let Some((at, view)) = &*last
            && at.elapsed() < EVERY.mul_f32(0.9)
        {
            return Ok(view.clone());
        }
        let catalog = &shared.gateway.catalog;
        let running =
            DocumentFilter { state: Some(DocumentState::Running), limit: NAMED, ..DocumentFilter::default() };
        let running = catalog.documents(running).await?;
        let view = ProgressView {
            totals: catalog.totals(None).await?,
            working: running.into_iter().map(|r| Working { id: r.id, key: r.key }).collect(),
        };
        *last = Some((Instant::now(), view.clone()));
        Ok(view)
    }
}

/// What a listener was told last.
struct Listener {
    shared: Arc<Shared>,
    told: Option<ProgressView>,
}

pub(crate) async fn progress(
    axum::extract::State(shared): State,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let events = stream::unfold(Listener { shared, told: None }, next_change);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// Waits for something to tell; ends with the server or when the catalog cannot be read (the client comes again).
async fn next_change(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    loop {
        if listener.told.is_some() {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = listener.shared.shutdown.cancelled() => return None,
            }
        }
        let view = listener.shared.sampler.sample(&listener.shared).await;
        let view = view.inspect_err(|error| tracing::warn!(%error, "progress cannot be read")).ok()?;
        if listener.told.as_ref() != Some(&view) {
            let event = encode("progress", &view);
            listener.told = Some(view);
            return Some((Ok(event), listener));
        }
    }
}
