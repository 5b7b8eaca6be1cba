//! One conversation: what the model has yet to read, what it wrote, and who listens. In: a prompt, then the tokens that the
//! model picks. Out: pieces of text, and the end.

use super::stream::TextStream;
use super::vocabulary::Vocabulary;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use pagemill_pipeline::{Failure, GenerationEnd};
use tokio::sync::{mpsc, oneshot};

/// What to write on.
pub struct Prompt {
    pub tokens: Vec<LlamaToken>,
    pub max_tokens: usize,
    pub temperature: f32,
    pub seed: u32,
}

/// A prompt, and who waits for what is written on it.
pub struct Job {
    pub prompt: Prompt,
    /// With a place for each token: the model waits for nobody.
    pub pieces: mpsc::Sender<String>,
    pub end: oneshot::Sender<Result<GenerationEnd, Failure>>,
}

impl Job {
    /// The way for the pieces of a prompt: one a token at most, and what is left at the end.
    pub fn pieces(prompt: &Prompt) -> (mpsc::Sender<String>, mpsc::Receiver<String>) {
        mpsc::channel(prompt.max_tokens + 1)
    }
}

/// A conversation that the model holds.
pub struct Conversation {
    /// Its number in the model's memory.
    pub sequence: u32,
    /// What the model reads next: of the prompt, or the token it picked last.
    unread: std::vec::IntoIter<LlamaToken>,
    /// Tokens read.
    pub position: i32,
    picker: Picker,
    text: TextStream,
    max_tokens: usize,
    so_far: GenerationEnd,
    has_ended: bool,
    pieces: mpsc::Sender<String>,
    end: oneshot::Sender<Result<GenerationEnd, Failure>>,
}

impl Conversation {
    pub fn begin(Job { prompt, pieces, end }: Job, sequence: u32, vocabulary: &Vocabulary) -> Self {
        Self {
            sequence,
            position: 0,
            picker: Picker::new(prompt.temperature, prompt.seed),
            text: TextStream::new(vocabulary.format.ends_at_blank_line()),
            max_tokens: prompt.max_tokens,
            so_far: GenerationEnd {
                prompt_tokens: prompt.tokens.len(),
                generated_tokens: 0,
                complete: false,
            },
            has_ended: prompt.max_tokens == 0,
            unread: prompt.tokens.into_iter(),
            pieces,
            end,
        }
    }

    /// Whether it has written something already; it then reads one token at a time.
    pub fn writes(&self) -> bool {
        self.so_far.generated_tokens > 0
    }

    /// Whether it has come to its end, or nobody listens any more.
    pub fn is_over(&self) -> bool {
        self.has_ended || self.pieces.is_closed() || self.end.is_closed()
    }

    /// Up to `most` tokens that are to be read next, each with its position, and whether it is the last one.
    pub fn read(&mut self, most: usize) -> impl Iterator<Item = (LlamaToken, i32, bool)> {
        let count = most.min(self.unread.len());
        let is_rest = count == self.unread.len();
        let begin = self.position;
        self.position += count as i32;
        (begin..)
            .zip(self.unread.by_ref().take(count))
            .enumerate()
            .map(move |(number, (position, token))| (token, position, is_rest && number + 1 == count))
    }

    /// Goes on with the token that the model's `row`-th output gives.
    pub fn go_on(&mut self, context: &LlamaContext<'_>, row: i32, vocabulary: &Vocabulary) {
        let token = self.picker.pick(context, row);
        if vocabulary.is_end(token) {
            self.complete();
            return;
        }
        self.so_far.generated_tokens += 1;
        let piece = self.text.push(&vocabulary.bytes(token));
        self.send(piece);
        if self.text.has_ended() {
            self.complete();
        } else if self.so_far.generated_tokens == self.max_tokens {
            self.has_ended = true;
        } else {
            self.unread = vec![token].into_iter();
        }
    }

    /// Tells the end to whoever listens.
    pub fn finish(mut self) {
        if self.has_ended {
            let rest = self.text.finish();
            self.send(rest);
        }
        let Self { pieces, end, so_far, .. } = self;
        // First the pieces' end: who reads them to their end must not wait for anything else.
        drop(pieces);
        let _ = end.send(Ok(so_far));
    }

    /// Tells why it cannot go on.
    pub fn fail(self, failure: Failure) {
        let _ = self.end.send(Err(failure));
    }

    fn complete(&mut self) {
        self.so_far.complete = true;
        self.has_ended = true;
    }

    fn send(&self, piece: String) {
        if !piece.is_empty() {
            // There is a place for each; who has gone is noticed before the next token.
            let _ = self.pieces.try_send(piece);
        }
    }
}

/// How the next token is chosen.
enum Picker {
    /// The likeliest.
    Greedy,
    Chance(LlamaSampler),
}

impl Picker {
    fn new(temperature: f32, seed: u32) -> Self {
        if temperature <= 0.0 {
            return Self::Greedy;
        }
        Self::Chance(LlamaSampler::chain_simple([
            LlamaSampler::top_k(40),
            LlamaSampler::top_p(0.95, 1),
            LlamaSampler::temp(temperature),
            LlamaSampler::dist(seed),
        ]))
    }

    fn pick(&mut self, context: &LlamaContext<'_>, row: i32) -> LlamaToken {
        match self {
            // llama.cpp's own copies the whole vocabulary into a list for each token of each conversation.
            Self::Greedy => LlamaToken(likeliest(context.get_logits_ith(row))),
            Self::Chance(sampler) => sampler.sample(context, row),
        }
    }
}

/// The first of the largest.
fn likeliest(logits: &[f32]) -> i32 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    logits.iter().position(|logit| *logit == largest).unwrap_or_default() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_is_the_first_of_the_largest() {
        assert_eq!(likeliest(&[-3.0, 2.5, f32::NAN, 2.5, -9.0]), 1);
        assert_eq!(likeliest(&[f32::NEG_INFINITY, -7.0]), 1);
        assert_eq!(likeliest(&[f32::NAN]), 0, "a broken model gives some token, not a panic");
    }
}
