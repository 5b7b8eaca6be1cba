//! Whether scripts stand within one word that no language writes together, as fonts make them whose mapping is at random. In:
//! text. Out: what was found. Latin and Greek letters stand beside any script (units, formulas, names), and the
//! scripts of East Asia beside one another.

use unicode_normalization::char::is_combining_mark;

/// Share of letters that follow one of another script from which text is a jumble: pages in some thirty languages have none
/// or, where spaces are lost, up to .02; a font with glyph numbers for characters gives .3.
const MIXED_SHARE: f32 = 0.08;
/// Letters of scripts other than Latin and Greek: fewer are no ground for a verdict.
const MIN_LETTERS: u32 = 60;

/// What is wrong with a text that mixes scripts within its words.
pub fn mixed(text: &str) -> Option<String> {
    let (mut letters, mut mixed, mut previous) = (0u32, 0u32, None);
    for c in text.chars() {
        if is_combining_mark(c) {
            continue;
        }
        let script = if c.is_alphabetic() { script(c) } else { None };
        letters += u32::from(script.is_some());
        mixed += u32::from(script.is_some() && previous.is_some() && script != previous);
        previous = script;
    }
    (letters >= MIN_LETTERS && mixed as f32 > MIXED_SHARE * letters as f32).then(|| {
        format!(
            "reads as no language ({mixed} of its {letters} letters follow one of another script in a word)"
        )
    })
}

/// Starts of scripts in order of their characters; `None` for what is written beside any script, or has no letters. The
/// same number means the same script.
const STARTS: [(u32, Option<u8>); 57] = [
    (0x0000, None),
    (0x0400, Some(1)), // Cyrillic
    (0x0530, Some(2)), // Armenian
    (0x0590, Some(3)), // Hebrew
    (0x0600, Some(4)), // Arabic
    (0x0700, Some(5)), // Syriac
    (0x0750, Some(4)),
    (0x0780, Some(6)), // Thaana
    (0x07C0, Some(7)), // N'Ko
    (0x0800, Some(8)), // Samaritan
    (0x0840, Some(9)), // Mandaic
    (0x0860, Some(5)),
    (0x0870, Some(4)),
    (0x0900, Some(10)), // Devanagari
    (0x0980, Some(11)), // Bengali
    (0x0A00, Some(12)), // Gurmukhi
    (0x0A80, Some(13)), // Gujarati
    (0x0B00, Some(14)), // Oriya
    (0x0B80, Some(15)), // Tamil
    (0x0C00, Some(16)), // Telugu
    (0x0C80, Some(17)), // Kannada
    (0x0D00, Some(18)), // Malayalam
    (0x0D80, Some(19)), // Sinhala
    (0x0E00, Some(20)), // Thai
    (0x0E80, Some(21)), // Lao
    (0x0F00, Some(22)), // Tibetan
    (0x1000, Some(23)), // Myanmar
    (0x10A0, Some(24)), // Georgian
    (0x1100, Some(EAST_ASIAN)),
    (0x1200, Some(25)), // Ethiopic
    (0x13A0, Some(26)), // Cherokee
    (0x1400, Some(27)), // Canadian syllables
    (0x1680, Some(28)), // Ogham, runes
    (0x1700, Some(29)), // Philippine scripts
    (0x1780, Some(30)), // Khmer
    (0x1800, Some(31)), // Mongolian
    (0x18B0, Some(27)),
    (0x1900, Some(32)), // Limbu, Tai
    (0x1A00, None),
    (0x1C90, Some(24)),
    (0x1CC0, None),
    (0x2C00, Some(33)), // Glagolitic
    (0x2C60, None),
    (0x2D00, Some(24)),
    (0x2D30, Some(34)), // Tifinagh
    (0x2D80, Some(25)),
    (0x2DE0, Some(1)),
    (0x2E00, None),
    (0x2E80, Some(EAST_ASIAN)),
    (0xA000, Some(35)), // Yi, Lisu, Vai
    (0xA640, Some(1)),
    (0xA6A0, None),
    (0xAC00, Some(EAST_ASIAN)),
    (0xD800, None),
    (0xF900, Some(EAST_ASIAN)),
    (0xFB00, None),
    (0x20000, Some(EAST_ASIAN)),
];
const EAST_ASIAN: u8 = 0;

/// The script of a letter; `None` for those that stand beside any other. Forms that letters have for printing alone have
/// none either: reading resolves them.
fn script(c: char) -> Option<u8> {
    let after = STARTS.partition_point(|(start, _)| *start <= u32::from(c));
    STARTS.get(after.checked_sub(1)?)?.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_in_order() {
        assert!(STARTS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(script('я'), script('ѣ'));
        assert_eq!(script('a'), None);
        assert_eq!(script('한'), script('漢'));
        assert_ne!(script('ا'), script('א'));
    }

    #[test]
    fn scripts_within_words_are_a_jumble() {
        let jumble = "ຊا࠘᧽䋔ٱ او 䆀ឮᑽٱ 㶜ຝ䆀䩱 Ӓا㦇 ㈉䗂ᜯ䜫 ور石ᄹ㈉ⰰẍو䆀ى ";
        assert!(mixed(&jumble.repeat(4)).is_some());
        assert_eq!(mixed(jumble), None, "too little of it");
        for text in [
            "USB케이블 10μm級の研磨 ガラス基板을 使用한다 ",
            "Все люди рождаются свободными. جميع الناس أحرار. すべての人間は自由である ",
            "ทุกคนมีสิทธิ सभी मनुष्यों को जन्म Բոլոր մարդիկ ",
        ] {
            assert_eq!(mixed(&text.repeat(20)), None, "{text}");
        }
    }
}
