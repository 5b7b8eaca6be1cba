//! Compares what the sources hold, what the catalog says and what the index serves, document by document. In: the three,
//! each as a stream in the order of source and key. Out: findings, and with repair the work that mends them. Memory does
//! not grow with the documents.

mod held;
mod merge;
mod streams;

use crate::{Catalog, Change, ChangeKind, DocumentRecord, Failure, SearchIndex, Sources};
pub(crate) use held::mend;
use merge::{Place, Sides, judge};
use pagemill_document::DocumentId;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};
use streams::{Cards, KnownDocuments, ListedObjects};

/// What is compared.
pub struct Fsck<'a> {
    pub catalog: &'a dyn Catalog,
    pub index: &'a dyn SearchIndex,
    pub sources: &'a dyn Sources,
    pub options: FsckOptions,
}

#[derive(Clone, Debug, Default)]
pub struct FsckOptions {
    /// Queue what mends each finding.
    pub repair: bool,
    /// Read the chunks of every document, rather than count them.
    pub deep: bool,
    /// Only this source.
    pub source: Option<String>,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The source holds it, the catalog has never heard of it.
    NotReceived,
    /// The source holds another version than the catalog knows.
    Stale,
    /// The catalog takes it for indexed, the index does not hold it.
    Missing,
    /// The index holds other bytes of it than the catalog says.
    StaleInIndex,
    /// The index holds fewer chunks of it than belong to it.
    ChunksMissing,
    /// The index holds chunks of it twice or from an older version.
    ChunksDuplicate,
    /// The index holds it, and nothing says that it should.
    Orphaned,
    /// The source holds it no more, the catalog does not know yet.
    Gone,
}

impl Finding {
    /// What is wrong, for people.
    pub fn statement(self) -> &'static str {
        match self {
            Self::NotReceived => "in the source, but never received",
            Self::Stale => "changed in the source since",
            Self::Missing => "taken for indexed, but not in the index",
            Self::StaleInIndex => "in the index with other bytes",
            Self::ChunksMissing => "in the index with chunks missing",
            Self::ChunksDuplicate => "in the index with chunks twice",
            Self::Orphaned => "in the index, though nothing says it should",
            Self::Gone => "no longer in the source",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    pub finding: Finding,
    pub document: DocumentId,
    pub source: String,
    pub key: String,
}

/// What the comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FsckReport {
    /// Objects in the sources, documents in the catalog, documents and chunks in the index.
    pub objects: u64,
    pub documents: u64,
    pub indexed: u64,
    pub chunks: u64,
    /// Not settled yet: not findings.
    pub waiting: u64,
    /// Set aside, with how many for each reason: not findings either.
    pub set_aside: BTreeMap<String, u64>,
    pub findings: BTreeMap<Finding, u64>,
    /// Chunks that the index counts beyond those of its documents. Not counted while documents wait or are in work: chunks
    /// are written before the card of their document, and go before it.
    pub stray_chunks: u64,
    /// Documents whose repair was queued or done.
    pub repaired: u64,
}

impl FsckReport {
    /// Every document is indexed or set aside with its reason, no chunk is missing, none is there twice, none is stray.
    pub fn is_clean(&self) -> bool {
        self.findings.values().sum::<u64>() == 0 && self.stray_chunks == 0
    }
}

/// Compares. Each finding goes to `tell` as it is found.
///
/// # Errors
/// `Retry` or `Stop` when one of the three does not answer: half a comparison says nothing.
pub async fn fsck(fsck: &Fsck<'_>, mut tell: impl FnMut(&Found)) -> Result<FsckReport, Failure> {
    let mut report = FsckReport::default();
    let statistics = fsck.index.statistics().await?;
    let known = fsck.catalog.sources().await?.into_iter().map(|source| source.source);
    let wanted = fsck.options.source.clone();
    let names: Vec<String> =
        known.filter(|name| wanted.as_ref().is_none_or(|wanted| wanted == name)).collect();
    let mut objects = ListedObjects::new(fsck.sources, names);
    let mut records = KnownDocuments::new(fsck.catalog, wanted.clone());
    let mut cards = Cards::new(fsck.index, wanted.clone());
    loop {
        let places = [objects.place().await?, records.place().await?, cards.place().await?];
        let Some(place) = places.into_iter().flatten().min() else { break };
        let sides =
            Sides { object: objects.take(&place), record: records.take(&place), card: cards.take(&place) };
        count(&mut report, &sides);
        let mut finding = judge(&sides);
        if finding.is_none() && fsck.options.deep {
            finding = look_at_chunks(fsck, &sides).await?;
        }
        let Some(finding) = finding else { continue };
        let found = Found {
            finding,
            document: DocumentId::new(&place.source, &place.key),
            source: place.source.clone(),
            key: place.key.clone(),
        };
        tell(&found);
        *report.findings.entry(finding).or_default() += 1;
        if fsck.options.repair {
            repair(fsck, &found, &sides).await?;
            report.repaired += 1;
        }
    }
    if wanted.is_none() && report.waiting == 0 {
        // Asked twice: what was there at one of the two moments only came or went meanwhile.
        let afterwards = fsck.index.statistics().await?;
        report.stray_chunks = statistics.chunks.min(afterwards.chunks).saturating_sub(report.chunks);
    }
    Ok(report)
}

fn count(report: &mut FsckReport, sides: &Sides) {
    report.objects += u64::from(sides.object.is_some());
    if let Some(record) = &sides.record {
        report.documents += 1;
        report.waiting += u64::from(!merge::is_settled(record));
        if let Some(reason) = merge::set_aside_for(record) {
            *report.set_aside.entry(reason).or_default() += 1;
        }
    }
    if let Some(card) = &sides.card {
        report.indexed += 1;
        report.chunks += u64::from(card.chunk_count);
    }
}

/// Whether the index holds each chunk of a document once.
async fn look_at_chunks(fsck: &Fsck<'_>, sides: &Sides) -> Result<Option<Finding>, Failure> {
    let Some(card) = &sides.card else { return Ok(None) };
    let chunks = fsck.index.chunks(&card.id).await?;
    let mut positions: Vec<u32> = chunks.iter().map(|chunk| chunk.position).collect();
    positions.sort_unstable();
    positions.dedup();
    let (there, distinct, belong) = (chunks.len(), positions.len(), card.chunk_count as usize);
    Ok(match () {
        () if there > distinct || there > belong => Some(Finding::ChunksDuplicate),
        () if distinct < belong => Some(Finding::ChunksMissing),
        () => None,
    })
}

async fn repair(fsck: &Fsck<'_>, found: &Found, sides: &Sides) -> Result<(), Failure> {
    let change = |kind| Change {
        source: found.source.clone(),
        key: found.key.clone(),
        kind,
        sequencer: None,
        at_ms: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64),
    };
    let id = std::slice::from_ref(&found.document);
    match found.finding {
        Finding::NotReceived | Finding::Stale => {
            let object = sides.object.as_ref();
            let kind = ChangeKind::Put {
                etag: object.map(|object| object.etag.clone()),
                size_bytes: object.map_or(0, |object| object.size_bytes),
            };
            let collection = collection_of(fsck.catalog, &found.source, sides.record.as_ref()).await?;
            fsck.catalog.apply(&change(kind), &collection).await?;
        }
        Finding::Missing | Finding::StaleInIndex | Finding::ChunksMissing | Finding::ChunksDuplicate => {
            // Out first: what is left of it could be kept for newer than what comes.
            fsck.index.delete(id).await?;
            fsck.catalog.requeue(id).await?;
        }
        Finding::Orphaned => fsck.index.delete(id).await?,
        Finding::Gone => {
            fsck.catalog.apply(&change(ChangeKind::Removed), "").await?;
        }
    }
    Ok(())
}

async fn collection_of(
    catalog: &dyn Catalog,
    source: &str,
    record: Option<&DocumentRecord>,
) -> Result<String, Failure> {
    if let Some(record) = record {
        return Ok(record.collection.clone());
    }
    let sources = catalog.job_sources().await?;
    let known = sources.into_iter().find(|(name, _)| name == source).map(|(_, collection)| collection);
    Ok(known.unwrap_or_else(|| crate::DEFAULT_COLLECTION.to_owned()))
}

/// Where a document stands in the order.
pub(crate) fn place(source: &str, key: &str) -> Place {
    Place { source: source.to_owned(), key: key.to_owned() }
}
