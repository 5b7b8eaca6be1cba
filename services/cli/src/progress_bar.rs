//! Draws the progress of an ingest: a bar on a terminal, a line now and then elsewhere. Reads counters, changes none.

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use pagemill_pipeline::ingest::{Progress, Snapshot};
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

const DRAW_EVERY: Duration = Duration::from_millis(200);
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Before this an ETA is a guess.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// Runs work that counts into the progress it is given, and draws it meanwhile.
pub async fn during<T, W: Future<Output = T>>(work: impl FnOnce(Arc<Progress>) -> W) -> T {
    let progress = Arc::new(Progress::default());
    let work = work(progress.clone());
    tokio::pin!(work);
    let terminal = std::io::stderr().is_terminal();
    let bar = if terminal { bar() } else { ProgressBar::hidden() };
    let start = Instant::now();
    let mut last_line = start;
    let outcome = loop {
        tokio::select! {
            outcome = &mut work => break outcome,
            () = tokio::time::sleep(DRAW_EVERY) => {}
        }
        let counts = progress.snapshot();
        bar.set_length(counts.due_bytes.max(1));
        bar.set_position(counts.done_bytes);
        bar.set_message(message(&counts, start.elapsed()));
        if !terminal && last_line.elapsed() > LINE_EVERY {
            last_line = Instant::now();
            eprintln!("{}", message(&counts, start.elapsed()));
        }
    };
    bar.finish_and_clear();
    outcome
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("{bar:28.cyan/black} {percent:>3}%  {wide_msg}") {
        bar.set_style(style.progress_chars("━━─"));
    }
    bar
}

/// "12 of 40 documents · 103 pages · 8.1 pages/s · 12 % OCR · 1 failed · 30 seconds left"
fn message(counts: &Snapshot, elapsed: Duration) -> String {
    if !counts.listing_done {
        return format!("listing: {} found", counts.listed);
    }
    let settled = counts.indexed + counts.unchanged + counts.failed;
    let mut parts = vec![format!("{settled} of {} documents", counts.due), format!("{} pages", counts.pages)];
    let seconds = elapsed.as_secs_f64();
    if counts.pages > 0 && seconds > 0.0 {
        parts.push(format!("{:.1} pages/s", counts.pages as f64 / seconds));
        parts.push(format!("{} % OCR", counts.ocr_pages * 100 / counts.pages));
    }
    if counts.failed > 0 {
        parts.push(format!("{} failed", counts.failed));
    }
    if let Some(left) = time_left(counts, elapsed) {
        parts.push(format!("{} left", HumanDuration(left)));
    }
    parts.join(" · ")
}

/// By bytes: pages are not known before a document is opened.
fn time_left(counts: &Snapshot, elapsed: Duration) -> Option<Duration> {
    if counts.done_bytes == 0 || elapsed < SETTLED_AFTER {
        return None;
    }
    let left = counts.due_bytes.saturating_sub(counts.done_bytes) as f64;
    Some(elapsed.mul_f64(left / counts.done_bytes as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_tells_rate_share_and_time_left() {
        let counts = Snapshot {
            listed: 40,
            listing_done: true,
            due: 40,
            due_bytes: 400,
            done_bytes: 100,
            indexed: 9,
            failed: 1,
            pages: 100,
            ocr_pages: 25,
            ..Snapshot::default()
        };
        let text = message(&counts, Duration::from_secs(10));
        assert_eq!(
            text,
            "10 of 40 documents · 100 pages · 10.0 pages/s · 25 % OCR · 1 failed · 30 seconds left"
        );
        assert_eq!(
            message(&Snapshot { listed: 7, ..Snapshot::default() }, Duration::ZERO),
            "listing: 7 found"
        );
    }
}
