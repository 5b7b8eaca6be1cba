//! The loop of a worker: receive, claim, work on several documents at once, keep the claims alive, drain on shutdown. A
//! notice is settled when the catalog knows what came of its document, and not before.

use super::turn::Turn;
use super::{MemoryBudget, Run};
use crate::{Claim, Failure, Received, metrics};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Claims are prolonged this many times within their lease.
const RENEWALS_PER_LEASE: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Works off tasks until none will come or shutdown.
///
/// # Errors
/// `Stop` when the set-up is wrong, or when catalog or queue were out of reach for longer than is allowed.
pub async fn work(run: &Run) -> Result<(), Failure> {
    let budget = MemoryBudget::new(run.config.memory_mib);
    let held = Arc::new(HeldClaims::default());
    let mut running: JoinSet<Result<(), Failure>> = JoinSet::new();
    let mut renewals = tokio::time::interval(run.config.lease() / RENEWALS_PER_LEASE);
    renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut exhausted = false;
    let mut trouble: Option<Instant> = None;
    loop {
        let stopping = run.shutdown.is_cancelled();
        let room = !exhausted && !stopping && running.len() < run.config.documents_in_flight.max(1);
        if !room && running.is_empty() {
            return Ok(());
        }
        tokio::select! {
            biased;
            Some(ended) = running.join_next(), if !running.is_empty() => {
                ended.map_err(|error| Failure::stop(format!("a document's task ended unexpectedly: {error}")))??;
                exhausted = false;
            }
            _ = renewals.tick() => held.renew(run).await,
            () = run.shutdown.cancelled(), if !stopping => {}
            received = run.tasks.receive(), if room => match received {
                Ok(None) => exhausted = true,
                Ok(Some(received)) => {
                    trouble = None;
                    let (run, budget, held) = (run.clone(), budget.clone(), held.clone());
                    running.spawn(take(run, budget, held, received));
                }
                Err(Failure::Retry { detail, .. }) => {
                    check_patience(run, *trouble.get_or_insert_with(Instant::now), &detail)?;
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                Err(failure) => return Err(failure),
            },
        }
    }
}

/// Claims what was received, works on it, and settles the notice.
async fn take(
    run: Run,
    budget: MemoryBudget,
    held: Arc<HeldClaims>,
    received: Received,
) -> Result<(), Failure> {
    let (catalog, lease) = (&run.stages.catalog, run.config.lease());
    let claimed = with_patience(&run, || catalog.claim(&received.document, lease)).await?;
    // On shutdown in the middle of trouble nothing is settled: whoever comes next finds all as it was.
    let Some(claimed) = claimed else { return Ok(()) };
    if let Some(task) = claimed {
        let span = tracing::info_span!("document", id = %task.document, key = %task.key, trace = %task.claim.as_str());
        let (claim, lost) = (task.claim.clone(), CancellationToken::new());
        held.add(claim.clone(), lost.clone());
        metrics::in_flight().inc();
        let turn = Turn { run: run.clone(), budget, lost };
        let recorded = turn.take(task).instrument(span).await;
        metrics::in_flight().dec();
        held.forget(&claim);
        if !recorded? {
            return Ok(());
        }
    }
    with_patience(&run, || run.tasks.settle(received.receipt.clone())).await?;
    Ok(())
}

/// Tries a call to catalog or queue again while the trouble is passing, up to the patience of the configuration. `None`
/// when shutdown came meanwhile.
///
/// # Errors
/// `Stop`.
pub(super) async fn with_patience<T, F>(run: &Run, call: impl Fn() -> F) -> Result<Option<T>, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let began = Instant::now();
    let mut wait = Duration::from_millis(100);
    loop {
        match call().await {
            Ok(done) => return Ok(Some(done)),
            Err(Failure::Retry { detail, .. }) => {
                check_patience(run, began, &detail)?;
                tokio::select! {
                    () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                    () = run.shutdown.cancelled() => return Ok(None),
                }
            }
            Err(failure) => return Err(failure),
        }
    }
}

fn check_patience(run: &Run, began: Instant, detail: &str) -> Result<(), Failure> {
    let so_far = began.elapsed().as_secs();
    if so_far >= run.config.patience_seconds {
        return Err(Failure::stop(format!("given up after {so_far} s: {detail}")));
    }
    tracing::warn!(%detail, "trying again");
    Ok(())
}

/// The claims that this worker holds, each with what tells its turn that it was lost.
#[derive(Default)]
struct HeldClaims {
    lost: Mutex<BTreeMap<Claim, CancellationToken>>,
}

impl HeldClaims {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Claim, CancellationToken>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, claim: Claim, lost: CancellationToken) {
        self.lock().insert(claim, lost);
    }

    fn forget(&self, claim: &Claim) {
        self.lock().remove(claim);
    }

    /// Prolongs all; the turns whose claim is gone are told.
    async fn renew(&self, run: &Run) {
        let claims: Vec<Claim> = self.lock().keys().cloned().collect();
        if claims.is_empty() {
            return;
        }
        match run.stages.catalog.renew(&claims, run.config.lease()).await {
            Ok(held) => {
                let lost = self.lock();
                for claim in claims.iter().filter(|claim| !held.contains(claim)) {
                    if let Some(token) = lost.get(claim) {
                        token.cancel();
                    }
                }
            }
            // A lease outlasts some missed renewals; when it does not, the settlement is refused.
            Err(failure) => tracing::warn!(%failure, "claims could not be prolonged"),
        }
    }
}
