//! Which caption belongs to which table. In: blocks in reading order. Out: pairs of places. The text of a bound
//! caption stands twice in a document, in its own block and in the table; whoever gives the text away asks here.

use crate::{Block, BlockContent, Table};

/// How many blocks apart a caption and its table may stand.
const REACH: usize = 8;

/// `(caption, table)` as places in `blocks`, for each table whose caption is a block of the same page too. Where
/// several hold the same words the nearest is meant, once for each table.
pub fn bound_captions(blocks: &[Block]) -> Vec<(usize, usize)> {
    let mut bound: Vec<(usize, usize)> = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let BlockContent::Table(Table { caption: Some(caption), .. }) = &block.content else { continue };
        let same = |place: &usize| {
            let other = &blocks[*place];
            other.page == block.page
                && !bound.iter().rev().take(2 * REACH).any(|(taken, _)| taken == place)
                && matches!(&other.content, BlockContent::Caption { text } if text == caption)
        };
        let near = at.saturating_sub(REACH)..(at + REACH + 1).min(blocks.len());
        let nearest = near.filter(same).min_by_key(|place| place.abs_diff(at));
        bound.extend(nearest.map(|place| (place, at)));
    }
    bound
}
