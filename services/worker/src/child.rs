//! The confined processes: this same program, asked by itself to read PDFs or to recognise text, and nothing else.

use crate::ReaderSettings;
use pagemill_extract::Reader;
use pagemill_models::recognizer::{self, Engine};
use pagemill_pipeline::{Confined, Failure};
use pagemill_sandbox::{Pool, PoolConfig, work};
use std::process::ExitCode;
use std::sync::Arc;

/// The word before a role on the command line; nobody types it.
const MARK: &str = "confined-process";

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
        Role::Reader => (settings.readers, Reader::child_variables(settings.pdfium).map_err(Failure::stop)?),
        Role::Ocr => (settings.recognizers, recognizer::child_variables(settings.ocr)?),
    };
    let arguments = vec![MARK.into(), role.name().into()];
    let config = PoolConfig::of_this_program(arguments, variables, limits.processes, limits.memory_mib);
    Ok(Arc::new(Pool::new(config)))
}

/// Serves in a role until the parent is done.
pub fn run(role: Role) -> ExitCode {
    match role {
        Role::Reader => work(Reader::from_child_variables, Reader::answer),
        Role::Ocr => work(Engine::from_child_variables, |engine, request, reply| {
            reply(&engine.answer(request));
            Ok(())
        }),
    }
}
