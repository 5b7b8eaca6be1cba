//! Signals as one token: the first SIGINT or SIGTERM asks for the end, the second ends at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a shell reports for a process that a signal ended is 128 and the signal's number.
const SIGNAL_EXIT: i32 = 128;

/// A token that is cancelled by the first signal. To be called within the async runtime.
///
/// # Errors
/// When the system does not let us listen.
pub fn shutdown() -> std::io::Result<CancellationToken> {
    let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
    let (mut interrupts, mut terminates) = (signal(interrupt)?, signal(terminate)?);
    let token = CancellationToken::new();
    let ours = token.clone();
    tokio::spawn(async move {
        either(&mut interrupts, &mut terminates).await;
        ours.cancel();
        let second = either(&mut interrupts, &mut terminates).await;
        let number = if second == Which::Interrupt { interrupt } else { terminate };
        std::process::exit(SIGNAL_EXIT + number.as_raw_value());
    });
    Ok(token)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Interrupt,
    Terminate,
}

async fn either(interrupts: &mut Signal, terminates: &mut Signal) -> Which {
    tokio::select! {
        _ = interrupts.recv() => Which::Interrupt,
        _ = terminates.recv() => Which::Terminate,
    }
}
