//! What glyphs read as, in Unicode that searches and models understand: NFC, ligatures as letters,
//! Hangul jamo as syllables, accents on their letters. Pure functions of text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::compose;

/// Appends a character as text, taking apart what is one glyph but several letters.
pub fn push(text: &mut String, c: char) {
    match c {
        'ﬀ' => text.push_str("ff"),
        'ﬁ' => text.push_str("fi"),
        'ﬂ' => text.push_str("fl"),
        'ﬃ' => text.push_str("ffi"),
        'ﬄ' => text.push_str("ffl"),
        'ﬅ' | 'ﬆ' => text.push_str("st"),
        // Three dots set as one glyph: who searches types three.
        '…' => text.push_str("..."),
        // Zero-width marks and byte order marks carry nothing.
        '\u{200B}' | '\u{FEFF}' | '\u{2060}' => {}
        '\u{2010}' | '\u{2011}' => text.push('-'),
        c => text.push(c),
    }
}

/// NFC, with Hangul letters of the compatibility block joined to syllables where they were set apart.
pub fn tidy(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    if text.chars().any(is_compatibility_jamo) {
        join_jamo(text).nfc().collect()
    } else {
        text.nfc().collect()
    }
}

/// Unmapped by its text: private use, U+FFFD, unassigned planes.
pub fn maps_to_nothing(c: char) -> bool {
    matches!(c, char::REPLACEMENT_CHARACTER | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Hebrew, Arabic and their presentation forms.
pub fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}')
}

/// The one character that a base and an accent, drawn over each other in either order, make; only for
/// accents of their own (spacing) kind, as typesetting systems with old fonts set them.
pub fn accent_over(first: char, second: char) -> Option<char> {
    match (combining(first), combining(second)) {
        (Some(mark), None) => compose(undotted(second), mark),
        (None, Some(mark)) => compose(undotted(first), mark),
        _ => None,
    }
}

fn combining(spacing: char) -> Option<char> {
    Some(match spacing {
        '`' => '\u{300}',
        '´' => '\u{301}',
        'ˆ' | '^' => '\u{302}',
        '˜' => '\u{303}',
        '¯' | 'ˉ' => '\u{304}',
        '˘' => '\u{306}',
        '˙' => '\u{307}',
        '¨' => '\u{308}',
        '˚' => '\u{30A}',
        '˝' => '\u{30B}',
        'ˇ' => '\u{30C}',
        '¸' => '\u{327}',
        '˛' => '\u{328}',
        _ => return None,
    })
}

fn undotted(c: char) -> char {
    match c {
        'ı' => 'i',
        'ȷ' => 'j',
        c => c,
    }
}

fn is_compatibility_jamo(c: char) -> bool {
    matches!(c, '\u{3131}'..='\u{3163}')
}

/// Joins compatibility jamo (ㅎㅏㄴ) to syllables (한) where a consonant, a vowel and perhaps a final
/// consonant follow one another. A lone letter stays as it is: it is meant.
fn join_jamo(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < letters.len() {
        let pair = (leading(letters[i]), letters.get(i + 1).copied().and_then(vowel));
        let (Some(lead), Some(vowel_index)) = pair else {
            out.push(letters[i]);
            i += 1;
            continue;
        };
        let next_is_vowel = letters.get(i + 3).copied().and_then(vowel).is_some();
        let tail = letters.get(i + 2).copied().and_then(trailing).filter(|_| !next_is_vowel);
        let code = 0xAC00 + (lead * 21 + vowel_index) * 28 + tail.unwrap_or(0);
        out.extend(char::from_u32(code));
        i += if tail.is_some() { 3 } else { 2 };
    }
    out
}

const LEADING: &str = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const TRAILING: &str = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

fn leading(c: char) -> Option<u32> {
    LEADING.chars().position(|l| l == c).map(|i| i as u32)
}

fn vowel(c: char) -> Option<u32> {
    matches!(c, 'ㅏ'..='ㅣ').then(|| c as u32 - 'ㅏ' as u32)
}

fn trailing(c: char) -> Option<u32> {
    TRAILING.chars().position(|t| t == c).map(|i| i as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(glyphs: &str, expected: &str) {
        let mut text = String::new();
        glyphs.chars().for_each(|c| push(&mut text, c));
        assert_eq!(tidy(&text), expected);
    }

    #[test]
    fn text_is_composed() {
        check("eﬃcient ﬁle", "efficient file");
        check("re\u{301}sume\u{301}", "résumé");
        check("\u{1112}\u{1161}\u{11AB}글", "한글");
        check("ㅎㅏㄴㄱㅡㄹ", "한글");
        check("ㅇㅏㄴㅣ", "아니");
        check("ㄱ) 항목", "ㄱ) 항목");
        check("ㅋㅋㅋ", "ㅋㅋㅋ");
        check("zero\u{200B}width", "zerowidth");
        check("and so on…", "and so on...");
    }

    #[test]
    fn accents_join_their_letters() {
        assert_eq!(accent_over('´', 'e'), Some('é'));
        assert_eq!(accent_over('u', '¨'), Some('ü'));
        assert_eq!(accent_over('´', 'ı'), Some('í'));
        assert_eq!(accent_over('a', 'b'), None);
        assert_eq!(accent_over('x', '¸'), None);
    }
}
