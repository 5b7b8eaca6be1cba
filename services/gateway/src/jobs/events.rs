//! Jobs as they go on: one, or the newest of those that a caller may read, as streams of events. What many listeners ask
//! for is counted once a second.

use super::{DEFAULT_JOBS, JobView, MAX_JOBS, newest, readable, view};
use crate::access::{Access, Scope};
use crate::ask::encode;
use crate::error::ApiError;
use crate::params::{JobPath, Params};
use crate::shared::{Shared, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use pagemill_pipeline::{Failure, JobId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;

const EVERY: Duration = Duration::from_secs(1);
/// The documents of a job that has ended change only where somebody has them tried again.
const ENDED_EVERY: Duration = Duration::from_secs(5);

/// What is listened to.
enum About {
    One(JobId),
    Newest(usize),
}

/// What was told last.
#[derive(PartialEq, Serialize)]
#[serde(untagged)]
enum Told {
    One(Box<JobView>),
    Newest { jobs: Vec<JobView> },
}

struct Listener {
    shared: Arc<Shared>,
    access: Access,
    about: About,
    told: Option<Told>,
}

pub(crate) async fn follow(
    axum::extract::State(shared): State,
    access: Access,
    JobPath(id): JobPath,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    readable(&shared, &access, &id).await?;
    Ok(listen(Listener { shared, access, about: About::One(id), told: None }))
}

pub(crate) async fn follow_all(
    axum::extract::State(shared): State,
    access: Access,
    mut params: Params,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let limit = params.number("limit", 1..=MAX_JOBS, DEFAULT_JOBS)?;
    params.finish()?;
    Ok(listen(Listener { shared, access, about: About::Newest(limit), told: None }))
}

fn listen(listener: Listener) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(stream::unfold(listener, next_change)).keep_alive(KeepAlive::default())
}

/// Waits for something to tell; ends with the one job, the server or the caller's access, or when the catalog cannot be
/// read (the client comes again).
async fn next_change(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    loop {
        if let Some(told) = &listener.told {
            if matches!(told, Told::One(view) if view.job.state.has_ended()) {
                return None;
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = listener.shared.shutdown.cancelled() => return None,
            }
        }
        if listener.access.until().is_some_and(|until| until < SystemTime::now()) {
            return None;
        }
        let now = look(&listener).await;
        let now = now.inspect_err(|error| tracing::warn!(?error, "jobs cannot be read")).ok()?;
        if listener.told.as_ref() != Some(&now) {
            let event = encode(if matches!(now, Told::One(_)) { "progress" } else { "jobs" }, &now);
            listener.told = Some(now);
            return Some((Ok(event), listener));
        }
    }
}

async fn look(Listener { shared, access, about, .. }: &Listener) -> Result<Told, ApiError> {
    match about {
        About::One(id) => {
            let job = readable(shared, access, id).await?;
            Ok(Told::One(Box::new(view(shared, job).await?)))
        }
        About::Newest(limit) => {
            Ok(Told::Newest { jobs: shared.jobs_sampler.sample(shared, access.readable(), *limit).await? })
        }
    }
}

/// The last look at the newest jobs, for each scope and number that somebody looks at.
#[derive(Default)]
pub(crate) struct JobsSampler(Mutex<BTreeMap<(Scope, usize), Sample>>);

struct Sample {
    at: Instant,
    counted: Vec<(Instant, JobView)>,
}

impl Sample {
    fn views(&self) -> Vec<JobView> {
        self.counted.iter().map(|(_, view)| view.clone()).collect()
    }
}

impl JobsSampler {
    async fn sample(&self, shared: &Shared, scope: &Scope, limit: usize) -> Result<Vec<JobView>, Failure> {
        let key = (scope.clone(), limit);
        let mut last = self.0.lock().await;
        // Scopes that nobody looks at any more leave nothing behind.
        last.retain(|_, sample| sample.at.elapsed() < ENDED_EVERY);
        let before = last.get(&key);
        if let Some(fresh) = before.filter(|sample| sample.at.elapsed() < EVERY.mul_f32(0.9)) {
            return Ok(fresh.views());
        }
        let known = before.map(|sample| sample.counted.as_slice()).unwrap_or_default();
        let mut counted = Vec::new();
        for job in newest(shared, scope, limit).await? {
            let settled = known
                .iter()
                .find(|(at, view)| view.job == job && view.is_settled() && at.elapsed() < ENDED_EVERY);
            counted.push(match settled {
                Some(settled) => settled.clone(),
                None => (Instant::now(), view(shared, job).await?),
            });
        }
        let sample = Sample { at: Instant::now(), counted };
        let views = sample.views();
        last.insert(key, sample);
        Ok(views)
    }
}
