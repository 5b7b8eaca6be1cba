//! Which node holds a document. In: an id and how many nodes there are. Out: a position in the list of nodes. Depends on
//! nothing else: every process and every restart gives the same.

use pagemill_document::DocumentId;

/// Jump consistent hash (Lamping, Veach 2014): with a node more, each document stays or goes to the new one.
pub(super) fn home(document: &DocumentId, nodes: usize) -> usize {
    let mut key = spread(document.as_str().as_bytes());
    let (mut home, mut next) = (0_i64, 0_i64);
    while next < nodes as i64 {
        home = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let step = (1_u64 << 31) as f64 / ((key >> 33) + 1) as f64;
        next = ((home + 1) as f64 * step) as i64;
    }
    home as usize
}

/// FNV-1a: ids are hashes themselves, all that is needed is a number of them that never changes.
fn spread(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> impl Iterator<Item = DocumentId> {
        (0..10_000).map(|n| DocumentId::new("s3://bucket/", &format!("{n}.pdf")))
    }

    #[test]
    fn documents_are_spread_evenly() {
        for nodes in [1, 2, 3, 7] {
            let mut counts = vec![0_usize; nodes];
            ids().for_each(|id| counts[home(&id, nodes)] += 1);
            let fair = 10_000 / nodes;
            assert!(counts.iter().all(|count| count.abs_diff(fair) < fair / 10 + 1), "{nodes}: {counts:?}");
        }
    }

    #[test]
    fn a_new_node_takes_its_share_and_nothing_else_moves() {
        let mut moved = 0;
        for id in ids() {
            let (before, after) = (home(&id, 3), home(&id, 4));
            assert!(after == before || after == 3, "{id} went from {before} to {after}");
            moved += usize::from(after != before);
        }
        assert!((2_250..2_750).contains(&moved), "{moved} of 10000 moved");
    }

    #[test]
    fn a_home_stays_the_same_from_release_to_release() {
        let homes: Vec<usize> = ids().take(12).map(|id| home(&id, 5)).collect();
        assert_eq!(homes, HOMES);
    }

    const HOMES: [usize; 12] = [3, 2, 2, 3, 1, 1, 1, 1, 2, 4, 2, 1];
}
