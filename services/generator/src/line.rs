//! The line in front of a model that serves only so many at once. In: callers. Out: turns, handed round among callers, so that one
//! who asks much does not keep the others waiting. Bounded: when it is full, the caller with the most in line gives way.

use crate::metrics;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Who asks: requests of one peer share its turns.
pub type Caller = Option<IpAddr>;

/// What a turn is taken to last until one was measured.
const FIRST_GUESS_SECONDS: f64 = 5.0;
/// Share of the newest measurement in the mean.
const NEWEST: f64 = 0.2;
const RETRY_SECONDS: std::ops::RangeInclusive<u64> = 1..=60;

/// A bounded, fair line.
pub struct Line {
    served_at_once: usize,
    max_waiting: usize,
    state: Mutex<State>,
}

/// Enough wait already; how long until there may be room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    pub retry_after: Duration,
}

struct State {
    /// Turns that are taken.
    served: usize,
    /// By caller; the first is served next.
    groups: VecDeque<Group>,
    waiting: usize,
    next_ticket: u64,
    mean_seconds: f64,
}

struct Group {
    caller: Caller,
    waiters: VecDeque<Waiter>,
}

struct Waiter {
    ticket: u64,
    call: oneshot::Sender<Result<Turn, Full>>,
}

/// A place in line; given up when dropped.
pub struct Place {
    line: Arc<Line>,
    caller: Caller,
    ticket: u64,
    called: oneshot::Receiver<Result<Turn, Full>>,
}

/// The right to use the model, until dropped.
pub struct Turn {
    line: Arc<Line>,
    begun: Instant,
}

impl Line {
    pub fn new(served_at_once: usize, max_waiting: usize) -> Arc<Self> {
        let state = State {
            served: 0,
            groups: VecDeque::new(),
            waiting: 0,
            next_ticket: 0,
            mean_seconds: FIRST_GUESS_SECONDS,
        };
        Arc::new(Self { served_at_once: served_at_once.max(1), max_waiting, state: Mutex::new(state) })
    }

    /// Takes a place.
    ///
    /// # Errors
    /// When the line is full and nobody in it has more places than the caller would.
    pub fn enter(self: &Arc<Self>, caller: Caller) -> Result<Place, Full> {
        let (call, called) = oneshot::channel();
        let mut state = self.state();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        if state.served < self.served_at_once {
            state.served += 1;
            metrics::served(state.served);
            drop(state);
            // The receiver is at hand: it cannot fail.
            let _ = call.send(Ok(self.turn()));
            return Ok(Place { line: self.clone(), caller, ticket, called });
        }
        let turned_away = match state.waiting < self.max_waiting {
            true => None,
            false => Some(state.give_way(caller).ok_or_else(|| self.full(&state))?),
        };
        state.push(caller, Waiter { ticket, call });
        let full = self.full(&state);
        drop(state);
        if let Some(waiter) = turned_away {
            let _ = waiter.call.send(Err(full));
        }
        Ok(Place { line: self.clone(), caller, ticket, called })
    }

    /// About as long as those in line take.
    fn full(&self, state: &State) -> Full {
        let rounds = (state.waiting as f64 + 1.0) / self.served_at_once as f64;
        let seconds = (state.mean_seconds * rounds).ceil() as u64;
        let seconds = seconds.clamp(*RETRY_SECONDS.start(), *RETRY_SECONDS.end());
        Full { retry_after: Duration::from_secs(seconds) }
    }

    fn turn(self: &Arc<Self>) -> Turn {
        Turn { line: self.clone(), begun: Instant::now() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, caller: Caller, waiter: Waiter) {
        match self.groups.iter_mut().find(|group| group.caller == caller) {
            Some(group) => group.waiters.push_back(waiter),
            None => self.groups.push_back(Group { caller, waiters: VecDeque::from([waiter]) }),
        }
        self.waiting += 1;
        metrics::waiting(self.waiting);
    }

    /// The first of the next caller, who then goes behind the others.
    fn next(&mut self) -> Option<Waiter> {
        let mut group = self.groups.pop_front()?;
        let waiter = group.waiters.pop_front();
        if !group.waiters.is_empty() {
            self.groups.push_back(group);
        }
        if waiter.is_some() {
            self.left();
        }
        waiter
    }

    /// The last of the caller with the most places, if that is more than the one who comes would have.
    fn give_way(&mut self, comes: Caller) -> Option<Waiter> {
        let own = self.groups.iter().find(|group| group.caller == comes).map_or(0, |g| g.waiters.len());
        let most = self.groups.iter_mut().max_by_key(|group| group.waiters.len())?;
        if most.waiters.len() <= own + 1 {
            return None;
        }
        let waiter = most.waiters.pop_back();
        self.left();
        waiter
    }

    fn remove(&mut self, caller: Caller, ticket: u64) {
        let Some(at) = self.groups.iter().position(|group| group.caller == caller) else { return };
        let before = self.groups[at].waiters.len();
        self.groups[at].waiters.retain(|waiter| waiter.ticket != ticket);
        if self.groups[at].waiters.len() < before {
            self.left();
        }
        if self.groups[at].waiters.is_empty() {
            self.groups.remove(at);
        }
    }

    fn left(&mut self) {
        self.waiting -= 1;
        metrics::waiting(self.waiting);
    }
}

impl Place {
    /// Waits to be called.
    ///
    /// # Errors
    /// When another caller had fewer places and this one had to give way.
    pub async fn turn(mut self) -> Result<Turn, Full> {
        let called = (&mut self.called).await;
        // The line calls all it holds, or turns them away.
        called.unwrap_or_else(|_| Err(self.line.full(&self.line.state())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A turn that was given meanwhile goes on with the channel, after this.
        self.line.state().remove(self.caller, self.ticket);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.line.state();
        let seconds = self.begun.elapsed().as_secs_f64();
        state.mean_seconds += NEWEST * (seconds - state.mean_seconds);
        let next = state.next();
        if next.is_none() {
            state.served -= 1;
            metrics::served(state.served);
        }
        drop(state);
        if let Some(waiter) = next {
            // Whoever went away meanwhile sends the turn back by dropping it, and the next is called.
            let _ = waiter.call.send(Ok(self.line.turn()));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    fn caller(number: u8) -> Caller {
        Some(IpAddr::from([10, 0, 0, number]))
    }

    /// The callers in the order in which they are served.
    async fn served(places: Vec<(u8, Place)>, first: Turn) -> Vec<u8> {
        let order = Mutex::new(Vec::new());
        let serve = places.into_iter().map(|(number, place)| {
            let order = &order;
            async move {
                if let Ok(turn) = place.turn().await {
                    order.lock().unwrap().push(number);
                    drop(turn);
                }
            }
        });
        drop(first);
        futures::future::join_all(serve).await;
        order.into_inner().unwrap()
    }

    #[tokio::test]
    async fn turns_go_round_among_callers() {
        let line = Line::new(1, 10);
        let first = line.enter(caller(1)).unwrap().turn().await.unwrap();
        let places: Vec<(u8, Place)> = [1, 1, 1, 2, 3, 2]
            .into_iter()
            .map(|number| (number, line.enter(caller(number)).unwrap()))
            .collect();
        assert_eq!(served(places, first).await, [1, 2, 3, 1, 2, 1]);
        assert!(line.enter(caller(9)).unwrap().turn().await.is_ok(), "the line is open again");
    }

    #[tokio::test]
    async fn in_a_full_line_the_greediest_gives_way() {
        let line = Line::new(1, 3);
        let _first = line.enter(caller(1)).unwrap().turn().await.unwrap();
        let mut of_one: Vec<Place> = (0..3).map(|_| line.enter(caller(1)).unwrap()).collect();
        assert!(line.enter(caller(1)).is_err(), "not for its own sake");
        let _of_two = line.enter(caller(2)).unwrap();
        let last = of_one.pop().unwrap();
        let full = last.turn().await.err().unwrap();
        assert!(full.retry_after >= Duration::from_secs(1), "{full:?}");
        assert!(line.enter(caller(2)).is_err(), "two and one are even");
    }

    #[tokio::test]
    async fn as_many_are_served_as_the_model_can_hold() {
        let line = Line::new(2, 10);
        let first = line.enter(caller(1)).unwrap().turn().await.unwrap();
        let second = line.enter(caller(1)).unwrap().turn().await.unwrap();
        let mut third = line.enter(caller(2)).unwrap();
        assert!(third.called.try_recv().is_err(), "it waits");
        let fourth = line.enter(caller(3)).unwrap();
        drop((first, second));
        assert!(third.turn().await.is_ok() && fourth.turn().await.is_ok());
        assert_eq!(line.state().served, 0, "the turns came back");
    }

    #[tokio::test]
    async fn who_goes_away_leaves_no_gap() {
        let line = Line::new(1, 2);
        let first = line.enter(caller(1)).unwrap().turn().await.unwrap();
        let gone = line.enter(caller(2)).unwrap();
        let stays = line.enter(caller(3)).unwrap();
        assert!(line.enter(caller(3)).is_err());
        drop(gone);
        let next = line.enter(caller(3)).unwrap();
        drop(first);
        // Called, and gone before it looked.
        drop(stays);
        assert!(next.turn().await.is_ok());
        assert_eq!(line.state().waiting, 0);
    }
}
