//! The index anew from stored documents: another chunker, another size of chunks, another embedder. In: a run whose index is
//! the one in use, or a new one beside it. Out: an index that holds exactly what the catalog says. No source is listed, and
//! no PDF is read whose stored document will do.

use super::run::worked_off;
use super::{IngestSummary, Run};
use crate::{Catalog, Failure, Pipeline, Reclaim, SearchIndex, fsck};

/// What is mended is looked at again. More rounds than this only go on where something undoes what they do.
const ROUNDS: u32 = 5;

/// Makes due what the workers of a cluster have to bring into an index: what the pipeline renews, what the index lacks,
/// such as a new generation all. Takes out what it should not hold. Returns how many documents differed; the workers do the work.
///
/// # Errors
/// `Retry` or `Stop` when catalog or index do not answer.
pub async fn requeue_for_index(
    catalog: &dyn Catalog,
    index: &dyn SearchIndex,
    pipeline: &Pipeline,
) -> Result<u64, Failure> {
    Ok(catalog.requeue_outdated(pipeline).await? + fsck::mend(catalog, index).await?)
}

/// Brings every document into the index as the run's pipeline has it. A run that was interrupted is gone on with by the next.
///
/// # Errors
/// As ingesting; `Stop` also when catalog and index do not come to agree.
pub async fn reindex(run: &Run) -> Result<IngestSummary, Failure> {
    let (catalog, index) = (run.stages.catalog.as_ref(), run.stages.index.as_ref());
    catalog.reclaim(Reclaim::All).await?;
    catalog.requeue_outdated(&run.stages.pipeline(&run.config)).await?;
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
