//! Strings and dates as PDF writes them. In: objects and raw strings. Out: tidy text, RFC 3339 dates.

use encoding_rs::{EUC_KR, Encoding, SHIFT_JIS, UTF_16BE, UTF_16LE};
use lopdf::Object;
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};
use unicode_normalization::UnicodeNormalization;

/// Longer values are cut: no title or name needs more.
const MAX_CHARACTERS: usize = 2_000;
const MAX_KEYWORDS: usize = 200;

/// A text string (ISO 32000-2, 7.9.2.2) or a name, tidied; `None` where nothing is left.
pub fn string(object: &Object) -> Option<String> {
    match object {
        Object::String(bytes, _) => tidy(&decode(bytes)),
        Object::Name(bytes) => tidy(&String::from_utf8_lossy(bytes)),
        _ => None,
    }
}

/// Decodes by byte order mark; without one as UTF-8 where it is that, as Korean or Japanese where the bytes
/// only make sense so (producers write their system's encoding), else as PDFDocEncoding.
pub fn decode(bytes: &[u8]) -> String {
    let marked: Option<(&'static Encoding, usize)> = match bytes {
        [0xFE, 0xFF, ..] => Some((UTF_16BE, 2)),
        [0xFF, 0xFE, ..] => Some((UTF_16LE, 2)),
        [0xEF, 0xBB, 0xBF, ..] => Some((encoding_rs::UTF_8, 3)),
        _ => None,
    };
    if let Some((encoding, mark)) = marked {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    for (encoding, own) in [(EUC_KR, is_hangul as fn(char) -> bool), (SHIFT_JIS, is_japanese)] {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            let foreign: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
            // Western letters with accents stand alone among ASCII and make no run of the script.
            if foreign.len() >= 2 && foreign.iter().all(|&c| own(c)) {
                return text.into_owned();
            }
        }
    }
    bytes.iter().map(|&byte| pdf_doc(byte)).collect()
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{3131}'..='\u{318E}' | '\u{3000}'..='\u{303F}' | '·' | '\u{2010}'..='\u{203B}')
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}')
}

/// PDFDocEncoding (ISO 32000-2, annex D.3).
fn pdf_doc(byte: u8) -> char {
    const FROM_0X18: &str = "˘ˇˆ˙˝˛˚˜";
    const FROM_0X80: &str = "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž";
    match byte {
        0x18..=0x1F => FROM_0X18.chars().nth(usize::from(byte - 0x18)).unwrap_or(' '),
        0x80..=0x9E => FROM_0X80.chars().nth(usize::from(byte - 0x80)).unwrap_or(' '),
        0xA0 => '€',
        _ => char::from(byte),
    }
}

/// NFC, white space and control characters to single spaces, cut; `None` where nothing is left.
pub fn tidy(text: &str) -> Option<String> {
    let text: String =
        text.nfc().take(MAX_CHARACTERS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let tidied = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!tidied.is_empty()).then_some(tidied)
}

/// A list of keywords: set apart by semicolons where there are any, else by commas.
pub fn keywords(list: &str) -> Vec<String> {
    let separator = if list.contains(';') { ';' } else { ',' };
    let mut out: Vec<String> = Vec::new();
    for word in list.split(separator).filter_map(tidy) {
        if !out.contains(&word) && out.len() < MAX_KEYWORDS {
            out.push(word);
        }
    }
    out
}

/// `D:YYYYMMDDHHmmSSOHH'mm'` (ISO 32000-2, 7.9.4) or an ISO 8601 date as RFC 3339; what is left out is the
/// earliest, and the offset UTC. `None` where it is no date.
pub fn date(text: &str) -> Option<String> {
    if let Ok(date) = OffsetDateTime::parse(text, &Rfc3339) {
        return date.format(&Rfc3339).ok();
    }
    let text = text.trim().strip_prefix("D:").unwrap_or(text.trim());
    // The digits of date and time, whatever stands between them, then the offset.
    let offset_at = text
        .char_indices()
        .skip(8)
        .find(|&(i, c)| {
            matches!(c, 'Z' | 'z' | '+')
                || c == '-' && text[..i].bytes().filter(u8::is_ascii_digit).count() >= 8
        })
        .map_or(text.len(), |(i, _)| i);
    let digits: String = text[..offset_at].chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, length: usize, default: u16| match digits.get(from..from + length) {
        Some(part) => part.parse().ok(),
        None => Some(default),
    };
    let year = digits.get(..4)?.parse().ok()?;
    let month = Month::try_from(u8::try_from(part(4, 2, 1)?).ok()?).ok()?;
    let day = u8::try_from(part(6, 2, 1)?).ok()?;
    let [hour, minute, second] = [part(8, 2, 0)?, part(10, 2, 0)?, part(12, 2, 0)?].map(|v| v.min(255) as u8);
    let moment = PrimitiveDateTime::new(
        Date::from_calendar_date(year, month, day).ok()?,
        Time::from_hms(hour, minute, second.min(59)).ok()?,
    );
    moment.assume_offset(offset(&text[offset_at..])).format(&Rfc3339).ok()
}

/// `+09'00'`, `-0500`, `Z`; UTC where it makes no sense.
fn offset(text: &str) -> UtcOffset {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<i8>().ok()).unwrap_or(0);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    UtcOffset::from_hms(sign * part(0), sign * part(2), 0).unwrap_or(UtcOffset::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_date(text: &str, expected: Option<&str>) {
        assert_eq!(date(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn dates_become_rfc_3339() {
        check_date("D:20240131142530+09'00'", Some("2024-01-31T14:25:30+09:00"));
        check_date("D:20240131142530Z", Some("2024-01-31T14:25:30Z"));
        check_date("D:20240131142530-05'30'", Some("2024-01-31T14:25:30-05:30"));
        check_date("D:2024", Some("2024-01-01T00:00:00Z"));
        check_date("20240131", Some("2024-01-31T00:00:00Z"));
        check_date("2024-01-31T14:25:30+09:00", Some("2024-01-31T14:25:30+09:00"));
        check_date("2024-01-31", Some("2024-01-31T00:00:00Z"));
        check_date("D:20241331", None);
        check_date("yesterday", None);
        check_date("", None);
    }

    fn check_decode(bytes: &[u8], expected: &str) {
        assert_eq!(decode(bytes), expected);
    }

    #[test]
    fn strings_are_decoded() {
        check_decode(b"Plain", "Plain");
        check_decode(b"\xFE\xFF\xD5\x5C\xAE\x00", "한글");
        check_decode("보고서".as_bytes(), "보고서");
        check_decode(b"\xBA\xB8\xB0\xED\xBC\xAD 2024", "보고서 2024");
        check_decode(b"Caf\xE9 \x80 \x84", "Café • —");
    }

    #[test]
    fn keyword_lists_are_split() {
        assert_eq!(keywords("a, b ,a,, c"), ["a", "b", "c"]);
        assert_eq!(keywords("Seoul, Korea; 서울"), ["Seoul, Korea", "서울"]);
    }
}
