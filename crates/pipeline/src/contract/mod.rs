//! What every implementation of a seam must do, as suites that panic where one does not. The twins pass them always,
//! the real servers in the services tests.

mod catalog;
mod index;
mod objects;
mod renewal;

pub use catalog::catalog;
pub use index::search_index;
pub use objects::objects;
pub use renewal::{RENEWAL, Renewal, lowest_of};
