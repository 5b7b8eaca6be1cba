//! The script that a text is written in, as far as search has to know it: texts in Hangul and all others. In: a question or a
//! passage. Out: its script. Tells scripts, never languages: what is not Hangul may be any of them.

/// Scripts that search keeps apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Script {
    Hangul,
    Other,
}

impl Script {
    pub const ALL: [Self; 2] = [Self::Hangul, Self::Other];

    /// The script of most words. A word with one syllable of Hangul is a Korean word: Korean hangs its endings on
    /// foreign names, and a Korean question full of them stays one. Figures and marks belong to neither.
    pub fn of(text: &str) -> Self {
        let (mut hangul, mut other) = (0_usize, 0_usize);
        for word in text.split_whitespace() {
            if word.chars().any(is_hangul) {
                hangul += 1;
            } else if word.chars().any(char::is_alphabetic) {
                other += 1;
            }
        }
        if hangul > 0 && hangul >= other { Self::Hangul } else { Self::Other }
    }
}

/// Syllables and jamo, also those of compatibility.
fn is_hangul(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Script) {
        assert_eq!(Script::of(text), expected, "{text}");
    }

    #[test]
    fn most_words_decide() {
        check("연차휴가는 며칠입니까?", Script::Hangul);
        check("How many days of leave are there?", Script::Other);
        check("Northwind Health Plus에서 코페이가 뭔가요?", Script::Hangul);
        check("What does 연차 mean in the regulations?", Script::Other);
        check("휴가 leave", Script::Hangul);
        check("有給休暇は何日ありますか", Script::Other);
        check("1,284.6 (2025) — 15 %", Script::Other);
        check("", Script::Other);
    }
}
