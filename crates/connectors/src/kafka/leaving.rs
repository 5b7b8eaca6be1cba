//! A consumer that leaves its group without holding anybody up. In: a consumer. Out: the same, until dropped. Closing one
//! waits for its broker, without end when there is none, so it is done on a thread of its own: the process does not
//! wait for that thread.

use rdkafka::consumer::{ConsumerContext, StreamConsumer};
use std::ops::Deref;

pub(super) struct Leaving<C: ConsumerContext + 'static>(Option<StreamConsumer<C>>);

impl<C: ConsumerContext + 'static> Leaving<C> {
    pub fn new(consumer: StreamConsumer<C>) -> Self {
        Self(Some(consumer))
    }
}

impl<C: ConsumerContext + 'static> Deref for Leaving<C> {
    type Target = StreamConsumer<C>;

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            Some(consumer) => consumer,
            None => unreachable!("taken on drop only"),
        }
    }
}

impl<C: ConsumerContext + 'static> Drop for Leaving<C> {
    fn drop(&mut self) {
        let consumer = self.0.take();
        std::thread::spawn(move || drop(consumer));
    }
}
