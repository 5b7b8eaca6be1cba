//! The Unigram model of `tokenizers`, in a twentieth of its memory. In: a word. Out: its best cut into pieces, the same as
//! that crate's (`encode_optimized`, after SentencePiece's `unigram_model.cc`). Its trie of hash maps takes 283 MiB and
//! a second to build for the 250,002 pieces of XLM-RoBERTa; this one is three arrays.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tokenizers::models::unigram::UnigramTrainer;
use tokenizers::{Model, Result, Token};

/// What is lost by a character that no piece covers, below the worst piece.
const UNKNOWN_PENALTY: f64 = 10.0;
const NO_PIECE: u32 = u32::MAX;

/// Pieces, their scores, and the cut that scores best.
pub struct Unigram {
    trie: Trie,
    scores: Vec<f64>,
    unknown_id: u32,
    unknown_score: f64,
}

impl Unigram {
    /// From pieces with the logarithms of their probabilities; a piece's id is its place.
    pub fn new(pieces: &[(String, f64)], unknown_id: u32) -> Self {
        let scores: Vec<f64> = pieces.iter().map(|(_, score)| *score).collect();
        let worst = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let trie = Trie::new(pieces.iter().map(|(piece, _)| piece.as_bytes()));
        Self { trie, scores, unknown_id, unknown_score: worst - UNKNOWN_PENALTY }
    }

    /// Ids and ends of the pieces of the best cut, from last to first; unknown characters one by one.
    fn cut_backwards(&self, text: &str) -> Vec<(u32, std::ops::Range<usize>)> {
        let mut ends = vec![Step::UNREACHED; text.len() + 1];
        ends[0].score = 0.0;
        for (start, character) in text.char_indices() {
            let so_far = ends[start].score;
            let width = character.len_utf8();
            let mut covered = false;
            self.trie.for_each_prefix(&text.as_bytes()[start..], |length, id| {
                ends[start + length].offer(so_far + self.scores[id as usize], start, id);
                covered |= length == width;
            });
            if !covered {
                ends[start + width].offer(so_far + self.unknown_score, start, self.unknown_id);
            }
        }
        let mut cut = Vec::new();
        let mut end = text.len();
        while end > 0 {
            let Step { start, id, .. } = ends[end];
            cut.push((id, start as usize..end));
            end = start as usize;
        }
        cut
    }
}

/// The best way to get to a place in the text.
#[derive(Clone, Copy)]
struct Step {
    score: f64,
    start: u32,
    id: u32,
}

impl Step {
    const UNREACHED: Self = Self { score: f64::NEG_INFINITY, start: u32::MAX, id: 0 };

    fn offer(&mut self, score: f64, start: usize, id: u32) {
        if self.start == u32::MAX || score > self.score {
            *self = Self { score, start: start as u32, id };
        }
    }
}

impl Model for Unigram {
    type Trainer = UnigramTrainer;

    fn tokenize(&self, text: &str) -> Result<Vec<Token>> {
        let mut tokens: Vec<Token> = Vec::new();
        for (id, range) in self.cut_backwards(text) {
            match tokens.last_mut() {
                // Unknown characters in a row are one token.
                Some(next) if id == self.unknown_id && next.id == id => next.offsets.0 = range.start,
                // The text of a token is of no use to its callers here, and an allocation each.
                _ => tokens.push(Token::new(id, String::new(), (range.start, range.end))),
            }
        }
        tokens.reverse();
        Ok(tokens)
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        let mut found = None;
        self.trie.for_each_prefix(token.as_bytes(), |length, id| {
            if length == token.len() {
                found = Some(id);
            }
        });
        found
    }

    fn id_to_token(&self, _id: u32) -> Option<String> {
        None
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        HashMap::new()
    }

    fn get_vocab_size(&self) -> usize {
        self.scores.len()
    }

    fn save(&self, _folder: &Path, _prefix: Option<&str>) -> Result<Vec<PathBuf>> {
        Err("only for reading".into())
    }

    fn get_trainer(&self) -> UnigramTrainer {
        UnigramTrainer::default()
    }
}

/// A trie in breadth-first order: the children of node `n` are the nodes `first_child[n]..first_child[n + 1]`, sorted by
/// their bytes.
struct Trie {
    first_child: Vec<u32>,
    byte: Vec<u8>,
    piece: Vec<u32>,
}

impl Trie {
    fn new<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut sorted: Vec<(&[u8], u32)> = (0..).zip(pieces).map(|(id, piece)| (piece, id)).collect();
        // Of the same piece twice, the later id wins, as in a map filled in order.
        sorted.sort_by_key(|(piece, id)| (*piece, std::cmp::Reverse(*id)));
        sorted.dedup_by_key(|(piece, _)| *piece);
        let mut trie = Self { first_child: Vec::new(), byte: vec![0], piece: vec![NO_PIECE] };
        // Each node is the range of the pieces that begin with it; nodes are visited in the order they were added.
        let mut level: Vec<_> = std::iter::once(0..sorted.len()).collect();
        let mut depth = 0;
        while !level.is_empty() {
            let mut below = Vec::new();
            for mut range in level {
                trie.first_child.push(trie.byte.len() as u32);
                // The piece that ends here was given to its node when that was added.
                if sorted[range.start].0.len() == depth {
                    range.start += 1;
                }
                for child in sorted[range.clone()].chunk_by(|(a, _), (b, _)| a[depth] == b[depth]) {
                    let (first, id) = child[0];
                    trie.byte.push(first[depth]);
                    trie.piece.push(if first.len() == depth + 1 { id } else { NO_PIECE });
                    below.push(range.start..range.start + child.len());
                    range.start += child.len();
                }
            }
            level = below;
            depth += 1;
        }
        trie.first_child.push(trie.byte.len() as u32);
        trie
    }

    /// Calls with length and id of each piece that the text begins with, shortest first.
    fn for_each_prefix(&self, text: &[u8], mut found: impl FnMut(usize, u32)) {
        let mut node = 0;
        for (at, byte) in text.iter().enumerate() {
            let children = self.first_child[node] as usize..self.first_child[node + 1] as usize;
            let Ok(child) = self.byte[children.clone()].binary_search(byte) else { return };
            node = children.start + child;
            if self.piece[node] != NO_PIECE {
                found(at + 1, self.piece[node]);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    const PIECES: [(&str, f64); 12] = [
        ("<unk>", 0.0),
        ("a", 0.0),
        ("b", 0.0),
        ("c", 0.0),
        ("d", 0.0),
        ("cd", 1.0),
        ("ab", 2.0),
        ("abc", 5.0),
        ("abcd", 10.0),
        ("한", 0.0),
        ("한국", 3.0),
        ("국", -1.0),
    ];

    #[test]
    fn cuts_as_the_reference_does() {
        let pieces: Vec<(String, f64)> =
            PIECES.iter().map(|(piece, score)| ((*piece).to_owned(), *score)).collect();
        let reference = tokenizers::models::unigram::Unigram::from(pieces.clone(), Some(0), false).unwrap();
        let ours = Unigram::new(&pieces, 0);
        for text in ["abcdacdxx", "abcd", "xabcx", "한국한", "한 국x한국", "국국국", "xyz", "a\u{1F600}b", ""]
        {
            let ids = |tokens: Vec<Token>| tokens.iter().map(|t| (t.id, t.offsets)).collect::<Vec<_>>();
            assert_eq!(ids(ours.tokenize(text).unwrap()), ids(reference.tokenize(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn finds_pieces_by_name() {
        let pieces: Vec<(String, f64)> =
            PIECES.iter().map(|(piece, score)| ((*piece).to_owned(), *score)).collect();
        let ours = Unigram::new(&pieces, 0);
        assert_eq!(ours.token_to_id("한국"), Some(10));
        assert_eq!(ours.token_to_id("abc"), Some(7));
        assert_eq!(ours.token_to_id("bc"), None);
    }
}
