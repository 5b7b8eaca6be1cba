//! Why a document, or a sentence in it, is not found: one statement for each step from the source to the ranking, until the
//! step where it went wrong. In: a document, and a sentence if that is the question. Changes nothing.

use crate::answer::Answerer;
use crate::{
    Artifacts, DocumentRecord, DocumentState, Failure, Fetched, Hit, PageOcr, SearchFilter, SearchIndex,
    SearchMode, Sources,
};
use pagemill_document::{Chunk, Document, Grade, PageSummary, TextSource};
use serde::Serialize;

/// What explaining looks at.
#[derive(Clone, Copy)]
pub struct Explain<'a> {
    pub index: &'a dyn SearchIndex,
    pub artifacts: &'a dyn Artifacts,
    pub sources: &'a dyn Sources,
    /// Searches as a question does.
    pub answerer: &'a Answerer,
}

/// One step, and whether the document came through it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub stage: Stage,
    pub passed: bool,
    pub statement: String,
    /// What to do, where something can be done.
    pub advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Source,
    Received,
    Queue,
    Read,
    Text,
    Chunks,
    Index,
    Ranking,
}

/// What OCR read with a lower grade is hard to find anything on.
const WELL_READ: Grade = Grade::Good;
/// Pages that are named before the rest is only counted.
const NAMED_PAGES: usize = 5;
/// How far down a ranking is looked at.
const RANKS: usize = 100;
/// Passages that an answer looks at when nothing else is configured.
const SHOWN: usize = 5;
/// The part of a sentence's words that a chunk must hold to be called its nearest.
const NEAREST_COVERAGE: f32 = 0.5;

fn passed(stage: Stage, statement: impl Into<String>) -> Step {
    Step { stage, passed: true, statement: statement.into(), advice: None }
}

fn stopped(stage: Stage, statement: impl Into<String>, advice: impl Into<String>) -> Step {
    Step { stage, passed: false, statement: statement.into(), advice: Some(advice.into()) }
}

/// Follows a document from its source into the index; with a sentence, on to its place in the ranking.
///
/// # Errors
/// `Retry` or `Stop` when catalog, index or source do not answer.
pub async fn explain_document(
    explain: Explain<'_>,
    record: &DocumentRecord,
    sentence: Option<&str>,
) -> Result<Vec<Step>, Failure> {
    let mut steps = vec![in_source(explain, record).await?];
    steps.push(passed(
        Stage::Received,
        format!("known as {}, in collection {}", record.id, record.collection),
    ));
    let state = state(record);
    let goes_on = state.passed || record.indexed_hash.is_some();
    steps.push(state);
    if !goes_on {
        return Ok(steps);
    }
    let document = explain.artifacts.get(&record.id).await?;
    steps.extend(scan_quality(record));
    let Some(card) = explain.index.card(&record.id).await? else {
        let advice = format!("`pagemill fsck --repair`, or `pagemill retry {}`.", record.id);
        steps.push(stopped(
            Stage::Index,
            "the catalog takes it for indexed, the index does not hold it",
            advice,
        ));
        return Ok(steps);
    };
    let chunks = explain.index.chunks(&record.id).await?;
    steps.push(passed(
        Stage::Index,
        format!("{} chunks of {} are in the index", chunks.len(), card.chunk_count),
    ));
    if let Some(sentence) = sentence {
        follow_sentence(explain, &mut steps, document.as_ref(), &chunks, sentence).await?;
    }
    Ok(steps)
}

/// Finds where a sentence stands in the ranking when nobody says which document holds it.
///
/// # Errors
/// As [`explain_document`].
pub async fn explain_sentence(explain: Explain<'_>, sentence: &str) -> Result<Vec<Step>, Failure> {
    let hits = ranking(explain, sentence, SearchMode::Hybrid, SearchFilter::default()).await?;
    let rank = hits.iter().position(|hit| holds(&hit.chunk.text, sentence));
    Ok(vec![match rank {
        Some(at) => {
            let hit = &hits[at];
            let pages: Vec<String> = hit.chunk.pages().iter().map(u32::to_string).collect();
            passed(
                Stage::Ranking,
                format!("found at rank {}, in {} on page {}", at + 1, hit.card.key, pages.join(", ")),
            )
        }
        None => stopped(
            Stage::Ranking,
            format!("no passage with this text is among the first {RANKS}"),
            "Name the document it should be in: `pagemill explain DOCUMENT \"sentence\"`.",
        ),
    }])
}

async fn in_source(explain: Explain<'_>, record: &DocumentRecord) -> Result<Step, Failure> {
    let objects = match explain.sources.open(&record.source).await {
        Ok(objects) => objects,
        Err(Failure::Stop(why)) => {
            return Ok(stopped(
                Stage::Source,
                format!("{} cannot be opened: {why}", record.source),
                "Set it up here.",
            ));
        }
        Err(failure) => return Err(failure),
    };
    Ok(match objects.fetch(&record.key).await {
        Ok(Fetched::Object(object)) if object.listed().etag == record.etag => {
            passed(Stage::Source, format!("{} holds {}", record.source, record.key))
        }
        Ok(Fetched::Object(_)) => stopped(
            Stage::Source,
            format!("{} holds another version of {} than was received last", record.source, record.key),
            "Wait for its event or the next listing, or start a job for the source.",
        ),
        Ok(Fetched::Gone) => stopped(
            Stage::Source,
            format!("{} no longer holds {}", record.source, record.key),
            "It leaves the index with the next listing.",
        ),
        Err(Failure::Reject(rejection)) => {
            stopped(Stage::Source, rejection.to_string(), "Look at the rights on the object.")
        }
        Err(failure) => return Err(failure),
    })
}

fn state(record: &DocumentRecord) -> Step {
    let earlier = match record.indexed_hash {
        Some(_) => "; an earlier version is in the index",
        None => "",
    };
    match record.state {
        DocumentState::Indexed => passed(
            Stage::Read,
            format!("read: {} pages, {}, {} chunks", record.pages, by_ocr(&record.ocr_pages), record.chunks),
        ),
        DocumentState::Queued => {
            let last = record.failure.as_ref().map(|failure| format!("; last time: {}", failure.detail));
            stopped(
                Stage::Queue,
                format!(
                    "waits in the queue {}after {} attempts{earlier}{}",
                    if record.stage == crate::Stage::Index {
                        "to be indexed, its text is stored, "
                    } else {
                        ""
                    },
                    record.attempts,
                    last.unwrap_or_default()
                ),
                match record.stage {
                    crate::Stage::Read => {
                        "Wait, or look whether workers run and the job is not paused: `pagemill job status`."
                    }
                    crate::Stage::Index => {
                        "Wait, or look whether workers run that index (`ingest.roles`) and the job is not paused: `pagemill job status`."
                    }
                },
            )
        }
        DocumentState::Running => {
            stopped(Stage::Queue, format!("is being read now, attempt {}{earlier}", record.attempts), "Wait.")
        }
        DocumentState::Cancelled => stopped(
            Stage::Queue,
            format!("was given up with its job before it was read{earlier}"),
            "Start a job for its source again.",
        ),
        DocumentState::Failed => match &record.failure {
            Some(failure) => stopped(
                Stage::Read,
                format!(
                    "set aside after {} attempts: {} ({})",
                    record.attempts,
                    failure.reason.statement(),
                    failure.detail
                ),
                failure.advice.clone(),
            ),
            None => stopped(Stage::Read, "set aside", "`pagemill retry` tries it again."),
        },
    }
}

/// How many pages OCR read, and how many parts of others: `2 of them and 3 parts of others by OCR`.
fn by_ocr(pages: &[PageOcr]) -> String {
    let whole = PageOcr::count_whole(pages);
    match pages.len() - whole {
        0 => format!("{whole} of them by OCR"),
        parts => format!("{whole} of them and {parts} parts of others by OCR"),
    }
}

fn scan_quality(record: &DocumentRecord) -> Option<Step> {
    let mut low: Vec<&PageOcr> = record.ocr_pages.iter().filter(|page| page.grade() < WELL_READ).collect();
    if low.is_empty() {
        return None;
    }
    low.sort_by(|a, b| a.confidence.unwrap_or(0.0).total_cmp(&b.confidence.unwrap_or(0.0)));
    let named: Vec<String> = low.iter().take(NAMED_PAGES).map(|page| graded(page)).collect();
    let rest = match low.len().saturating_sub(NAMED_PAGES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let advice = if low.iter().all(|page| page.confidence.is_none()) {
        "`ingest.read.ocr = \"auto\"` lets OCR read these pages; `pagemill ingest` then does."
    } else {
        "Scan these pages again, straight and at 300 dpi."
    };
    Some(stopped(Stage::Text, format!("OCR read it badly on page {}{rest}", named.join(", ")), advice))
}

/// A page with its grade: `3 (poor, confidence 0.41)`.
fn graded(page: &PageOcr) -> String {
    match page.confidence {
        Some(confidence) => {
            format!("{} ({}, confidence {confidence:.2})", page.page, page.grade().label().en)
        }
        None => format!("{} (not recognised)", page.page),
    }
}

async fn follow_sentence(
    explain: Explain<'_>,
    steps: &mut Vec<Step>,
    document: Option<&Document>,
    chunks: &[Chunk],
    sentence: &str,
) -> Result<(), Failure> {
    if let Some(document) = document {
        let step = in_text(document, chunks, sentence);
        let there = step.passed;
        steps.push(step);
        if !there {
            return Ok(());
        }
    }
    let Some(chunk) =
        chunks.iter().find(|chunk| holds(&chunk.text, sentence)).or_else(|| nearest(chunks, sentence))
    else {
        steps.push(stopped(
            Stage::Chunks,
            "no chunk holds it: it stands in a header, a footer or a part that is left out",
            "Ask for what stands around it.",
        ));
        return Ok(());
    };
    steps.push(passed(
        Stage::Chunks,
        format!("chunk {} under “{}”", chunk.position + 1, chunk.heading_path.join(" › ")),
    ));
    steps.push(rank(explain, chunk, sentence).await?);
    Ok(())
}

/// Where the sentence stands in what was read.
fn in_text(document: &Document, chunks: &[Chunk], sentence: &str) -> Step {
    let holding = document.blocks.iter().find(|block| holds(&block.content.text(), sentence));
    if let Some(block) = holding {
        let recognised = |confidence: f32| {
            let grade = Grade::of_ocr(confidence).label().en;
            format!(", recognised with confidence {confidence:.2} ({grade})")
        };
        let page = document.pages.iter().find(|page| page.number == block.page);
        let (x, y) = block.bbox.center();
        let part = |page: &&PageSummary| {
            let around = page.ocr_regions.iter().find(|region| region.bbox.contains_point(x, y));
            around.and_then(|region| region.confidence)
        };
        let how = match page.map(|page| &page.text_source) {
            Some(TextSource::Ocr { confidence, .. }) => recognised(*confidence),
            _ => page.as_ref().and_then(part).map(recognised).unwrap_or_default(),
        };
        return passed(Stage::Text, format!("stands on page {}{how}", block.page));
    }
    if chunks.iter().any(|chunk| holds(&chunk.text, sentence)) {
        return passed(Stage::Text, "stands in the text, over several blocks");
    }
    match nearest(chunks, sentence) {
        Some(chunk) => {
            let text: String = chunk.text.chars().take(160).collect();
            stopped(
                Stage::Text,
                format!("does not stand in the text as read; nearest is “{text}”"),
                "Ask in these words.",
            )
        }
        None => stopped(
            Stage::Text,
            "does not stand in the text as read",
            "`pagemill inspect FILE` says how well its text could be read.",
        ),
    }
}

async fn rank(explain: Explain<'_>, chunk: &Chunk, sentence: &str) -> Result<Step, Failure> {
    let mut ranks = Vec::new();
    for (mode, name) in [
        (SearchMode::Hybrid, "together"),
        (SearchMode::Keyword, "by keywords"),
        (SearchMode::Vector, "by meaning"),
    ] {
        let hits = ranking(explain, sentence, mode, SearchFilter::default()).await?;
        ranks.push((name, hits.iter().position(|hit| hit.chunk.id == chunk.id).map(|at| at + 1)));
    }
    let told: Vec<String> = ranks
        .iter()
        .map(|(name, rank)| match rank {
            Some(rank) => format!("{name} {rank}"),
            None => format!("{name} not among {RANKS}"),
        })
        .collect();
    let statement = format!("rank when asked for: {}", told.join(", "));
    Ok(match ranks.first() {
        Some((_, Some(rank))) if *rank <= SHOWN => passed(Stage::Ranking, statement),
        _ => stopped(
            Stage::Ranking,
            format!("{statement}; answers look at the first {SHOWN}"),
            "Narrow the search down with a filter, or raise `answer.passages`.",
        ),
    })
}

async fn ranking(
    explain: Explain<'_>,
    text: &str,
    mode: SearchMode,
    filter: SearchFilter,
) -> Result<Vec<Hit>, Failure> {
    explain.answerer.search(text, mode, filter, RANKS).await
}

/// Letters and digits in small letters, one space between words.
fn plain(text: &str) -> String {
    let letters = text.chars().flat_map(char::to_lowercase);
    let spaced: String = letters.map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn holds(text: &str, sentence: &str) -> bool {
    let (text, sentence) = (plain(text), plain(sentence));
    !sentence.is_empty() && text.contains(&sentence)
}

fn nearest<'c>(chunks: &'c [Chunk], sentence: &str) -> Option<&'c Chunk> {
    let sentence = plain(sentence);
    let wanted: Vec<&str> = sentence.split(' ').collect();
    let coverage = |chunk: &Chunk| {
        let text = plain(&chunk.text);
        wanted.iter().filter(|word| text.contains(**word)).count() as f32 / wanted.len().max(1) as f32
    };
    let best = chunks.iter().map(|chunk| (coverage(chunk), chunk)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(coverage, _)| *coverage >= NEAREST_COVERAGE).map(|(_, chunk)| chunk)
}
