//! How long to wait before asking again. In: a first pause, what the node asked for. Out: pauses that grow up to a limit
//! and never undercut the node's wish. Never longer than the patience that was given.

use super::trouble::{Trouble, Verdict};
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Pauses that double.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    next: Duration,
    longest: Duration,
}

impl Pace {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, longest: longest.max(first) }
    }

    /// The pause to make now: as long as the node asked, and never shorter than our own.
    pub fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let own = self.next;
        self.next = (self.next * 2).min(self.longest);
        asked.map_or(own, |asked| asked.max(own))
    }
}

/// How long trouble that may pass is waited out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub first_pause: Duration,
    pub total: Duration,
}

impl Patience {
    /// Sends until the node takes it, or the trouble does not pass by waiting, or patience ends.
    pub async fn send<T, F: Future<Output = Result<T, Trouble>>>(
        &self,
        mut call: impl FnMut() -> F,
    ) -> Result<T, Trouble> {
        let begun = Instant::now();
        let mut pace = Pace::new(self.first_pause, LONGEST_PAUSE);
        loop {
            let trouble = match call().await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let Some(pause) = self.pause(&mut pace, begun.elapsed(), trouble.verdict()) else {
                return Err(trouble);
            };
            tracing::info!(%trouble, pause_ms = pause.as_millis() as u64, "a search node is busy or away");
            tokio::time::sleep(pause).await;
        }
    }

    /// The pause before the next attempt, if there is to be one.
    fn pause(&self, pace: &mut Pace, elapsed: Duration, verdict: Verdict) -> Option<Duration> {
        let Verdict::Wait(asked) = verdict else { return None };
        Some(pace.pause(asked)).filter(|pause| elapsed + *pause <= self.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_grow_and_heed_the_node() {
        let mut pace = Pace::new(SECOND, 3 * SECOND);
        assert_eq!(pace.pause(None), SECOND);
        assert_eq!(pace.pause(Some(10 * SECOND)), 10 * SECOND);
        assert_eq!(pace.pause(Some(SECOND)), 3 * SECOND, "not faster because the node says so");
        assert_eq!(pace.pause(None), 3 * SECOND);
    }

    /// Plays a node that always answers the same, on a clock of its own: (attempts, seconds).
    fn play(total: u64, asked: Option<u64>) -> (u32, u64) {
        let patience = Patience { first_pause: SECOND, total: Duration::from_secs(total) };
        let mut pace = Pace::new(patience.first_pause, LONGEST_PAUSE);
        let (mut attempts, mut elapsed) = (1, Duration::ZERO);
        let verdict = Verdict::Wait(asked.map(Duration::from_secs));
        while let Some(pause) = patience.pause(&mut pace, elapsed, verdict) {
            elapsed += pause;
            attempts += 1;
        }
        (attempts, elapsed.as_secs())
    }

    #[test]
    fn a_busy_node_is_asked_seldom_and_not_forever() {
        assert_eq!(play(60, None), (14, 57), "1 + 2 + 4, then every five seconds");
        assert_eq!(play(60, Some(10)), (7, 60));
        assert_eq!(play(60, Some(120)), (1, 0), "it will not be free in time");
    }

    #[test]
    fn what_does_not_pass_by_waiting_is_not_waited_for() {
        let patience = Patience { first_pause: SECOND, total: 60 * SECOND };
        for verdict in [Verdict::Smaller, Verdict::Retry, Verdict::Reject, Verdict::Stop] {
            let mut pace = Pace::new(SECOND, SECOND);
            assert_eq!(patience.pause(&mut pace, Duration::ZERO, verdict), None, "{verdict:?}");
        }
    }
}
