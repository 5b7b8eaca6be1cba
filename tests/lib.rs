//! Tests that belong to no single crate: flows over twins, the crate graph, what is shipped. And the twins themselves,
//! for the tests over real servers.

mod twins;

pub use twins::{Fault, FaultyIndex, LetterCounts, OneReading, Plant, text_readers};
