//! The confined processes that render pages: this same program, asked by itself. Recognises nothing, so that the gateway
//! needs neither OCR nor a model in its image.

use super::config::ReaderLimits;
use pagemill_extract::Reader;
use pagemill_pipeline::{Confined, Failure};
use pagemill_sandbox::{Pool, PoolConfig, work};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// On the command line; nobody types it.
const MARK: &str = "confined-reader";

/// Whether this process is asked to be a confined one.
pub fn is_asked_for(mut arguments: impl Iterator<Item = String>) -> bool {
    arguments.nth(1).as_deref() == Some(MARK)
}

/// A pool of them.
///
/// # Errors
/// `Stop` when the library is missing.
pub(super) fn pool(pdfium: &Path, limits: &ReaderLimits) -> Result<Arc<dyn Confined>, Failure> {
    let variables = Reader::child_variables(pdfium).map_err(Failure::stop)?;
    let ReaderLimits { processes, memory_mib } = *limits;
    Ok(Arc::new(Pool::new(PoolConfig::of_this_program(vec![MARK.into()], variables, processes, memory_mib))))
}

/// Renders until the parent is done.
pub fn run() -> ExitCode {
    work(Reader::from_child_variables, Reader::answer)
}
