//! Private-use characters that are known by convention: symbol fonts (0xF000 plus the font's own code),
//! Adobe's old-style digits, small capitals and bracket pieces. In: a character and its font. Out: what it
//! shows, in public Unicode, where that is known.

/// What a private-use character shows in a font of that name.
pub fn public(c: char, font: &str) -> Option<char> {
    let code = c as u32;
    match code {
        0xF020..=0xF0FF => of_symbol_font((code - 0xF000) as u8, font),
        // Adobe's corporate use area, as in its glyph list.
        0xF730..=0xF739 => char::from_digit(code - 0xF730, 10),
        0xF643..=0xF64C => char::from_digit(code - 0xF643, 10),
        0xF761..=0xF77A => char::from_u32('a' as u32 + code - 0xF761),
        0xF8EB..=0xF8ED => Some('('),
        0xF8EE..=0xF8F0 => Some('['),
        0xF8F1..=0xF8F4 => Some('{'),
        0xF8F6..=0xF8F8 => Some(')'),
        0xF8F9..=0xF8FB => Some(']'),
        0xF8FC..=0xF8FE => Some('}'),
        0xF8E8 => Some('®'),
        0xF8E9 => Some('©'),
        0xF8EA => Some('™'),
        _ => None,
    }
}

fn of_symbol_font(code: u8, font: &str) -> Option<char> {
    let font = font.to_ascii_lowercase();
    if font.contains("wingding") || font.contains("webding") || font.contains("dingbat") {
        return Some(match code {
            0x6C | 0x9F => '●',
            0x6E => '■',
            0x6F | 0x71 | 0xA8 => '□',
            0x75 | 0x77 => '◆',
            0x76 => '❖',
            0xA7 => '▪',
            0xA1 => '○',
            0xD8 => '➢',
            0xE0 | 0xF0 | 0xE8 => '→',
            0xDF => '←',
            0xFB | 0xFD => '✗',
            0xFC | 0xFE => '✓',
            _ => return None,
        });
    }
    if font.contains("symbol") || code >= 0x7F {
        return adobe_symbol(code);
    }
    // A text font in symbol encoding: its codes are those of ASCII.
    Some(char::from(code))
}

/// Adobe's Symbol encoding (ISO 32000-2, annex D.6).
fn adobe_symbol(code: u8) -> Option<char> {
    const FROM_0X40: &str = "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼";
    const FROM_0XA1: &str = "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|─↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑";
    match code {
        0x22 => Some('∀'),
        0x24 => Some('∃'),
        0x27 => Some('∋'),
        0x2A => Some('∗'),
        0x2D => Some('−'),
        0x20..=0x3F => Some(char::from(code)),
        0x40..=0x7E => FROM_0X40.chars().nth(usize::from(code - 0x40)),
        0xA1..=0xE5 => FROM_0XA1.chars().nth(usize::from(code - 0xA1)),
        0xF1 => Some('〉'),
        0xF2 => Some('∫'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::public;

    fn check(code: u32, font: &str, expected: Option<char>) {
        assert_eq!(char::from_u32(code).and_then(|c| public(c, font)), expected, "{code:X} in {font}");
    }

    #[test]
    fn conventions_are_known() {
        check(0xF0B7, "SymbolMT", Some('•'));
        check(0xF0B7, "ABC", Some('•'));
        check(0xF061, "Symbol", Some('α'));
        check(0xF0E5, "Symbol", Some('∑'));
        check(0xF041, "Officina", Some('A'));
        check(0xF0A7, "Wingdings-Regular", Some('▪'));
        check(0xF0FC, "Wingdings", Some('✓'));
        check(0xF645, "Whitman", Some('2'));
        check(0xF8F6, "Symbol", Some(')'));
        check(0xE001, "Logo", None);
    }
}
