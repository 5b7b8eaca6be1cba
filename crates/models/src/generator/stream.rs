//! From the bytes of tokens to pieces of text. A character can be spread over tokens (Hangul often is): a piece
//! holds whole characters only.

/// Collects bytes and gives out text.
#[derive(Debug, Default)]
pub struct TextStream {
    held: Vec<u8>,
    ends_at_blank_line: bool,
    begun: bool,
    ended: bool,
}

impl TextStream {
    pub fn new(ends_at_blank_line: bool) -> Self {
        Self { ends_at_blank_line, ..Self::default() }
    }

    /// Whether the text has come to its end by itself.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes a token's bytes; returns the text that is whole, which may be none.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let mut text = String::new();
        let mut kept = Vec::new();
        let mut chunks = self.held.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let may_go_on = chunks.peek().is_none();
            match std::str::from_utf8(chunk.invalid()) {
                Err(error) if may_go_on && error.error_len().is_none() => kept = chunk.invalid().to_vec(),
                Err(_) => text.push(char::REPLACEMENT_CHARACTER),
                Ok(_) => {}
            }
        }
        self.held = kept;
        self.shape(text)
    }

    /// What is left at the end: no half character, which a limit may have cut.
    pub fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        let rest = held.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        if self.ends_at_blank_line { rest.trim_end().to_owned() } else { rest.to_owned() }
    }

    /// Leaves out space before the first word, and what follows a blank line where that is the end.
    fn shape(&mut self, mut text: String) -> String {
        if !self.begun {
            text = text.trim_start().to_owned();
            self.begun = !text.is_empty();
        }
        if self.ends_at_blank_line {
            if let Some(end) = text.find("\n\n") {
                text.truncate(end);
                self.ended = true;
            } else if text.ends_with('\n') {
                // The next token may bring the second half of the blank line.
                text.pop();
                self.held.insert(0, b'\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ends_at_blank_line: bool, tokens: &[&[u8]], expected: &[&str]) {
        let mut stream = TextStream::new(ends_at_blank_line);
        let mut pieces = Vec::new();
        for token in tokens {
            pieces.push(stream.push(token));
            if stream.has_ended() {
                break;
            }
        }
        pieces.push(stream.finish());
        assert_eq!(pieces, expected);
    }

    #[test]
    fn characters_stay_whole() {
        let text = "환불은".as_bytes();
        check(false, &[&text[..4], &text[4..5], &text[5..7], &text[7..]], &["환", "", "불", "은", ""]);
        check(false, &[b"a\xE0", b"b"], &["a", "\u{FFFD}b", ""]);
        check(false, &["불".as_bytes(), b"\xED\x99"], &["불", "", ""]);
    }

    #[test]
    fn space_before_the_first_word_goes() {
        check(false, &[b"\n", b" The", b" end"], &["", "The", " end", ""]);
    }

    #[test]
    fn a_blank_line_ends_where_nothing_else_does() {
        check(true, &[b" 30 days.", b"\n", b"\nQuestion:", b"x"], &["30 days.", "", "", ""]);
        check(true, &[b"one\n", b"two\n\nthree"], &["one", "\ntwo", ""]);
        check(true, &[b"one\n"], &["one", ""]);
    }
}
