//! How well letters of alphabets other than Latin follow one another: a font with a wrong mapping exchanges them. In:
//! words. Out: for each alphabet its pairs of letters and their bits. Says nothing of alphabets that it has no table for.

use super::pairs;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A table of pairs, and from where on letters are a jumble.
struct Alphabet {
    name: &'static str,
    /// Of the script; letters of other languages in it have no place in the table.
    range: std::ops::RangeInclusive<char>,
    letters: &'static str,
    /// Rows of `letters` and the word's edge.
    pairs: &'static [u8],
    /// Letters of a word; longer ones are words written together, in which edges are lost.
    longest: usize,
    /// Mean bits a pair.
    jumble: f32,
}

/// Texts lie at 3.4 to 4.7 bits; with letters exchanged at 6.0 to 8.3.
const ALPHABETS: [Alphabet; COUNT] = [
    Alphabet {
        name: "Cyrillic",
        range: '\u{400}'..='\u{52F}',
        letters: pairs::CYRILLIC_LETTERS,
        pairs: pairs::CYRILLIC,
        longest: 20,
        jumble: 6.0,
    },
    Alphabet {
        name: "Greek",
        range: '\u{370}'..='\u{3FF}',
        letters: pairs::GREEK_LETTERS,
        pairs: pairs::GREEK,
        longest: 20,
        jumble: 5.6,
    },
    Alphabet {
        name: "Hebrew",
        range: '\u{590}'..='\u{5FF}',
        letters: pairs::HEBREW_LETTERS,
        pairs: pairs::HEBREW,
        longest: 20,
        jumble: 5.6,
    },
    Alphabet {
        name: "Arabic",
        range: '\u{600}'..='\u{6FF}',
        letters: pairs::ARABIC_LETTERS,
        pairs: pairs::ARABIC,
        longest: 8,
        jumble: 6.0,
    },
];
const COUNT: usize = 4;

/// Pairs of letters of each alphabet.
#[derive(Default)]
pub struct Pairs([Sum; COUNT]);

#[derive(Clone, Copy, Default)]
struct Sum {
    pairs: u32,
    bits: f32,
}

/// What an alphabet's letters came to.
pub struct Measured {
    pub pairs: u32,
    /// What was found, where they are a jumble.
    pub jumble: Option<String>,
}

impl Pairs {
    /// Adds a word, its edges included, where it is all of one alphabet.
    pub fn add(&mut self, word: &str) {
        for (alphabet, sum) in ALPHABETS.iter().zip(&mut self.0) {
            if word.chars().all(|c| alphabet.range.contains(&c))
                && word.chars().nth(alphabet.longest).is_none()
                && let Some(found) = alphabet.measure(word)
            {
                sum.pairs += found.pairs;
                sum.bits += found.bits;
            }
        }
    }

    /// The alphabets with at least so many pairs.
    pub fn measured(&self, least: u32) -> impl Iterator<Item = Measured> {
        ALPHABETS.iter().zip(&self.0).filter(move |(_, sum)| sum.pairs >= least).map(|(alphabet, sum)| {
            let bits = sum.bits / sum.pairs as f32;
            let found =
                || format!("reads as no language ({bits:.1} bits a letter in {} letters)", alphabet.name);
            Measured { pairs: sum.pairs, jumble: (bits > alphabet.jumble).then(found) }
        })
    }
}

impl Alphabet {
    /// `None` for a word with letters that are not in the table, and for one letter alone.
    fn measure(&self, word: &str) -> Option<Sum> {
        let edge = [Some(0)];
        let letters = word.nfd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c));
        let places = letters.map(|c| self.letters.chars().position(|letter| letter == c).map(|at| at + 1));
        let size = self.letters.chars().count() + 1;
        let (mut previous, mut sum) = (0, Sum::default());
        for place in places.chain(edge) {
            let place = place?;
            sum.bits += f32::from(*self.pairs.get(previous * size + place)?) / 10.0;
            sum.pairs += 1;
            previous = place;
        }
        (sum.pairs > 2).then_some(sum)
    }
}
