//! The flow from a question to a checked answer: search, judge the evidence, prompt, generate, check, quote.
//! In: a question. Out: an answer whose every claim is cited. Streams the draft as it is written.

use super::check::{Checked, check};
use super::sentences::{asks_for_quantity, states_quantity};
use super::{Answer, AnswerEvent, AnswerKind, Citation, Claim, Question, evidence, prompt, quote};
use crate::{
    Embedder, Failure, GenerationRequest, Generator, Hit, SearchFilter, SearchIndex, SearchMode, SearchQuery,
    metrics,
};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How answers are made.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerConfig {
    /// Passages that are looked at, and as many as fit that go into the prompt.
    pub passages: usize,
    /// Tokens of passages in the prompt, at most: on a processor, reading the prompt is most of the wait.
    pub prompt_tokens: usize,
    /// Tokens that the model may write, at most.
    pub max_tokens: usize,
    /// 0 is deterministic.
    pub temperature: f32,
    /// Evidence below this (0 to 1) is answered with "not in these documents".
    pub min_evidence: f32,
}

impl Default for AnswerConfig {
    fn default() -> Self {
        Self {
            passages: 5,
            prompt_tokens: 1024,
            max_tokens: 120,
            temperature: 0.0,
            min_evidence: evidence::DEFAULT_MINIMUM,
        }
    }
}

/// Searches and answers over one index.
pub struct Answerer {
    index: Arc<dyn SearchIndex>,
    embedder: Arc<dyn Embedder>,
    generator: Option<Arc<dyn Generator>>,
    config: AnswerConfig,
}

impl Answerer {
    /// Without a generator answers are quotes.
    pub fn new(
        index: Arc<dyn SearchIndex>,
        embedder: Arc<dyn Embedder>,
        generator: Option<Arc<dyn Generator>>,
        config: AnswerConfig,
    ) -> Self {
        Self { index, embedder, generator, config }
    }

    /// The best chunks for a text, best first.
    ///
    /// # Errors
    /// As index and embedder say.
    pub async fn search(
        &self,
        text: &str,
        mode: SearchMode,
        filter: SearchFilter,
        limit: usize,
    ) -> Result<Vec<Hit>, Failure> {
        let timer = metrics::search_seconds().start_timer();
        let query = self.query(text, mode, filter, limit).await?;
        let hits = self.index.search(query).await;
        timer.observe_duration();
        hits
    }

    async fn query(
        &self,
        text: &str,
        mode: SearchMode,
        filter: SearchFilter,
        limit: usize,
    ) -> Result<SearchQuery, Failure> {
        let vector = match mode {
            SearchMode::Keyword => None,
            SearchMode::Hybrid | SearchMode::Vector => Some(self.embedder.embed_query(text).await?),
        };
        Ok(SearchQuery { text: text.to_owned(), vector, mode, limit, filter })
    }

    /// Answers; events go to `events` as they come, and nobody has to listen.
    ///
    /// # Errors
    /// As index, embedder and generator say. A weak draft is not an error.
    pub async fn answer(
        &self,
        question: Question,
        events: mpsc::Sender<AnswerEvent>,
    ) -> Result<Answer, Failure> {
        let answer = self.checked_answer(question, events).await?;
        metrics::answer(match answer.kind {
            AnswerKind::Generated => "generated",
            AnswerKind::Quoted => "quoted",
            AnswerKind::NotFound => "not_found",
        });
        Ok(answer)
    }

    /// What an answer may rest on. Copies of a document, kept in several places, say a thing once.
    async fn passages(&self, question: &str, filter: SearchFilter) -> Result<Vec<Hit>, Failure> {
        /// Times as many are looked at where there are copies.
        const AMONG_COPIES: usize = 8;
        let wanted = self.config.passages;
        let timer = metrics::search_seconds().start_timer();
        let query = self.query(question, SearchMode::Hybrid, filter, wanted).await?;
        let mut hits = self.index.search(query.clone()).await?;
        let found = hits.len();
        keep_first_copies(&mut hits);
        if hits.len() < found && found == wanted {
            hits = self.index.search(SearchQuery { limit: wanted * AMONG_COPIES, ..query }).await?;
            keep_first_copies(&mut hits);
            hits.truncate(wanted);
        }
        timer.observe_duration();
        Ok(hits)
    }

    async fn checked_answer(
        &self,
        question: Question,
        events: mpsc::Sender<AnswerEvent>,
    ) -> Result<Answer, Failure> {
        let hits = self.passages(&question.text, question.filter).await?;
        let citations: Vec<Citation> =
            hits.iter().zip(1..).map(|(hit, number)| citation(hit, number)).collect();
        // A closed channel only means that nobody watches.
        let _ = events.send(AnswerEvent::Passages { passages: citations.clone() }).await;
        let mut answer = Answer {
            question: question.text,
            kind: AnswerKind::NotFound,
            claims: Vec::new(),
            citations,
            model: None,
            note: None,
        };
        let evidence = evidence::of(&answer.question, &hits);
        tracing::debug!(evidence, "evidence for the question");
        if evidence < self.config.min_evidence {
            answer.note = Some("nothing in the documents comes close enough to the question".into());
            return Ok(answer);
        }
        if let Some(generator) = &self.generator {
            let (draft, used) = self.draft(generator.as_ref(), &answer.question, &hits, &events).await?;
            let passages: Vec<&str> = hits[..used].iter().map(|hit| hit.chunk.text.as_str()).collect();
            match check(&draft, &passages) {
                Checked::Holds(claims) if speaks_to(&answer.question, &claims, &passages) => {
                    answer.kind = AnswerKind::Generated;
                    answer.claims = claims;
                    answer.model = Some(generator.identity().to_owned());
                    return Ok(answer);
                }
                Checked::Holds(_) => {
                    answer.note = Some("the model's draft did not speak to the question".into())
                }
                Checked::SaysNotFound => {
                    answer.note = Some("the model found no answer in the passages".into())
                }
                Checked::Fails { sentence } => {
                    answer.note =
                        Some(format!("the model's draft was not supported by its passages: “{sentence}”"));
                }
            }
        }
        answer.claims = self.quotes(&answer.question, &hits).await?;
        answer.kind = if answer.claims.is_empty() { AnswerKind::NotFound } else { AnswerKind::Quoted };
        Ok(answer)
    }

    /// Has the model write; returns the draft and how many of the passages it saw.
    async fn draft(
        &self,
        generator: &dyn Generator,
        question: &str,
        hits: &[Hit],
        events: &mpsc::Sender<AnswerEvent>,
    ) -> Result<(String, usize), Failure> {
        let (messages, used) =
            prompt::messages(question, hits, generator, self.config.prompt_tokens, self.config.max_tokens)
                .await?;
        if used == 0 {
            return Ok((String::new(), 0));
        }
        let request = GenerationRequest {
            messages,
            max_tokens: self.config.max_tokens,
            temperature: self.config.temperature,
            seed: 0,
        };
        let (sender, mut pieces) = mpsc::channel::<String>(32);
        let collect = async {
            let mut draft = String::new();
            while let Some(text) = pieces.recv().await {
                draft.push_str(&text);
                let _ = events.send(AnswerEvent::Draft { text }).await;
            }
            draft
        };
        let (end, mut draft) = tokio::join!(generator.generate(request, sender), collect);
        if !end?.complete {
            drop_unfinished_sentence(&mut draft);
        }
        Ok((draft, used))
    }

    async fn quotes(&self, question: &str, hits: &[Hit]) -> Result<Vec<Claim>, Failure> {
        let passages: Vec<&str> = hits.iter().map(|hit| hit.chunk.text.as_str()).collect();
        let candidates = quote::candidates(&passages);
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let asked = self.embedder.embed_query(question).await?;
        let texts = candidates.iter().map(|candidate| candidate.text.clone()).collect();
        let vectors = self.embedder.embed_passages(texts).await?;
        let meaning: Vec<f32> =
            vectors.iter().map(|v| v.iter().zip(&asked).map(|(a, b)| a * b).sum()).collect();
        Ok(quote::choose(question, &candidates, &meaning))
    }
}

/// Whether true sentences also speak of what was asked: the claims with the sentences around their support must hold
/// a good part of the question's terms.
fn speaks_to(question: &str, claims: &[Claim], passages: &[&str]) -> bool {
    let says_how_much =
        !asks_for_quantity(question) || claims.iter().any(|claim| states_quantity(&claim.text));
    says_how_much && evidence::claims_cover(question, claims, passages)
}

fn drop_unfinished_sentence(draft: &mut String) {
    let end = draft
        .rfind(['.', '!', '?', '。', '\n', ']'])
        .map(|at| at + draft[at..].chars().next().map_or(0, char::len_utf8));
    draft.truncate(end.unwrap_or(0));
}

/// Leaves out what says the same as a better hit, word for word.
fn keep_first_copies(hits: &mut Vec<Hit>) {
    let mut seen = HashSet::new();
    hits.retain(|hit| seen.insert(hit.chunk.text.clone()));
}

fn citation(hit: &Hit, number: u32) -> Citation {
    Citation {
        number,
        document: hit.card.clone(),
        chunk: hit.chunk.id.clone(),
        heading_path: hit.chunk.heading_path.clone(),
        pages: hit.chunk.pages(),
        boxes: hit.chunk.boxes.clone(),
        text: hit.chunk.text.clone(),
    }
}
