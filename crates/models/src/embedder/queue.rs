//! The line in front of the model. In: texts from any number of callers, who wait while it is full. Out: one text at a
//! time, questions first.

use pagemill_pipeline::Failure;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Texts in line, at most; as token ids, some 2 KiB each when they keep to the model's limit.
pub const PLACES: usize = 64;
/// Places that passages cannot take, so that a question is never kept waiting by them.
const PLACES_FOR_QUESTIONS: usize = 16;

/// A text by its token ids, and where its vector goes.
pub struct Job {
    pub ids: Vec<u32>,
    pub answer: oneshot::Sender<Result<Vec<f32>, Failure>>,
    _place: OwnedSemaphorePermit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Somebody waits for it.
    Question,
    Passage,
}

pub struct Queue {
    line: Mutex<Line>,
    changed: Condvar,
    questions: Arc<Semaphore>,
    passages: Arc<Semaphore>,
}

#[derive(Default)]
struct Line {
    questions: VecDeque<Job>,
    passages: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    pub fn new() -> Self {
        Self {
            line: Mutex::default(),
            changed: Condvar::new(),
            questions: Arc::new(Semaphore::new(PLACES_FOR_QUESTIONS)),
            passages: Arc::new(Semaphore::new(PLACES - PLACES_FOR_QUESTIONS)),
        }
    }

    /// Waits for a place and takes it.
    pub async fn push(
        &self,
        ids: Vec<u32>,
        answer: oneshot::Sender<Result<Vec<f32>, Failure>>,
        urgency: Urgency,
    ) -> Result<(), Failure> {
        let places = match urgency {
            Urgency::Question => &self.questions,
            Urgency::Passage => &self.passages,
        };
        let place = places.clone().acquire_owned().await;
        let job = Job { ids, answer, _place: place.map_err(|_| Failure::stop("the embedder is closed"))? };
        let mut line = self.line();
        match urgency {
            Urgency::Question => line.questions.push_back(job),
            Urgency::Passage => line.passages.push_back(job),
        }
        drop(line);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for a text; none when the queue is closed.
    pub fn pop(&self) -> Option<Job> {
        let mut line = self.line();
        loop {
            if line.closed {
                return None;
            }
            if let Some(job) = line.questions.pop_front() {
                return Some(job);
            }
            if let Some(job) = line.passages.pop_front() {
                return Some(job);
            }
            line = self.changed.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends all waiting, on both sides.
    pub fn close(&self) {
        self.questions.close();
        self.passages.close();
        let mut line = self.line();
        *line = Line { closed: true, ..Line::default() };
        drop(line);
        self.changed.notify_all();
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn questions_overtake_and_closing_ends() {
        let queue = Queue::new();
        let mut vectors = Vec::new();
        for (number, urgency) in [(1, Urgency::Passage), (2, Urgency::Passage), (3, Urgency::Question)] {
            let (answer, vector) = oneshot::channel();
            queue.push(vec![number], answer, urgency).await.unwrap();
            vectors.push(vector);
        }
        assert_eq!(queue.pop().unwrap().ids, [3]);
        assert_eq!(queue.pop().unwrap().ids, [1]);
        queue.close();
        assert!(queue.pop().is_none());
        assert!(vectors.remove(1).await.is_err(), "who waits hears of it");
    }

    #[tokio::test]
    async fn a_full_line_makes_passages_wait_and_questions_not() {
        let queue = Queue::new();
        for _ in 0..PLACES - PLACES_FOR_QUESTIONS {
            queue.push(Vec::new(), oneshot::channel().0, Urgency::Passage).await.unwrap();
        }
        let passage = queue.push(Vec::new(), oneshot::channel().0, Urgency::Passage);
        assert!(futures_pending(passage).await);
        queue.push(Vec::new(), oneshot::channel().0, Urgency::Question).await.unwrap();
    }

    async fn futures_pending(future: impl Future) -> bool {
        tokio::select! { biased; _ = future => false, () = std::future::ready(()) => true }
    }
}
