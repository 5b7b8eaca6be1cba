//! How far ingest is, as a stream of events: one at once, then one a second while something changes. All listeners share
//! one look at the catalog a second.

use crate::access::{Access, Limit, Scope};
use crate::ask::encode;
use crate::error::ApiError;
use crate::shared::{Shared, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream;
use pagemill_document::DocumentId;
use pagemill_pipeline::{CatalogTotals, DocumentFilter, DocumentState, Failure};
use serde::Serialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
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

/// The last look at the catalog, for each scope that somebody looks at.
#[derive(Default)]
pub(crate) struct Sampler(Mutex<BTreeMap<Scope, (Instant, ProgressView)>>);

impl Sampler {
    async fn sample(&self, shared: &Shared, scope: &Scope) -> Result<ProgressView, Failure> {
        let mut last = self.0.lock().await;
        // Only what is fresh is kept, so that scopes nobody looks at any more leave nothing behind.
        last.retain(|_, (at, _)| at.elapsed() < EVERY.mul_f32(0.9));
        if let Some((_, view)) = last.get(scope) {
            return Ok(view.clone());
        }
        let running = match scope.limit(&[]) {
            Limit::Nothing => Vec::new(),
            Limit::Collections(collections) => {
                let state = Some(DocumentState::Running);
                let filter = DocumentFilter { state, collections, limit: NAMED, ..DocumentFilter::default() };
                shared.gateway.catalog.documents(filter).await?
            }
        };
        let view = ProgressView {
            totals: shared.totals(scope).await?,
            working: running.into_iter().map(|r| Working { id: r.id, key: r.key }).collect(),
        };
        last.insert(scope.clone(), (Instant::now(), view.clone()));
        Ok(view)
    }
}

/// What a listener was told last.
struct Listener {
    shared: Arc<Shared>,
    access: Access,
    told: Option<ProgressView>,
}

pub(crate) async fn progress(
    axum::extract::State(shared): State,
    access: Access,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let events = stream::unfold(Listener { shared, access, told: None }, next_change);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// Waits for something to tell; ends with the server, with the caller's access, or when the catalog cannot be read (the
/// client comes again).
async fn next_change(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    loop {
        if listener.told.is_some() {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = listener.shared.shutdown.cancelled() => return None,
            }
        }
        if listener.access.until().is_some_and(|until| until < SystemTime::now()) {
            return None;
        }
        let view = listener.shared.sampler.sample(&listener.shared, listener.access.readable()).await;
        let view = view.inspect_err(|error| tracing::warn!(%error, "progress cannot be read")).ok()?;
        if listener.told.as_ref() != Some(&view) {
            let event = encode("progress", &view);
            listener.told = Some(view);
            return Some((Ok(event), listener));
        }
    }
}
