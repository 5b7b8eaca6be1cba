//! Text in a form that the server compares byte for byte. Its filters ignore case and width and never match more than
//! 468 bytes; who may see a document must not hang on that. In: text. Out: lowercase hex digits, in pieces where they
//! are long. The order of the pieces is the order of the bytes.

use pagemill_document::ContentHash;

/// Bytes of text in a piece of 400 digits.
const PIECE_BYTES: usize = 200;
/// Bytes that are kept before the hash that stands for the rest of a text that is too long.
const KEPT_BYTES: usize = 160;
/// Sorts before every pair of digits and is not empty: the server leaves empty values out of its order.
const FILLER: &str = "0";

/// Pieces of source and key that documents are ordered by: 1,200 bytes, where S3 has keys of at most 1,024.
pub(super) const ORDER_PIECES: usize = 6;
/// Pieces of a key that prefixes are looked for in.
pub(super) const KEY_PIECES: usize = 6;

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// A value that equals another's if and only if the texts are the same.
pub(super) fn value(text: &str) -> String {
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        // The server finds no empty values.
        return "z".into();
    }
    if bytes.len() <= PIECE_BYTES {
        return hex(bytes);
    }
    // No digit of a shorter text is a `z`, so the two kinds never meet.
    format!("{}z{}", hex(&bytes[..KEPT_BYTES]), ContentHash::of(bytes))
}

/// The pieces of a text, at most `count`; a text beyond has the hash of all of it in the last.
fn pieces(bytes: &[u8], count: usize) -> Vec<String> {
    let mut pieces: Vec<String> = bytes.chunks(PIECE_BYTES).take(count).map(hex).collect();
    if bytes.len() > PIECE_BYTES * count
        && let Some(last) = pieces.last_mut()
    {
        last.truncate(KEPT_BYTES * 2);
        last.push_str(ContentHash::of(bytes).as_str());
    }
    pieces
}

/// The place of a document among all: all [`ORDER_PIECES`] of them, compared one after the other.
pub(super) fn order(source: &str, key: &str) -> Vec<String> {
    let bytes = [source.as_bytes(), b"\0", key.as_bytes()].concat();
    let mut pieces = pieces(&bytes, ORDER_PIECES);
    pieces.resize(ORDER_PIECES, FILLER.to_owned());
    pieces
}

/// How many pieces of an order say anything.
pub(super) fn told(order: &[String]) -> usize {
    order.iter().take_while(|piece| piece.as_str() != FILLER).count()
}

/// The pieces of a key, as many as it needs.
pub(super) fn key(key: &str) -> Vec<String> {
    pieces(key.as_bytes(), KEY_PIECES)
}

/// What the pieces of a key are when it begins with `prefix`: whole pieces, then the beginning of the next. A prefix
/// longer than all pieces is cut; whoever filters by it looks at the key again.
pub(super) fn prefix(prefix: &str) -> (Vec<String>, String) {
    let bytes = prefix.as_bytes();
    let bytes = &bytes[..bytes.len().min(PIECE_BYTES * (KEY_PIECES - 1) + KEPT_BYTES)];
    let whole = bytes.len() / PIECE_BYTES;
    (bytes[..whole * PIECE_BYTES].chunks(PIECE_BYTES).map(hex).collect(), hex(&bytes[whole * PIECE_BYTES..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_equal_only_when_the_texts_are() {
        assert_eq!(value("aB가"), "6142eab080");
        assert_ne!(value("secret"), value("Secret"));
        let long = |last: char| format!("{}{last}", "x".repeat(300));
        assert_ne!(value(&long('a')), value(&long('b')));
        assert!(value(&long('a')).len() <= 468 && value(&"x".repeat(200)).len() <= 468);
        assert_eq!(value(""), "z");
    }

    #[test]
    fn the_order_of_pieces_is_the_order_of_source_and_key() {
        let mut keys: Vec<String> =
            ["", "a", "a b", "a/", "aa", "b", "B", "가", "é"].map(str::to_owned).into();
        for length in [150, 198, 199, 200, 201, 399, 400, 401, 1_000, 1_150] {
            keys.push("k".repeat(length));
            keys.push(format!("{}a", "k".repeat(length)));
            keys.push(format!("{}l", "k".repeat(length)));
        }
        let mut places: Vec<(&str, &str)> = Vec::new();
        for source in ["s", "s/", "t"] {
            places.extend(keys.iter().map(|key| (source, key.as_str())));
        }
        let mut by_pieces = places.clone();
        places.sort();
        by_pieces.sort_by_key(|(source, key)| order(source, key));
        assert_eq!(by_pieces, places);
        assert!(places.iter().all(|(source, key)| order(source, key).iter().all(|p| p.len() <= 468)));
    }

    #[test]
    fn keys_beyond_all_pieces_stay_apart() {
        let long = "k".repeat(3_000);
        assert_ne!(order("s", &long), order("s", &format!("{long}x")));
        assert_eq!((order("s", &long).len(), told(&order("s", "k"))), (ORDER_PIECES, 1));
    }

    #[test]
    fn a_prefix_is_the_beginning_of_the_pieces() {
        for length in [0, 1, 199, 200, 201, 450, 1_200, 1_500] {
            let (text, start) = (format!("{}tail", "가나".repeat(400)), length.min(1_160));
            let cut = (0..=start).rev().find(|at| text.is_char_boundary(*at)).expect("a boundary");
            let (whole, rest) = prefix(&text[..cut]);
            let pieces = key(&text);
            assert_eq!(whole, pieces[..whole.len()], "{length}");
            assert!(pieces.get(whole.len()).map_or(rest.is_empty(), |p| p.starts_with(&rest)), "{length}");
        }
    }
}
