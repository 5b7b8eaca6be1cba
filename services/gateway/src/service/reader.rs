//! The confined processes that render pages: this same program, asked by itself. Recognises nothing, so that the gateway
//! needs neither OCR nor a model in its image.
#![allow(clippy::print_stderr, reason = "a confined process has no log: its parent reads its last words")]

use super::config::ReaderLimits;
use pagemill_extract::{Reader, Request, Response};
use pagemill_pipeline::{Confined, Failure};
use pagemill_sandbox::{Pool, PoolConfig, ServeError, WRONG_SET_UP, serve};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// On the command line; nobody types it.
const MARK: &str = "confined-reader";
const PDFIUM_VARIABLE: &str = "PAGEMILL_PDFIUM";
/// A raster of 25 megapixels in RGB.
const MAX_REPLY_BYTES: u64 = 128 << 20;
/// Then a process is replaced: what native libraries leak stays small.
const MAX_REQUESTS: u32 = 2000;

/// Whether this process is asked to be a confined one.
pub fn is_asked_for(mut arguments: impl Iterator<Item = String>) -> bool {
    arguments.nth(1).as_deref() == Some(MARK)
}

/// A pool of them.
///
/// # Errors
/// `Stop` when the library is missing.
pub(super) fn pool(pdfium: &Path, limits: &ReaderLimits) -> Result<Arc<dyn Confined>, Failure> {
    if !pdfium.is_file() {
        return Err(Failure::stop(format!(
            "the library {} is missing; run `make native`, or set `pdfium` to where libpdfium.so is",
            pdfium.display()
        )));
    }
    Ok(Arc::new(Pool::new(PoolConfig {
        // This very program as it runs, even when its file has been replaced meanwhile.
        program: "/proc/self/exe".into(),
        arguments: vec![MARK.into()],
        environment: vec![(PDFIUM_VARIABLE.into(), pdfium.as_os_str().to_owned())],
        processes: limits.processes,
        memory_bytes: limits.memory_mib << 20,
        max_reply_bytes: MAX_REPLY_BYTES,
        max_requests: MAX_REQUESTS,
    })))
}

/// Renders until the parent is done.
pub fn run() -> ExitCode {
    match read() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read() -> Result<(), ServeError> {
    let path = std::env::var_os(PDFIUM_VARIABLE).unwrap_or_default();
    let mut reader = None;
    serve(&mut |request, reply| {
        // Loaded within the limits, at the first request.
        let reader = reader.get_or_insert_with(|| {
            Reader::load(Path::new(&path)).unwrap_or_else(|error| {
                eprintln!("{error}");
                std::process::exit(WRONG_SET_UP)
            })
        });
        match postcard::from_bytes::<Request>(request) {
            Ok(request) => reader.serve(request, &mut |response| send(&response, reply)),
            Err(error) => eprintln!("an unreadable request: {error}"),
        }
    })
}

fn send(response: &Response, reply: &mut dyn FnMut(&[u8])) {
    match postcard::to_stdvec(response) {
        Ok(bytes) => reply(&bytes),
        Err(error) => eprintln!("a response could not be written: {error}"),
    }
}
