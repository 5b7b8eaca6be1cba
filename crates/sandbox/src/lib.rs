//! Runs work on untrusted bytes in a pool of child processes with limits on time, memory and output, and replaces
//! what dies. In: requests as bytes. Out: replies as bytes, or how the process died. Knows nothing of documents.

mod child;
mod frame;
mod pool;
mod process;

pub use child::{Answer, ServeError, serve, work};
pub use pool::{Pool, PoolConfig};

/// The exit code by which a child says that it is set up wrongly (EX_UNAVAILABLE of sysexits): its last words are then the
/// reason why no work can be done at all, not why this work failed.
pub const WRONG_SET_UP: i32 = 69;

/// Tells a child how much memory it may use, in bytes.
const MEMORY_VARIABLE: &str = "PAGEMILL_CONFINED_MEMORY_BYTES";
