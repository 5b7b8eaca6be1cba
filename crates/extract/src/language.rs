//! Whether text reads as a language, whichever. In: text. Out: a verdict with what was measured. Judges
//! each script by its own letters: how often letters follow one another in alphabets, how common syllables and their pairs
//! are in Hangul and characters in Han, and whether scripts mix within words. Numbers, codes and short texts get no verdict. Wrong mappings of
//! fonts permute letters, which these measures see and an eye for "words" in one language would not.

mod alphabets;
mod hangul;
mod pairs;
mod scripts;
mod tables;
mod words;

use unicode_normalization::UnicodeNormalization;

/// What text reads as.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Plausible,
    /// Too little of it to tell, or numbers and codes only.
    TooShort,
    /// Reads as no language: what was measured.
    Garbled(String),
}

/// Mean bits per pair of letters from which Latin letters are a jumble: texts in 34 languages lie at 3.6 to
/// 4.4, English with letters exchanged at 5.3 to 7.3.
const LATIN_BITS: f32 = 5.0;
/// The same for text that a scanner's recognition may have garbled: less bad is bad enough, as the page can
/// be read again.
const LATIN_BITS_OF_OCR: f32 = 4.7;
/// Share of accented letters among Latin ones from which they stand for others: Vietnamese has .3, and letters of
/// Cyrillic, Greek or Arabic fonts that were taken for Latin ones nearly 1.
const ACCENTED_SHARE: f32 = 0.6;
/// Share of common syllables below which Hangul is a jumble: Korean text lies above .8, lists of names
/// above .6, exchanged syllables below .35.
const HANGUL_SHARE: f32 = 0.45;
/// Share of common pairs of syllables below which Hangul is a jumble of common ones: Korean text lies above .7, lists of
/// terms above .4, lists of names at .2, exchanged syllables below .16.
const HANGUL_PAIR_SHARE: f32 = 0.17;
/// Share of common characters below which Han is a jumble: Chinese and Japanese lie above .7, characters at
/// random at .03.
const HAN_SHARE: f32 = 0.2;
/// Fewer pairs or letters of a script are no ground for a verdict.
const MIN_LATIN_PAIRS: u32 = 120;
const MIN_HANGUL: u32 = 60;
const MIN_HANGUL_PAIRS: u32 = 80;
const MIN_HAN: u32 = 60;

/// Judges text of a page.
pub fn judge(text: &str) -> Verdict {
    if let Some(found) = scripts::mixed(text) {
        return Verdict::Garbled(found);
    }
    verdict(&Letters::count(text), LATIN_BITS)
}

/// Judges text that a scanner's recognition laid under an image.
pub fn judge_recognized(text: &str) -> Verdict {
    let letters = Letters::count(text);
    /// Recognition of dirt and of pictures gives marks, hardly letters.
    const LETTER_SHARE: f32 = 0.45;
    const MIN_MARKS: u32 = 200;
    let share = letters.letters_and_digits as f32 / letters.marks.max(1) as f32;
    if letters.marks >= MIN_MARKS && share < LETTER_SHARE {
        return Verdict::Garbled(format!(
            "has {} letters and digits in 100 characters",
            (share * 100.0) as u32
        ));
    }
    let latin = letters.latin_pairs > letters.hangul + letters.han + letters.other;
    if let Some(found) = scripts::mixed(text) {
        return Verdict::Garbled(found);
    }
    if latin && let Some(found) = words::misread(text).or_else(|| words::scraps(text)) {
        return Verdict::Garbled(found);
    }
    verdict(&letters, LATIN_BITS_OF_OCR)
}

fn verdict(letters: &Letters, latin_bits: f32) -> Verdict {
    let mut judged: Vec<(u32, Option<String>)> = Vec::new();
    if letters.latin_pairs >= MIN_LATIN_PAIRS {
        let bits = letters.latin_bits / letters.latin_pairs as f32;
        let accented = letters.accented as f32 / letters.latin.max(1) as f32;
        let found = if accented > ACCENTED_SHARE {
            Some(format!("reads as no language ({:.0} % of its letters carry accents)", accented * 100.0))
        } else if bits > latin_bits {
            Some(format!("reads as no language ({bits:.1} bits a letter; languages have up to 4.4)"))
        } else {
            None
        };
        judged.push((letters.latin_pairs, found));
    }
    let mut other = letters.other;
    for alphabet in letters.alphabets.measured(MIN_LATIN_PAIRS) {
        other = other.saturating_sub(alphabet.pairs);
        judged.push((alphabet.pairs, alphabet.jumble));
    }
    let rare = |count: u32, common: u32, least: f32, name: &str| {
        let share = common as f32 / count.max(1) as f32;
        let percent = (share * 100.0) as u32;
        (share < least).then(|| format!("reads as no language ({percent} % of its {name} are common ones)"))
    };
    if letters.hangul >= MIN_HANGUL {
        let found = rare(letters.hangul, letters.common_hangul, HANGUL_SHARE, "syllables");
        let enough = letters.hangul_pairs >= MIN_HANGUL_PAIRS;
        let found = found.or_else(|| {
            let (count, common) = (letters.hangul_pairs, letters.common_hangul_pairs);
            enough.then(|| rare(count, common, HANGUL_PAIR_SHARE, "pairs of syllables")).flatten()
        });
        judged.push((letters.hangul, found));
    }
    if letters.han >= MIN_HAN {
        judged.push((letters.han, rare(letters.han, letters.common_han, HAN_SHARE, "Han characters")));
    }
    // Scripts without a measure of their own speak for the text: nothing maps to them by accident alone.
    let plausible: u32 =
        other + judged.iter().filter(|(_, found)| found.is_none()).map(|(count, _)| count).sum::<u32>();
    let garbled: u32 = judged.iter().filter(|(_, found)| found.is_some()).map(|(count, _)| count).sum();
    if judged.is_empty() && letters.other < MIN_HANGUL {
        return Verdict::TooShort;
    }
    if garbled > plausible
        && let Some(found) = judged.into_iter().filter_map(|(count, found)| Some((count, found?))).max()
    {
        return Verdict::Garbled(found.1);
    }
    Verdict::Plausible
}

/// Counts over a text.
#[derive(Default)]
struct Letters {
    latin_pairs: u32,
    /// Sum over the pairs.
    latin_bits: f32,
    hangul: u32,
    common_hangul: u32,
    /// Pairs of syllables within words.
    hangul_pairs: u32,
    common_hangul_pairs: u32,
    han: u32,
    common_han: u32,
    /// Letters of other scripts, those of `alphabets` included.
    other: u32,
    alphabets: alphabets::Pairs,
    latin: u32,
    /// Latin letters beyond those of English.
    accented: u32,
    letters_and_digits: u32,
    /// Characters that are no white space, runs of one counted once.
    marks: u32,
}

impl Letters {
    fn count(text: &str) -> Self {
        let mut out = Self::default();
        let mut before = ' ';
        for c in text.chars() {
            if !c.is_whitespace() && c != before {
                out.marks += 1;
                out.letters_and_digits += u32::from(c.is_alphanumeric());
            }
            before = c;
            match c {
                c if is_syllable(c) => {
                    out.hangul += 1;
                    out.common_hangul += u32::from(is_in(tables::HANGUL, c));
                }
                '\u{3400}'..='\u{9FFF}' => {
                    out.han += 1;
                    out.common_han += u32::from(is_in(tables::HAN, c));
                }
                c if is_latin(c) => {
                    out.latin += 1;
                    out.accented += u32::from(!c.is_ascii());
                }
                c if c.is_alphabetic() => out.other += 1,
                _ => {}
            }
        }
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            out.latin_word(word);
            out.hangul_word(word);
            out.alphabets.add(word);
        }
        out
    }

    fn hangul_word(&mut self, word: &str) {
        for (first, second) in word.chars().zip(word.chars().skip(1)) {
            if is_syllable(first) && is_syllable(second) {
                self.hangul_pairs += 1;
                self.common_hangul_pairs += u32::from(hangul::follows(first, second));
            }
        }
    }

    /// Adds the pairs of letters of a word, its edges included. Part numbers and abbreviations follow no
    /// language and are left out.
    fn latin_word(&mut self, word: &str) {
        const LONGEST_ABBREVIATION: usize = 5;
        let length = word.chars().count();
        let abbreviation =
            length <= LONGEST_ABBREVIATION && word.chars().filter(|c| c.is_uppercase()).count() > 1;
        if length < 2 || abbreviation || !word.chars().all(is_latin) {
            return;
        }
        let (count, bits) = pairs(word);
        self.latin_pairs += count;
        self.latin_bits += bits;
    }
}

/// The letters of a word as places in the table, without their accents.
fn letters(word: &str) -> impl Iterator<Item = usize> {
    word.nfd().filter_map(|c| match c.to_ascii_lowercase() {
        c @ 'a'..='z' => Some(usize::from(c as u8 - b'a') + 1),
        'ß' => Some(usize::from(b's' - b'a') + 1),
        'ø' | 'Ø' | 'œ' | 'Œ' => Some(usize::from(b'o' - b'a') + 1),
        'æ' | 'Æ' => Some(1),
        'ł' | 'Ł' => Some(usize::from(b'l' - b'a') + 1),
        'ı' => Some(usize::from(b'i' - b'a') + 1),
        _ => None,
    })
}

/// Pairs of letters of a word, its edges included, and their bits.
fn pairs(word: &str) -> (u32, f32) {
    let (mut count, mut bits, mut previous) = (0, 0.0, 0);
    for letter in letters(word).chain([0]) {
        bits += f32::from(tables::LATIN[previous][letter]) / 10.0;
        count += 1;
        previous = letter;
    }
    (count, bits)
}

fn is_syllable(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}')
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (matches!(c, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}') && c.is_alphabetic())
}

/// Whether a sorted string of characters of three bytes each holds one.
fn is_in(sorted: &str, c: char) -> bool {
    const BYTES: usize = 3;
    let mut wanted = [0; 4];
    let wanted = c.encode_utf8(&mut wanted).as_bytes();
    let (characters, _) = sorted.as_bytes().as_chunks::<BYTES>();
    characters.binary_search_by(|probe| probe.as_slice().cmp(wanted)).is_ok()
}

#[cfg(test)]
mod tests;
