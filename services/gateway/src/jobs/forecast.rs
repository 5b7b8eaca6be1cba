//! What bringing in a source would cost, before anything is begun: as JSON once it is known, or as a stream of events
//! (`looked` while it goes on, then `forecast` or `error`). Writes nothing; a client that goes away ends the work.

use super::{in_other_collection, open, overlapping};
use crate::access::Access;
use crate::ask::encode;
use crate::error::ApiError;
use crate::params::JsonBody;
use crate::shared::{Shared, State};
use axum::Json;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use futures::stream;
use pagemill_pipeline::forecast::{self as pipeline, Forecast, Looked};
use pagemill_pipeline::{DEFAULT_COLLECTION, Failure, sources_overlap};
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::watch;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForecastRequest {
    source: String,
    collection: Option<String>,
    #[serde(default)]
    stream: bool,
}

/// A forecast in the making.
struct Making {
    shared: Arc<Shared>,
    work: BoxFuture<'static, Result<Forecast, Failure>>,
    looked: watch::Receiver<Looked>,
}

pub(crate) async fn forecast(
    axum::extract::State(shared): State,
    access: Access,
    JsonBody(request): JsonBody<ForecastRequest>,
) -> Result<Response, ApiError> {
    let collection = request.collection.unwrap_or_else(|| DEFAULT_COLLECTION.to_owned());
    access.check_write(&collection)?;
    let objects = open(&shared, &request.source).await?;
    // What could not be started is not looked through either: it may hold what the caller must not see.
    for (source, owner) in shared.gateway.catalog.job_sources().await? {
        if source == objects.source() && owner != collection {
            return Err(in_other_collection(&source));
        }
        if sources_overlap(&source, objects.source()) {
            return Err(overlapping(objects.source()));
        }
    }
    let turn = shared.forecasts.clone().try_acquire_owned();
    let turn = turn.map_err(|_| ApiError::busy("Another source is being looked through."))?;
    tracing::info!(
        source = objects.source(),
        by = access.name(),
        "a source is looked through for a forecast"
    );
    let (tell, looked) = watch::channel(Looked::default());
    let sampling = shared.gateway.sampling.clone();
    let work = Box::pin(async move {
        let _turn = turn;
        let told = |looked: Looked| {
            tell.send_replace(looked);
        };
        pipeline::forecast(objects.as_ref(), &sampling, &told).await
    });
    if !request.stream {
        return Ok(Json(work.await?).into_response());
    }
    let events = stream::unfold(Some(Making { shared, work, looked }), next_step);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// The work goes on while the client waits for its next event, and no longer.
async fn next_step(making: Option<Making>) -> Option<(Result<Event, Infallible>, Option<Making>)> {
    let mut making = making?;
    let shutdown = making.shared.shutdown.clone();
    tokio::select! {
        outcome = &mut making.work => {
            let last = match outcome {
                Ok(forecast) => encode("forecast", &forecast),
                Err(failure) => encode("error", &ApiError::from(failure).body),
            };
            Some((Ok(last), None))
        }
        Ok(()) = making.looked.changed() => {
            let looked = *making.looked.borrow_and_update();
            Some((Ok(encode("looked", &looked)), Some(making)))
        }
        () = shutdown.cancelled() => None,
    }
}
