//! Frames between parent and child: a kind, a length, the bytes. A reply is followed by more replies or by an end.

/// A reply or a request.
pub(crate) const DATA: u8 = 0;
/// All replies to the request have been sent.
pub(crate) const END: u8 = 1;
/// Kind and length (u32, little endian).
pub(crate) const HEADER_BYTES: usize = 5;

pub(crate) fn header(kind: u8, length: u32) -> [u8; HEADER_BYTES] {
    let [a, b, c, d] = length.to_le_bytes();
    [kind, a, b, c, d]
}

pub(crate) fn parse(header: [u8; HEADER_BYTES]) -> (u8, u32) {
    let [kind, a, b, c, d] = header;
    (kind, u32::from_le_bytes([a, b, c, d]))
}
