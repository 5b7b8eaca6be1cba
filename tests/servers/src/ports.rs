//! Free ports on loopback. In: nothing. Out: numbers that were free a moment ago, below the range from which the
//! system takes ports for outgoing connections: a server that is restarted finds its port still free.

use crate::ServerError;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// Each call gives another port, also where several test programs run at once: each begins at a place of its own.
///
/// # Errors
/// When none of the range is free.
pub fn free() -> Result<u16, ServerError> {
    static NEXT: OnceLock<AtomicU32> = OnceLock::new();
    let next = NEXT.get_or_init(|| AtomicU32::new(std::process::id().wrapping_mul(97)));
    for _ in 0..COUNT {
        let port = (FIRST + next.fetch_add(1, Ordering::Relaxed) % COUNT) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(ServerError(format!("no port from {FIRST} to {} is free on loopback", FIRST + COUNT - 1)))
}
