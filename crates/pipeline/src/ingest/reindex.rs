//! The index anew from stored documents: another chunker, another size of chunks, another embedder. In: a run whose index is
//! the one in use, or a new one beside it. Out: an index that holds exactly what the catalog says. No source is listed, and
//! no PDF is read whose stored document will do.

use super::run::worked_off;
use super::{IngestSummary, Run};
use crate::{Failure, Reclaim, fsck};

/// What is mended is looked at again. More rounds than this only go on where something undoes what they do.
const ROUNDS: u32 = 5;

/// Brings every document into the index as the run's pipeline has it. A run that was interrupted is gone on with by the next.
///
/// # Errors
/// As ingesting; `Stop` also when catalog and index do not come to agree.
pub async fn reindex(run: &Run) -> Result<IngestSummary, Failure> {
    let (catalog, index) = (run.stages.catalog.as_ref(), run.stages.index.as_ref());
    catalog.reclaim(Reclaim::All).await?;
    catalog.requeue_outdated(&run.stages.version(&run.config)).await?;
    fsck::mend(catalog, index).await?;
    for _ in 0..ROUNDS {
        let summary = worked_off(run, None, 0).await?;
        if summary.interrupted || fsck::mend(catalog, index).await? == 0 {
            return Ok(summary);
        }
    }
    Err(Failure::stop(format!(
        "after {ROUNDS} rounds the index still does not hold what the catalog says; is another process writing to it?"
    )))
}
