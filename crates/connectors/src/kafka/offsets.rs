//! Which offset of a partition may be committed: everything before it is settled. In: what was received and what was
//! settled, in any order. Out: the contiguous settled prefix. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// The partitions that are ours now.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    partitions: BTreeMap<i32, Partition>,
}

#[derive(Debug, Default)]
struct Partition {
    outstanding: BTreeSet<i64>,
    /// After the last one received.
    next: i64,
    committed: Option<i64>,
}

impl Partition {
    fn committable(&self) -> i64 {
        self.outstanding.first().copied().unwrap_or(self.next)
    }
}

impl Offsets {
    /// Takes note of a message. False when it is outstanding already, as after a rebalance that gave the partition back.
    pub fn receive(&mut self, partition: i32, offset: i64) -> bool {
        let partition = self.partitions.entry(partition).or_default();
        partition.next = partition.next.max(offset + 1);
        partition.outstanding.insert(offset)
    }

    /// A message of a partition that is not ours any more is somebody else's to settle.
    pub fn settle(&mut self, partition: i32, offset: i64) {
        if let Some(partition) = self.partitions.get_mut(&partition) {
            partition.outstanding.remove(&offset);
        }
    }

    pub fn outstanding(&self) -> usize {
        self.partitions.values().map(|partition| partition.outstanding.len()).sum()
    }

    /// Partitions whose settled prefix has grown, each with the offset to commit: the next one to be read.
    pub fn to_commit(&self) -> Vec<(i32, i64)> {
        let grown = self.partitions.iter().filter(|(_, partition)| {
            partition.next > 0 && partition.committed != Some(partition.committable())
        });
        grown.map(|(number, partition)| (*number, partition.committable())).collect()
    }

    pub fn committed(&mut self, commits: &[(i32, i64)]) {
        for (number, offset) in commits {
            if let Some(partition) = self.partitions.get_mut(number) {
                partition.committed = Some(*offset);
            }
        }
    }

    /// A commit was refused: all are tried again.
    pub fn uncommitted(&mut self) {
        for partition in self.partitions.values_mut() {
            partition.committed = None;
        }
    }

    /// The partition is not ours any more.
    pub fn revoke(&mut self, partition: i32) {
        self.partitions.remove(&partition);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_settled_prefix_is_committed() {
        let mut offsets = Offsets::default();
        for offset in [5, 6, 7, 8] {
            assert!(offsets.receive(0, offset));
        }
        assert_eq!(offsets.to_commit(), [(0, 5)], "where reading began");
        offsets.settle(0, 6);
        offsets.settle(0, 7);
        assert_eq!(offsets.to_commit(), [(0, 5)], "one slow document holds the commit back, not the others");
        offsets.settle(0, 5);
        assert_eq!(offsets.to_commit(), [(0, 8)]);
        offsets.committed(&[(0, 8)]);
        assert_eq!((offsets.to_commit(), offsets.outstanding()), (vec![], 1));
        offsets.settle(0, 8);
        assert_eq!(offsets.to_commit(), [(0, 9)]);
    }

    #[test]
    fn a_revoked_partition_is_forgotten() {
        let mut offsets = Offsets::default();
        offsets.receive(0, 1);
        offsets.receive(1, 1);
        offsets.revoke(0);
        offsets.settle(0, 1);
        assert_eq!((offsets.to_commit(), offsets.outstanding()), (vec![(1, 1)], 1));
        assert!(!offsets.receive(1, 1), "the same message again");
        assert!(offsets.receive(0, 1), "given back");
    }
}
