//! What goes to a node together: changes of several documents, gathered while earlier ones are under way. In: changes in
//! the order they came. Out: batches of one kind within a limit of bytes, never two changes of one document under way
//! at the same time, and payloads cut at line ends.

use super::entries::Prepared;
use pagemill_document::DocumentId;
use pagemill_pipeline::Failure;
use std::collections::{HashSet, VecDeque};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Documents of one batch, at most: bounds the filters and id lists of its questions.
const DOCUMENTS: usize = 500;

#[derive(Debug)]
pub(super) enum Change {
    Put(Prepared),
    Remove(DocumentId),
}

impl Change {
    pub fn id(&self) -> &DocumentId {
        match self {
            Self::Put(prepared) => &prepared.id,
            Self::Remove(id) => id,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put(prepared) => prepared.bytes(),
            Self::Remove(id) => id.as_str().len(),
        }
    }

    fn is_put(&self) -> bool {
        matches!(self, Self::Put(_))
    }
}

/// A change and who waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub change: Change,
    pub confirm: oneshot::Sender<Result<(), Failure>>,
    /// Its share of the memory for what waits.
    pub room: Option<OwnedSemaphorePermit>,
}

/// Takes the next batch: the first change that may go, and those of its kind behind it that fit. Empty when none may.
pub(super) fn take(
    waiting: &mut VecDeque<Waiting>,
    under_way: &HashSet<DocumentId>,
    max_bytes: usize,
) -> Vec<Waiting> {
    let mut batch: Vec<Waiting> = Vec::new();
    let mut held = HashSet::new();
    let (mut bytes, mut kept) = (0, VecDeque::with_capacity(waiting.len()));
    for next in waiting.drain(..) {
        let id = next.change.id();
        let blocked = under_way.contains(id) || held.contains(id);
        let alike = batch.first().is_none_or(|first| first.change.is_put() == next.change.is_put());
        // One document beyond the limit goes alone, in several payloads.
        let fits = batch.is_empty() || bytes + next.change.bytes() <= max_bytes;
        held.insert(id.clone());
        if blocked || !alike || !fits || batch.len() == DOCUMENTS {
            kept.push_back(next);
        } else {
            bytes += next.change.bytes();
            batch.push(next);
        }
    }
    *waiting = kept;
    batch
}

/// Joins lines to payloads of at most `max_bytes`; a longer line is a payload of its own.
pub(super) fn payloads<'a>(
    lines: impl IntoIterator<Item = &'a [u8]>,
    max_bytes: usize,
) -> Vec<Vec<&'a [u8]>> {
    let mut payloads: Vec<Vec<&[u8]>> = Vec::new();
    let mut bytes = 0;
    for line in lines {
        let length = line.len() + 1;
        match payloads.last_mut() {
            Some(last) if bytes + length <= max_bytes => {
                bytes += length;
                last.push(line);
            }
            _ => {
                bytes = length;
                payloads.push(vec![line]);
            }
        }
    }
    payloads
}

/// A payload as it is sent.
pub(super) fn joined(lines: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(name: &str, bytes: usize) -> Waiting {
        let id = DocumentId::from_text(name);
        let prepared =
            Prepared { id, version_ms: 0, chunk_count: 1, chunks: vec![vec![b'x'; bytes]], card: vec![] };
        waiting(Change::Put(prepared))
    }

    fn waiting(change: Change) -> Waiting {
        Waiting { change, confirm: oneshot::channel().0, room: None }
    }

    fn check(queue: &mut VecDeque<Waiting>, under_way: &[&str], expected: &[&str]) {
        let under_way = under_way.iter().map(|name| DocumentId::from_text(*name)).collect();
        let batch = take(queue, &under_way, 100);
        assert_eq!(batch.iter().map(|next| next.change.id().as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn batches_are_bounded_by_bytes_and_keep_the_order_of_each_document() {
        let remove = |name: &str| waiting(Change::Remove(DocumentId::from_text(name)));
        let mut queue = VecDeque::from([put("a", 60), put("b", 30), put("a", 1), put("c", 30), remove("a")]);
        queue.extend([put("big", 500), remove("d")]);
        check(&mut queue, &["b"], &["a", "c"]);
        check(&mut queue, &["a"], &["b"]);
        check(&mut queue, &[], &["a"]);
        check(&mut queue, &["a"], &["big"]);
        check(&mut queue, &["a"], &["d"]);
        check(&mut queue, &["a"], &[]);
        check(&mut queue, &[], &["a"]);
        check(&mut queue, &[], &[]);
    }

    #[test]
    fn payloads_are_cut_at_lines() {
        let lines = [vec![b'a'; 4], vec![b'b'; 4], vec![b'c'; 20], vec![b'd'; 9]];
        let payloads = payloads(lines.iter().map(Vec::as_slice), 10);
        assert_eq!(payloads.iter().map(|lines| joined(lines).len()).collect::<Vec<_>>(), [10, 21, 10]);
        assert_eq!(joined(&[b"{}", b"[]"]), b"{}\n[]\n");
    }
}
