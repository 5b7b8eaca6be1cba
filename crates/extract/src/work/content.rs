//! Content that unpacks to more than a page needs. In: the bytes of a file, then its objects. Out: the pages that
//! pdfium must not be asked for: it unpacks the content of a page whole, and where that fails or reaches its own
//! bound the page comes out blank, as if nothing stood on it. Content is unpacked to be counted, a buffer at a time,
//! and only as far as the limit; what it cannot read it lets pass, and the limits of the process stand behind it.

use super::drawn::{find, forms_of, resources};
use lopdf::{Document, Object, ObjectId, Stream};
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;

/// Deflate makes of one byte at most so many.
const DEFLATE_RATIO: u64 = 1032;
/// LZW makes of a code of twelve bits at most a string as long as its table.
const LZW_RATIO: u64 = 2731;
/// Run lengths make of two bytes at most 128.
const RUN_RATIO: u64 = 64;
/// Filters of one stream. Files use one or two.
const MOST_FILTERS: usize = 8;
/// Unpacked for one file, in all; what comes after passes.
const MOST_COUNTED_BYTES: u64 = 1 << 30;
/// What is unpacked by filters other than deflate is held, so that it must be less.
const MOST_HELD_BYTES: usize = 32 << 20;
/// Dictionaries of streams are shorter.
const MOST_DICTIONARY_BYTES: usize = 4096;

/// Whether any stream of a file could unpack to more than `most` bytes of content by itself. Dictionaries of streams are
/// never compressed, so bytes tell it. Pages of many smaller pieces give no cause to look: that would be every file.
pub(super) fn may_be_oversized(bytes: &[u8], most: u64) -> bool {
    const END: &[u8] = b"endstream";
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"stream") {
        let start = at + found + b"stream".len();
        let before = &bytes[(start - b"stream".len()).saturating_sub(MOST_DICTIONARY_BYTES)..start];
        let dictionary = before.windows(3).rposition(|w| w == b"obj").map_or(before, |i| &before[i..]);
        let length = find(&bytes[start..], END).unwrap_or(bytes.len() - start);
        if !is_no_content(dictionary) && length as u64 > most / ratio_said(dictionary) {
            return true;
        }
        at = (start + length + END.len()).min(bytes.len());
    }
    false
}

/// Whether a dictionary is that of an image, a font or structure.
fn is_no_content(dictionary: &[u8]) -> bool {
    const MARKS: [&[u8]; 8] = [
        b"/Image",
        b"/Length1",
        b"/Type1C",
        b"/CIDFontType0C",
        b"/OpenType",
        b"/ObjStm",
        b"/XRef",
        b"/EmbeddedFile",
    ];
    MARKS.iter().any(|mark| find(dictionary, mark).is_some())
}

/// What the filters that a dictionary names make of a byte at most.
fn ratio_said(dictionary: &[u8]) -> u64 {
    let count = |name: &[u8]| {
        let (mut rest, mut count) = (dictionary, 0);
        while let Some(i) = find(rest, name) {
            rest = &rest[i + name.len()..];
            count += 1;
        }
        count
    };
    let ratios = [(&b"/Fl"[..], DEFLATE_RATIO), (b"/LZW", LZW_RATIO), (b"/RunLength", RUN_RATIO)];
    ratios.iter().fold(1, |all, (name, ratio)| all.saturating_mul(ratio.saturating_pow(count(name))))
}

/// Pages (from 1) whose content, forms included, unpacks to more than `most` bytes.
pub(super) fn oversized_pages(
    file: &Document,
    pages: &BTreeSet<(u32, ObjectId)>,
    most: u64,
) -> BTreeSet<u32> {
    let mut content = Content { file, most, left: MOST_COUNTED_BYTES, sizes: HashMap::new() };
    pages.iter().filter(|(_, page)| content.is_oversized(*page)).map(|(number, _)| *number).collect()
}

struct Content<'f> {
    file: &'f Document,
    most: u64,
    /// Bytes that may still be unpacked to be counted.
    left: u64,
    /// Bytes of streams unpacked, counted up to `most` and one.
    sizes: HashMap<ObjectId, u64>,
}

impl Content<'_> {
    fn is_oversized(&mut self, page: ObjectId) -> bool {
        let streams = self.streams(page);
        let sum = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0, u64::saturating_add);
        let possible = sum(&mut streams.iter().filter_map(|id| {
            let stream = self.file.get_object(*id).and_then(Object::as_stream).ok()?;
            Some(possible_size(&self.filters(stream), stream.content.len() as u64))
        }));
        possible > self.most && sum(&mut streams.into_iter().map(|id| self.size(id))) > self.most
    }

    /// The content of a page in its order, where pieces may recur, and each form that can be drawn once.
    fn streams(&self, page: ObjectId) -> Vec<ObjectId> {
        let Ok(dictionary) = self.file.get_dictionary(page) else { return Vec::new() };
        let mut out: Vec<ObjectId> = match dictionary.get(b"Contents") {
            Ok(Object::Reference(id)) => match self.file.get_object(*id) {
                Ok(Object::Array(pieces)) => references(pieces),
                _ => vec![*id],
            },
            Ok(Object::Array(pieces)) => references(pieces),
            _ => Vec::new(),
        };
        let mut due: Vec<ObjectId> = resources(self.file, page)
            .map(|resources| forms_of(self.file, resources).into_values().collect())
            .unwrap_or_default();
        let mut forms = BTreeSet::new();
        while let Some(form) = due.pop() {
            if !forms.insert(form) {
                continue;
            }
            let stream = self.file.get_object(form).and_then(Object::as_stream);
            let own = stream.and_then(|form| form.dict.get_deref(b"Resources", self.file));
            if let Ok(own) = own.and_then(Object::as_dict) {
                due.extend(forms_of(self.file, own).into_values());
            }
        }
        out.extend(forms);
        out
    }

    fn size(&mut self, id: ObjectId) -> u64 {
        if let Some(known) = self.sizes.get(&id) {
            return *known;
        }
        let Ok(stream) = self.file.get_object(id).and_then(Object::as_stream) else { return 0 };
        let size = match self.left {
            0 => 0,
            _ => unpacked_size(stream, &self.filters(stream), self.most),
        };
        self.left = self.left.saturating_sub(size);
        self.sizes.insert(id, size);
        size
    }

    fn filters(&self, stream: &Stream) -> Vec<Vec<u8>> {
        match stream.dict.get_deref(b"Filter", self.file) {
            Ok(Object::Name(name)) => vec![name.clone()],
            Ok(Object::Array(names)) => {
                let name = |object: &Object| {
                    self.file.dereference(object).ok().and_then(|(_, o)| o.as_name().ok().map(<[u8]>::to_vec))
                };
                names.iter().filter_map(name).take(MOST_FILTERS).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn references(pieces: &[Object]) -> Vec<ObjectId> {
    pieces.iter().filter_map(|piece| piece.as_reference().ok()).collect()
}

fn is_deflate(filter: &[u8]) -> bool {
    matches!(filter, b"FlateDecode" | b"Fl")
}

fn possible_size(filters: &[Vec<u8>], length: u64) -> u64 {
    filters.iter().fold(length, |size, filter| {
        size.saturating_mul(match filter.as_slice() {
            filter if is_deflate(filter) => DEFLATE_RATIO,
            b"LZWDecode" | b"LZW" => LZW_RATIO,
            b"RunLengthDecode" | b"RL" => RUN_RATIO,
            // Base 85 writes four zeros as one letter.
            b"ASCII85Decode" | b"A85" => 4,
            _ => 1,
        })
    })
}

/// Bytes that a stream unpacks to, or a filter on the way makes of it: counted up to `most` and one.
fn unpacked_size(stream: &Stream, filters: &[Vec<u8>], most: u64) -> u64 {
    let others = filters.iter().take_while(|filter| !is_deflate(filter)).count();
    let (others, deflated) = filters.split_at(others);
    let held;
    let packed = if others.is_empty() {
        stream.content.as_slice()
    } else {
        let mut first = stream.clone();
        first.dict.set("Filter", others.iter().cloned().map(Object::Name).collect::<Vec<_>>());
        first.dict.remove(b"DecodeParms");
        match first.decompressed_content_with_limit(MOST_HELD_BYTES) {
            Ok(content) => held = content,
            Err(lopdf::Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. })) => {
                return most.saturating_add(1);
            }
            Err(_) => return 0,
        }
        held.as_slice()
    };
    let largest = Cell::new(packed.len() as u64);
    let mut reader: Box<dyn Read + '_> = Box::new(packed);
    for _ in deflated.iter().take_while(|filter| is_deflate(filter)) {
        let inner = flate2::read::ZlibDecoder::new(reader);
        reader = Box::new(Counted { inner, count: 0, most, largest: &largest });
    }
    let mut buffer = vec![0; 1 << 16];
    // pdfium takes what stands before an error for the content.
    while largest.get() <= most && reader.read(&mut buffer).is_ok_and(|read| read > 0) {}
    largest.get()
}

/// Counts what is read, and ends once that is more than `most`.
struct Counted<'c, R> {
    inner: R,
    count: u64,
    most: u64,
    /// The largest count of the filters of a stream.
    largest: &'c Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.count > self.most {
            return Ok(0);
        }
        let read = self.inner.read(buffer)?;
        self.count += read as u64;
        self.largest.set(self.largest.get().max(self.count));
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
