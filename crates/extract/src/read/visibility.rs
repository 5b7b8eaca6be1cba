//! Which words a reader of the page sees. In: the words of a page and what it paints. Out: visible
//! words, the words of a hidden layer over an image (as scanners add them), and counts of those that
//! were dropped: off the page, in white on white, too small to read, or invisible without an image.

use super::paint::{Painted, is_white};
use super::words::ReadWord;

/// Words by how they are seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SortedWords {
    pub visible: Vec<ReadWord>,
    /// Invisible words over an image.
    pub hidden_layer: Vec<ReadWord>,
    pub off_page: u32,
    pub white: u32,
    pub tiny: u32,
    pub invisible: u32,
    /// Words in stream order: whether each kept one comes from the hidden layer.
    order: Vec<bool>,
}

/// Nobody reads ink that is lower than this, in points.
const TINY_POINTS: f32 = 0.8;

/// Sorts words by how they are seen; `size` is that of the page.
pub fn sort(words: Vec<ReadWord>, painted: &Painted, size: (f32, f32)) -> SortedWords {
    let mut out = SortedWords::default();
    for word in words {
        let (x, y) = word.word.bbox.center();
        if x < 0.0 || y < 0.0 || x > size.0 || y > size.1 {
            out.off_page += 1;
        } else if word.word.size < TINY_POINTS && word.ink.height() < TINY_POINTS {
            out.tiny += 1;
        } else if word.invisible {
            if painted.images.iter().any(|image| image.bbox.contains_point(x, y)) {
                out.hidden_layer.push(word);
                out.order.push(true);
            } else {
                out.invisible += 1;
            }
        } else if is_white(word.word.color) && !painted.inked.iter().any(|r| r.contains_point(x, y)) {
            out.white += 1;
        } else {
            out.visible.push(word);
            out.order.push(false);
        }
    }
    out
}

impl SortedWords {
    /// What was dropped, in words.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        [
            (self.off_page, "lie outside the page"),
            (self.white, "are white on white"),
            (self.tiny, "are too small to read"),
            (self.invisible, "are invisible"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} words were left out because they {what}"))
    }

    /// All words that were kept, in stream order.
    pub fn into_kept(self) -> Vec<ReadWord> {
        let (mut visible, mut hidden) = (self.visible.into_iter(), self.hidden_layer.into_iter());
        self.order
            .into_iter()
            .filter_map(|layer| if layer { hidden.next() } else { visible.next() })
            .collect()
    }
}
