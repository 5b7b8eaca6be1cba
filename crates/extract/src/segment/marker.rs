//! What a line begins with: bullets, numbers and letters of lists, numbers of headings, names of captions.
//! In: text of a line. Out: the marker and its place in its sequence. Never looks at the page.

/// How a list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counting {
    Bullet,
    Number,
    Letter,
    Roman,
    Hangul,
    Circled,
    /// Dotted numbers of clauses, such as "2.4" or "II.4.3"; counted by their last part.
    Clause,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub counting: Counting,
    /// Position in the sequence, from 1; 0 for bullets.
    pub value: u32,
    /// What surrounds the number, such as `(` and `)`: two lists differ by it.
    pub shape: (Option<char>, Option<char>),
    /// Bytes of the line that are marker, without the space after it.
    pub length: usize,
}

impl Marker {
    /// Whether this stands right behind `other` in one sequence. "v)" is five in one list and the letter
    /// behind "u)" in another, so single letters are compared both ways. Two items "v)" may follow one
    /// another where a form repeats its letter for the answer.
    pub fn follows(&self, other: &Self) -> bool {
        if self.shape != other.shape {
            return false;
        }
        let lettered = matches!((self.letter(), other.letter()), (Some(a), Some(b)) if a == b + 1);
        (self.counting == other.counting && self.value == other.value + 1)
            || lettered
            || (self.letter().is_some()
                && self.letter() == other.letter()
                && self.length == other.length
                && self.shape.1 == Some(')'))
    }

    /// Place in the alphabet, for markers of one letter.
    pub fn letter(&self) -> Option<u32> {
        let single = self.length
            == 1 + [self.shape.0, self.shape.1].iter().flatten().map(|c| c.len_utf8()).sum::<usize>();
        match (self.counting, self.value) {
            (Counting::Letter, value) => Some(value),
            (Counting::Roman, 1) if single => Some(9),
            (Counting::Roman, 5) if single => Some(22),
            (Counting::Roman, 10) if single => Some(24),
            _ => None,
        }
    }

    /// Two digits in brackets, as the fields of forms are labelled.
    pub fn is_code(&self) -> bool {
        self.counting == Counting::Number
            && self.value >= 10
            && self.length == 4
            && self.shape == (Some('('), Some(')'))
    }
}

const BULLETS: &str =
    "•‣⁃▪▫●○◦∙·‧ㆍ・･■□◆◇▶►▸▷➢➤➔→✓✔✗✘❖★☆☞※◈◎\u{f0b7}\u{f0a7}\u{f0d8}\u{f0fc}\u{f076}\u{f02d}\u{f0a8}\u{f071}";
const DASHES: &str = "-–—−*+";
/// Order of Korean list letters.
const HANGUL: &str = "가나다라마바사아자차카타파하";

/// Whether a word is a bullet and nothing else.
pub fn is_bullet(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|first| BULLETS.contains(first)) && characters.next().is_none()
}

/// What recognition takes a bullet for; nothing begins with one of these, a space, and a word.
pub const MISREAD_BULLETS: &str = "¢®¤";

/// A marker as it looks: the letter araea is typed for the dot that it resembles, and recognition misreads bullets.
pub fn printed(mark: &str) -> &str {
    match mark {
        "ㆍ" => "·",
        _ if !mark.is_empty() && MISREAD_BULLETS.contains(mark) => "•",
        _ => mark,
    }
}

/// The list marker that `text` begins with. It must be followed by space and more text, bullets excepted,
/// which may stand alone or touch the text.
pub fn list(text: &str) -> Option<Marker> {
    let first = text.chars().next()?;
    let token = text.split_whitespace().next()?;
    let after = text[token.len()..].trim_start();
    let bullet =
        |length| Some(Marker { counting: Counting::Bullet, value: 0, shape: (Some(first), None), length });
    if BULLETS.contains(first) {
        return bullet(first.len_utf8());
    }
    if DASHES.contains(first) && token.len() == first.len_utf8() && has_word(after) {
        return bullet(first.len_utf8());
    }
    if let Some(length) = bracketed_number(text) {
        return bullet(length);
    }
    // Symbol fonts without a mapping, and Wingdings read as text.
    if ('\u{f000}'..='\u{f0ff}').contains(&first) && token.chars().count() == 1 && !after.is_empty() {
        return bullet(first.len_utf8());
    }
    if let Some(value) = circled(first) {
        return Some(Marker {
            counting: Counting::Circled,
            value,
            shape: (None, None),
            length: first.len_utf8(),
        });
    }
    if after.is_empty() {
        return None;
    }
    if let Some(marker) = clause(token) {
        return Some(marker);
    }
    let open = token.chars().next().filter(|c| matches!(c, '(' | '[' | '（'));
    let inner = &token[open.map_or(0, char::len_utf8)..];
    let close = inner.chars().last().filter(|c| matches!(c, '.' | ')' | ']' | '）' | ':'))?;
    let inner = &inner[..inner.len() - close.len_utf8()];
    if open.is_some() && matches!(close, '.' | ':') {
        return None;
    }
    let (counting, value) = count(inner)?;
    // "A:" and "1:" are labels, not list items.
    (close != ':').then_some(Marker { counting, value, shape: (open, Some(close)), length: token.len() })
}

/// Whether a word stands among the first of `text`. A sign before single letters and numbers is an operator.
fn has_word(text: &str) -> bool {
    text.split_whitespace().take(8).any(|token| {
        let run = |c: &char| c.is_alphabetic();
        token.chars().filter(run).count() >= 3
            || token.chars().any(|c| super::join::is_hangul(c) || super::join::is_wide_letter(c))
    })
}

/// Bytes of a number in lenticular brackets that stands alone, as Japanese patents number their paragraphs
/// and claims: "【０００５】", "【請求項１】".
fn bracketed_number(text: &str) -> Option<usize> {
    let inner = text.trim_end().strip_prefix('【')?.strip_suffix('】')?;
    let digits = inner.chars().filter(|c| c.is_numeric()).count();
    (digits > 0 && inner.chars().count() <= 9 && !inner.contains('【')).then(|| text.trim_end().len())
}

/// "2.4", "3.1.1.", "II.4.3", "A.2": at least two parts, all but the first of them small numbers.
fn clause(token: &str) -> Option<Marker> {
    let bare = token.strip_suffix('.').unwrap_or(token);
    let parts: Vec<&str> = bare.split('.').collect();
    let number = |p: &&str| !p.is_empty() && p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit());
    let first = parts.first()?;
    let head = number(first)
        || roman(first).is_some()
        || (first.len() == 1 && first.bytes().all(|b| b.is_ascii_uppercase()));
    if !(2..=6).contains(&parts.len()) || !head || !parts[1..].iter().all(number) {
        return None;
    }
    let value = parts.last()?.parse().ok()?;
    // Nothing counts from nought: "0.5" is an amount.
    if first.starts_with('0') {
        return None;
    }
    // Clauses of one length are one list.
    let shape = (None, char::from_digit(parts.len() as u32, 10));
    Some(Marker { counting: Counting::Clause, value, shape, length: token.len() })
}

fn count(inner: &str) -> Option<(Counting, u32)> {
    if inner.is_empty() || inner.len() > 9 {
        return None;
    }
    if inner.bytes().all(|b| b.is_ascii_digit()) {
        return (inner.len() <= 3).then(|| inner.parse().ok()).flatten().map(|n| (Counting::Number, n));
    }
    let mut chars = inner.chars();
    let (first, second) = (chars.next()?, chars.next());
    if second.is_none() {
        if let Some(place) = HANGUL.chars().position(|c| c == first) {
            return Some((Counting::Hangul, place as u32 + 1));
        }
        if first.is_ascii_alphabetic() && !matches!(first.to_ascii_lowercase(), 'i' | 'v' | 'x') {
            return Some((Counting::Letter, u32::from(first.to_ascii_lowercase()) - 96));
        }
    }
    roman(inner).map(|n| (Counting::Roman, n))
}

/// ① to ⑳, ❶ to ❿, ㉮ to ㉻, ㉠ to ㉭, Ⅰ to Ⅻ with nothing around.
fn circled(c: char) -> Option<u32> {
    let offset = |start: u32| u32::from(c) - start + 1;
    match c {
        '①'..='⑳' => Some(offset(0x2460)),
        '❶'..='❿' => Some(offset(0x2776)),
        '㉠'..='㉭' => Some(offset(0x3260)),
        '㉮'..='㉻' => Some(offset(0x326e)),
        '➀'..='➉' => Some(offset(0x2780)),
        _ => None,
    }
}

/// Value of a roman numeral up to 39, ASCII or the Unicode numerals that Korean documents use.
pub fn roman(text: &str) -> Option<u32> {
    let mut chars = text.chars();
    if let (Some(c @ ('Ⅰ'..='Ⅻ' | 'ⅰ'..='ⅻ')), None) = (chars.next(), chars.next()) {
        let start = if c <= 'Ⅻ' { 'Ⅰ' } else { 'ⅰ' };
        return Some(u32::from(c) - u32::from(start) + 1);
    }
    let lower = text.to_ascii_lowercase();
    if text.is_empty() || !(text == lower || text == text.to_ascii_uppercase()) {
        return None;
    }
    (1..40u32).find(|n| written(*n) == lower)
}

fn written(mut n: u32) -> String {
    let mut out = String::new();
    for (value, sign) in [(10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")] {
        while n >= value {
            out.push_str(sign);
            n -= value;
        }
    }
    out
}

/// Depth of a heading number: "1." or "Ⅱ." 1, "1.2" 2, "제1장" 1, "제2절" 2, "제3조" 3. `None` without one.
/// Returns the depth and the bytes the number takes.
pub fn heading_number(text: &str) -> Option<(u8, usize)> {
    let token = text.split_whitespace().next()?;
    let rest = text[token.len()..].trim_start();
    if let Some(inner) = token.strip_prefix('第') {
        let unit = inner.chars().find(|c| matches!(c, '章' | '节' | '節' | '条' | '條' | '编' | '編'))?;
        let counts = inner
            .chars()
            .take_while(|c| *c != unit)
            .all(|c| c.is_numeric() || "一二三四五六七八九十百".contains(c));
        return counts.then_some((
            if matches!(unit, '章' | '编' | '編') {
                1
            } else if matches!(unit, '条' | '條') {
                3
            } else {
                2
            },
            token.len(),
        ));
    }
    if let Some(inner) = token.strip_prefix('제') {
        let digits = inner.chars().take_while(char::is_ascii_digit).count();
        let unit = inner[digits..].chars().next();
        let depth = match unit {
            Some('편') | Some('부') => 1,
            Some('장') => 1,
            Some('절') => 2,
            Some('조') => 3,
            Some('관') => 3,
            _ => return None,
        };
        return (digits > 0).then_some((depth, token.len()));
    }
    if rest.is_empty() {
        return None;
    }
    let lower = token.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        "chapter" | "part" | "section" | "article" | "appendix" | "annex" | "schedule" | "item"
    ) {
        let number = rest.split_whitespace().next()?.trim_end_matches(['.', ':', ',']);
        let counts = number.chars().next().is_some_and(|c| c.is_ascii_digit())
            || roman(number).is_some()
            || (number.chars().count() == 1 && number.chars().all(|c| c.is_ascii_uppercase()));
        let depth = if matches!(lower.as_str(), "section" | "article") { 2 } else { 1 };
        return counts.then_some((depth, token.len() + 1 + number.len()));
    }
    let bare = token.trim_end_matches(['.', ')']);
    let parts: Vec<&str> = bare.split(['.', '-']).collect();
    let dotted = token.ends_with('.');
    let numbers =
        parts.iter().all(|p| !p.is_empty() && p.len() <= 3 && p.bytes().all(|b| b.is_ascii_digit()));
    // A bare number of three digits counts things: "122 responses".
    let amount = parts.len() == 1 && bare == token && bare.len() > 2;
    if numbers && !amount && parts.len() <= 6 && !bare.contains('-') {
        return Some((parts.len() as u8, token.len()));
    }
    // "A.1", "IV.", "Ⅱ." and "B.": the first part counts in letters or roman numerals.
    let head = parts.first()?;
    let tail_numbers =
        parts[1..].iter().all(|p| !p.is_empty() && p.len() <= 3 && p.bytes().all(|b| b.is_ascii_digit()));
    let letter =
        head.chars().count() == 1 && head.chars().all(|c| c.is_ascii_uppercase() || HANGUL.contains(c));
    let numeral = roman(head).is_some() && head.chars().all(|c| !c.is_ascii_lowercase());
    let unicode_numeral = head.chars().all(|c| matches!(c, 'Ⅰ'..='Ⅻ'));
    let marked = dotted || parts.len() > 1 || unicode_numeral;
    ((letter || numeral) && tail_numbers && marked && !bare.contains('-'))
        .then_some((parts.len() as u8, token.len()))
}

/// Whether `text` can go on with a sentence that broke off before a number: an amount without mark or bracket and a
/// small letter after it ("4.6 percent of revenue"). Headings and clauses begin with capitals, or follow a full stop.
pub fn is_amount(text: &str) -> bool {
    let Some((token, rest)) = text.split_once(char::is_whitespace) else { return false };
    token.starts_with(|c: char| c.is_ascii_digit())
        && token.ends_with(|c: char| c.is_ascii_digit())
        && token.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
        && rest.trim_start().starts_with(char::is_lowercase)
}

/// Whether a sentence breaks off at the end of `text`. Where items of a list are joined by "and" or "or", a mark
/// stands before it.
pub fn breaks_off(text: &str) -> bool {
    let bare = text.trim_end();
    let before = [" and", " or"].iter().find_map(|w| bare.strip_suffix(w)).unwrap_or(bare);
    let ends =
        |t: &str| t.trim_end_matches(['"', '”', '’', ')', ']']).ends_with(['.', ':', ';', '!', '?', '…']);
    !ends(bare) && !ends(before) && bare.ends_with(|c: char| c.is_alphabetic() || c == ',')
}

/// What a caption belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captioned {
    Figure,
    Table,
}

/// Whether `text` opens like a caption: the name of a kind and a number. The second value tells whether
/// the number is set off by punctuation or ends the line, which running text ("Figure 3 shows") is not.
pub fn caption(text: &str) -> Option<(Captioned, bool)> {
    const NAMES: [(&str, Captioned); 18] = [
        ("figure", Captioned::Figure),
        ("fig.", Captioned::Figure),
        ("fig", Captioned::Figure),
        ("chart", Captioned::Figure),
        ("graph", Captioned::Figure),
        ("diagram", Captioned::Figure),
        ("image", Captioned::Figure),
        ("photo", Captioned::Figure),
        ("plate", Captioned::Figure),
        ("map", Captioned::Figure),
        ("exhibit", Captioned::Figure),
        ("scheme", Captioned::Figure),
        ("table", Captioned::Table),
        ("tab.", Captioned::Table),
        ("그림", Captioned::Figure),
        ("사진", Captioned::Figure),
        ("도표", Captioned::Figure),
        ("표", Captioned::Table),
    ];
    let bracket = text.chars().next().filter(|c| matches!(c, '[' | '<' | '〈' | '【' | '('));
    let body = text[bracket.map_or(0, char::len_utf8)..].trim_start();
    let lower: String = body.chars().take(12).collect::<String>().to_lowercase();
    let (name, kind) = NAMES.iter().find(|(n, _)| lower.starts_with(n))?;
    let mut chars = body.chars();
    (&mut chars).take(name.chars().count()).for_each(drop);
    let after = chars.as_str();
    // "table1" is printed by some; "tables" and "mapping" are words.
    if after.starts_with(char::is_alphabetic) {
        return None;
    }
    let number = after.trim_start().trim_start_matches(['#', '.']).trim_start();
    let token: &str = number.split_whitespace().next().unwrap_or("");
    let bare = token.trim_end_matches(['.', ':', ')', ']', '>', '〉', '】', ',', '|', '-', '–', '—']);
    let counts = bare.chars().next().is_some_and(|c| c.is_ascii_digit())
        || (roman(bare).is_some() && bare.chars().all(|c| !c.is_ascii_lowercase()))
        || (bare.len() <= 4
            && bare.chars().next().is_some_and(|c| c.is_ascii_uppercase())
            && bare.contains(|c: char| c.is_ascii_digit()))
        || (bare.len() == 1 && bare.chars().all(|c| c.is_ascii_uppercase()));
    if !counts {
        return None;
    }
    let rest = number[token.len()..].trim_start();
    let set_off = token.len() > bare.len()
        || rest.is_empty()
        || rest.starts_with([':', '.', '-', '–', '—', '|', '('])
        || bracket.is_some();
    Some((*kind, set_off))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_markers_are_read() {
        let check = |text: &str, expected: Option<(Counting, u32, usize)>| {
            assert_eq!(list(text).map(|m| (m.counting, m.value, m.length)), expected, "{text}");
        };
        check("• one", Some((Counting::Bullet, 0, 3)));
        check("- one", Some((Counting::Bullet, 0, 1)));
        check("-5 degrees", None);
        check("3. three", Some((Counting::Number, 3, 2)));
        check("(b) two", Some((Counting::Letter, 2, 3)));
        check("iv) four", Some((Counting::Roman, 4, 3)));
        check("나. 둘", Some((Counting::Hangul, 2, 4)));
        check("② 둘", Some((Counting::Circled, 2, 3)));
        check("2013. Was", None);
        check("A: label", None);
        check("etc. and", None);
        check("II.4.3 The contractor", Some((Counting::Clause, 3, 6)));
        check("2.10 Toute", Some((Counting::Clause, 10, 4)));
        check("0.5 of all", None);
        check("− x + 2", None);
        check("【０００５】", Some((Counting::Bullet, 0, 18)));
        check("【背景技術】", None);
    }

    #[test]
    fn letters_that_are_numerals_follow_letters() {
        let marker = |text: &str| list(&format!("{text} text")).expect("a marker");
        assert!(marker("v)").follows(&marker("u)")) && marker("w)").follows(&marker("v)")));
        assert!(marker("vi)").follows(&marker("v)")) && !marker("vii)").follows(&marker("v)")));
        assert!(!marker("(b)").follows(&marker("a)")));
    }

    #[test]
    fn heading_numbers_have_depth() {
        let check = |text: &str, expected: Option<u8>| {
            assert_eq!(heading_number(text).map(|n| n.0), expected, "{text}")
        };
        check("1.2.3 Scope", Some(3));
        check("2 Method", Some(1));
        check("제1조(목적) 이 법은", Some(3));
        check("Ⅱ. 사업 개요", Some(1));
        check("Chapter IV", Some(1));
        check("B.2 Data", Some(2));
        check("A new day", None);
        check("Article 5", Some(2));
        check("12", None);
        check("122 responses", None);
        check("122. Responses", Some(1));
    }

    #[test]
    fn sentences_go_on_with_amounts() {
        assert!(is_amount("4.6 percent of revenue") && is_amount("1,200 units"));
        assert!(!is_amount("4.6 Scope") && !is_amount("4. percent") && !is_amount("(4) percent"));
        assert!(breaks_off("cost 58.9 million euros, or") && breaks_off("a sum of"));
        assert!(!breaks_off("the first; or") && !breaks_off("It ended.") && !breaks_off("as follows:"));
    }

    #[test]
    fn captions_are_told_from_text() {
        let check =
            |text: &str, expected: Option<(Captioned, bool)>| assert_eq!(caption(text), expected, "{text}");
        check("Figure 3. Flow", Some((Captioned::Figure, true)));
        check("Figure 3 shows the flow", Some((Captioned::Figure, false)));
        check("[표 2] 예산", Some((Captioned::Table, true)));
        check("Tables 1 and 2", None);
        check("표준 계약서", None);
        check("TABLE IV", Some((Captioned::Table, true)));
    }
}
