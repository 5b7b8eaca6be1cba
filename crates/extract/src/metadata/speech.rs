//! The language of a document: by script where a script decides, else by whatlang's trigrams. In: what the
//! file states and a sample of its text. Out: ISO 639-1. A stated language gives way where the text is
//! plainly another: authors copy templates.

use pagemill_document::{Field, Origin};
use whatlang::Lang;

/// Letters below which a text proves nothing.
const ENOUGH_LETTERS: usize = 40;

pub fn language(stated: Option<&str>, sample: &str) -> Option<Field<String>> {
    let stated = stated.and_then(|s| {
        let primary = s.trim().split(['-', '_']).next()?.to_lowercase();
        (primary.len() == 2 && primary.bytes().all(|b| b.is_ascii_lowercase())).then_some(primary)
    });
    let found = detect(sample);
    match (stated, found) {
        (Some(stated), Some((found, sure))) if stated != found && sure => {
            Some(Field { value: found.to_owned(), origin: Origin::Text })
        }
        (Some(stated), _) => Some(Field { value: stated, origin: Origin::File }),
        (None, Some((found, _))) => Some(Field { value: found.to_owned(), origin: Origin::Text }),
        (None, None) => None,
    }
}

/// The language and whether it is beyond doubt.
fn detect(sample: &str) -> Option<(&'static str, bool)> {
    let (mut hangul, mut kana, mut han, mut other) = (0usize, 0usize, 0usize, 0usize);
    for c in sample.chars() {
        match c {
            '\u{ac00}'..='\u{d7a3}' => hangul += 1,
            '\u{3040}'..='\u{30ff}' => kana += 1,
            '\u{4e00}'..='\u{9fff}' => han += 1,
            c if c.is_alphabetic() => other += 1,
            _ => {}
        }
    }
    let all = hangul + kana + han + other;
    if all < ENOUGH_LETTERS {
        return None;
    }
    // A syllable block holds two to three letters, so Korean reports full of English names stay Korean.
    if hangul * 5 >= all {
        return Some(("ko", hangul * 2 >= all));
    }
    if kana * 10 >= all {
        return Some(("ja", kana * 5 >= all));
    }
    if han * 3 >= all {
        return Some(("zh", han * 2 >= all));
    }
    let info = whatlang::detect(sample)?;
    let code = code(info.lang())?;
    Some((code, info.is_reliable() && all >= 400))
}

fn code(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Epo => "eo",
        Lang::Ben => "bn",
        Lang::Cym => "cy",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_decides_where_it_is_plain() {
        let korean =
            "이 계약은 서명한 날부터 효력이 발생하며 당사자는 이를 성실히 이행하여야 한다. ".repeat(4);
        let english =
            "The parties shall perform this agreement in good faith from the day it is signed. ".repeat(8);
        let check = |stated, text: &str, expected: Option<(&str, Origin)>| {
            let found = language(stated, text);
            assert_eq!(found.as_ref().map(|f| (f.value.as_str(), f.origin)), expected);
        };
        check(None, &korean, Some(("ko", Origin::Text)));
        check(Some("en-US"), &korean, Some(("ko", Origin::Text)));
        check(Some("en-US"), &english, Some(("en", Origin::File)));
        check(None, &english, Some(("en", Origin::Text)));
        check(None, "1234", None);
    }
}
