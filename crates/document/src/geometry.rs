//! Boxes on a page. In: coordinates in PDF points, origin at the top left of the page as it is shown
//! (rotation applied), y growing downwards. Out: the same. Never another unit.

use serde::{Deserialize, Serialize};

/// An axis-aligned box in PDF points (1/72 inch), origin top left, `x0 <= x1`, `y0 <= y1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    pub x0: f32,
    pub y0: f32,
    pub x1: f32,
    pub y1: f32,
}

impl Rect {
    /// A box from any two opposite corners.
    pub fn new(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        Self { x0: x0.min(x1), y0: y0.min(y1), x1: x0.max(x1), y1: y0.max(y1) }
    }

    pub fn width(&self) -> f32 {
        self.x1 - self.x0
    }

    pub fn height(&self) -> f32 {
        self.y1 - self.y0
    }

    /// Area in square points.
    pub fn area(&self) -> f32 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    pub fn center(&self) -> (f32, f32) {
        ((self.x0 + self.x1) / 2.0, (self.y0 + self.y1) / 2.0)
    }

    /// The smallest box that holds both.
    pub fn union(&self, other: &Rect) -> Rect {
        Rect {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }

    /// The smallest box that holds all of them; `None` for an empty iterator.
    pub fn union_all<'a>(boxes: impl IntoIterator<Item = &'a Rect>) -> Option<Rect> {
        boxes.into_iter().copied().reduce(|a, b| a.union(&b))
    }

    /// The common part; an empty box (zero width or height) where there is none.
    pub fn intersection(&self, other: &Rect) -> Rect {
        let x0 = self.x0.max(other.x0);
        let y0 = self.y0.max(other.y0);
        Rect { x0, y0, x1: self.x1.min(other.x1).max(x0), y1: self.y1.min(other.y1).max(y0) }
    }

    /// Length of the common part along x, in points; zero when apart.
    pub fn overlap_x(&self, other: &Rect) -> f32 {
        (self.x1.min(other.x1) - self.x0.max(other.x0)).max(0.0)
    }

    /// Length of the common part along y, in points; zero when apart.
    pub fn overlap_y(&self, other: &Rect) -> f32 {
        (self.y1.min(other.y1) - self.y0.max(other.y0)).max(0.0)
    }

    pub fn contains_point(&self, x: f32, y: f32) -> bool {
        x >= self.x0 && x <= self.x1 && y >= self.y0 && y <= self.y1
    }

    /// The box grown by `by` points on every side.
    pub fn grown(&self, by: f32) -> Rect {
        Rect { x0: self.x0 - by, y0: self.y0 - by, x1: self.x1 + by, y1: self.y1 + by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_combine_and_meet() {
        let a = Rect::new(10.0, 10.0, 0.0, 0.0);
        let b = Rect::new(5.0, 5.0, 20.0, 8.0);
        assert_eq!(a, Rect { x0: 0.0, y0: 0.0, x1: 10.0, y1: 10.0 });
        assert_eq!(a.union(&b), Rect::new(0.0, 0.0, 20.0, 10.0));
        assert_eq!(a.intersection(&b), Rect::new(5.0, 5.0, 10.0, 8.0));
        assert_eq!(a.intersection(&Rect::new(30.0, 30.0, 40.0, 40.0)).area(), 0.0);
        assert_eq!((a.overlap_x(&b), a.overlap_y(&b)), (5.0, 3.0));
    }
}
