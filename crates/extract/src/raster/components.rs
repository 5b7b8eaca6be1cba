//! Connected pieces of ink. In: a grey image and a threshold. Out: the box and ink of each piece, by runs
//! of pixels joined from row to row (8 neighbours).

use super::Grey;

/// A connected piece of ink, in pixels; `x1` and `y1` lie outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    pub x0: u32,
    pub y0: u32,
    pub x1: u32,
    pub y1: u32,
    /// Pixels of ink.
    pub ink: u32,
}

impl Component {
    pub fn width(&self) -> u32 {
        self.x1 - self.x0
    }

    pub fn height(&self) -> u32 {
        self.y1 - self.y0
    }
}

/// A page with more pieces is noise: the rest is not looked at.
const MAX_COMPONENTS: usize = 400_000;

/// The pieces of ink at or below `threshold`.
pub fn components(image: &Grey, threshold: u8) -> Vec<Component> {
    let mut pieces: Vec<Component> = Vec::new();
    let mut parent: Vec<u32> = Vec::new();
    let (mut above, mut here): (Vec<Run>, Vec<Run>) = (Vec::new(), Vec::new());
    for y in 0..image.height {
        here.clear();
        runs(image.row(y), threshold, |x0, x1| here.push(Run { x0, x1, piece: 0 }));
        let mut start = 0;
        for run in &mut here {
            while start < above.len() && above[start].x1 < run.x0 {
                start += 1;
            }
            let mut piece = None;
            for touching in above[start..].iter().take_while(|up| up.x0 <= run.x1) {
                let root = find(&mut parent, touching.piece);
                piece = Some(match piece {
                    None => root,
                    Some(other) => join(&mut parent, &mut pieces, other, root),
                });
            }
            let row = y as u32;
            let grown = Component { x0: run.x0, y0: row, x1: run.x1, y1: row + 1, ink: run.x1 - run.x0 };
            run.piece = match piece {
                Some(root) => {
                    absorb(&mut pieces[root as usize], &grown);
                    root
                }
                None => {
                    pieces.push(grown);
                    parent.push(parent.len() as u32);
                    (pieces.len() - 1) as u32
                }
            };
        }
        std::mem::swap(&mut above, &mut here);
        if pieces.len() > MAX_COMPONENTS {
            break;
        }
    }
    pieces.iter().enumerate().filter(|&(i, _)| parent[i] as usize == i).map(|(_, piece)| *piece).collect()
}

/// A run of ink in a row, `x1` outside.
#[derive(Clone, Copy)]
struct Run {
    x0: u32,
    x1: u32,
    piece: u32,
}

fn runs(row: &[u8], threshold: u8, mut found: impl FnMut(u32, u32)) {
    let mut start = None;
    for (x, &value) in row.iter().enumerate() {
        match (value <= threshold, start) {
            (true, None) => start = Some(x),
            (false, Some(from)) => {
                found(from as u32, x as u32);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        found(from as u32, row.len() as u32);
    }
}

fn find(parent: &mut [u32], mut piece: u32) -> u32 {
    while parent[piece as usize] != piece {
        let above = parent[parent[piece as usize] as usize];
        parent[piece as usize] = above;
        piece = above;
    }
    piece
}

fn join(parent: &mut [u32], pieces: &mut [Component], a: u32, b: u32) -> u32 {
    let (a, b) = (find(parent, a), find(parent, b));
    if a == b {
        return a;
    }
    let (keep, drop) = (a.min(b), a.max(b));
    parent[drop as usize] = keep;
    let dropped = pieces[drop as usize];
    absorb(&mut pieces[keep as usize], &dropped);
    keep
}

fn absorb(into: &mut Component, other: &Component) {
    into.x0 = into.x0.min(other.x0);
    into.y0 = into.y0.min(other.y0);
    into.x1 = into.x1.max(other.x1);
    into.y1 = into.y1.max(other.y1);
    into.ink += other.ink;
}

/// The height in pixels that most letters have: the median over pieces that may be letters, each weighed
/// by its height so that dots and accents do not count. `None` where there are too few.
pub fn letter_height(pieces: &[Component]) -> Option<u32> {
    const MIN_PIECES: usize = 20;
    /// Pixels.
    const HEIGHTS: std::ops::Range<u32> = 4..200;
    let mut heights: Vec<u32> = pieces
        .iter()
        .filter(|c| HEIGHTS.contains(&c.height()) && c.width() < 6 * c.height() && c.height() < 8 * c.width())
        .map(Component::height)
        .collect();
    if heights.len() < MIN_PIECES {
        return None;
    }
    heights.sort_unstable();
    let half = heights.iter().map(|&h| u64::from(h)).sum::<u64>() / 2;
    let mut sum = 0;
    heights.iter().copied().find(|&h| {
        sum += u64::from(h);
        sum >= half
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[&str], expected: &[(u32, u32, u32, u32, u32)]) {
        let width = rows[0].len();
        let data = rows.concat().bytes().map(|b| if b == b'#' { 0 } else { 255 }).collect();
        let image = Grey { width, height: rows.len(), data };
        let found: Vec<_> = components(&image, 127).iter().map(|c| (c.x0, c.y0, c.x1, c.y1, c.ink)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn touching_ink_is_one_piece() {
        check(&["#.#", "#.#", "###"], &[(0, 0, 3, 3, 7)]);
        check(&["##..#", ".....", "..#.."], &[(0, 0, 2, 1, 2), (4, 0, 5, 1, 1), (2, 2, 3, 3, 1)]);
        check(&["#..", ".#.", "..#"], &[(0, 0, 3, 3, 3)]);
        check(&["#.#.#", "#.#.#", "#####"], &[(0, 0, 5, 3, 11)]);
    }
}
