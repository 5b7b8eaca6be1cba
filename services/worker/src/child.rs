//! The confined processes: this same program, asked by itself to read PDFs or to recognise text, and nothing else.
#![allow(clippy::print_stderr, reason = "a confined process has no log: its parent reads its last words")]

use crate::ReaderSettings;
use pagemill_extract::{Reader, Request, Response};
use pagemill_models::recognizer;
use pagemill_pipeline::{Confined, Failure};
use pagemill_sandbox::{Pool, PoolConfig, ServeError, WRONG_SET_UP, serve};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// The word before a role on the command line; nobody types it.
const MARK: &str = "confined-process";
const PDFIUM_VARIABLE: &str = "PAGEMILL_PDFIUM";
/// A page of words or a raster of 25 megapixels in RGB.
const MAX_REPLY_BYTES: u64 = 128 << 20;
/// Then a process is replaced: what native libraries leak stays small.
const MAX_REQUESTS: u32 = 2000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// PDF bytes to pages and rasters.
    Reader,
    /// Rasters to words.
    Ocr,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Ocr => "ocr",
        }
    }
}

/// The role that this process is asked to play, if it is a confined one.
pub fn role(mut arguments: impl Iterator<Item = String>) -> Option<Role> {
    if arguments.nth(1).as_deref() != Some(MARK) {
        return None;
    }
    let name = arguments.next()?;
    [Role::Reader, Role::Ocr].into_iter().find(|role| role.name() == name)
}

/// A pool of processes in a role.
///
/// # Errors
/// `Stop` when what the role needs is missing.
pub fn pool(role: Role, settings: ReaderSettings<'_>) -> Result<Arc<dyn Confined>, Failure> {
    let (limits, variables) = match role {
        Role::Reader => {
            if !settings.pdfium.is_file() {
                return Err(Failure::stop(format!(
                    "the library {} is missing; run `make native`, or set `pdfium` to where libpdfium.so is",
                    settings.pdfium.display()
                )));
            }
            (settings.readers, vec![(PDFIUM_VARIABLE.into(), settings.pdfium.as_os_str().to_owned())])
        }
        Role::Ocr => (settings.recognizers, recognizer::child_variables(settings.ocr)?),
    };
    Ok(Arc::new(Pool::new(PoolConfig {
        // This very program as it runs, even when its file has been replaced meanwhile.
        program: "/proc/self/exe".into(),
        arguments: vec![MARK.into(), role.name().into()],
        environment: variables,
        processes: limits.processes,
        memory_bytes: limits.memory_mib << 20,
        max_reply_bytes: MAX_REPLY_BYTES,
        max_requests: MAX_REQUESTS,
    })))
}

/// Serves in a role until the parent is done.
pub fn run(role: Role) -> ExitCode {
    let served = match role {
        Role::Reader => read(),
        Role::Ocr => recognize(),
    };
    match served {
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

fn recognize() -> Result<(), ServeError> {
    let mut engine = None;
    serve(&mut |request, reply| {
        let engine = engine.get_or_insert_with(|| {
            recognizer::Engine::from_child_variables().unwrap_or_else(|error| {
                eprintln!("{error}");
                std::process::exit(WRONG_SET_UP)
            })
        });
        reply(&engine.answer(request));
    })
}

fn send(response: &Response, reply: &mut dyn FnMut(&[u8])) {
    match postcard::to_stdvec(response) {
        Ok(bytes) => reply(&bytes),
        Err(error) => eprintln!("a response could not be written: {error}"),
    }
}
