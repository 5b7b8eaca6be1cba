//! From a page's user space (origin bottom left, not rotated) to the page as it is shown (origin top
//! left, rotated, cut to the crop box), both in points.

use crate::pdfium::{Matrix, RectF};
use pagemill_document::Rect;

/// The transformation of one page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    left: f32,
    top: f32,
    /// Before rotation.
    width: f32,
    /// Before rotation.
    height: f32,
    /// Quarter turns clockwise, 0 to 3.
    turns: u16,
}

impl Frame {
    /// `visible` is the crop box in user space.
    pub fn new(visible: RectF, turns: u16) -> Self {
        Self {
            left: visible.left.min(visible.right),
            top: visible.top.max(visible.bottom),
            width: (visible.right - visible.left).abs(),
            height: (visible.top - visible.bottom).abs(),
            turns: turns % 4,
        }
    }

    /// Width and height as shown.
    pub fn size(&self) -> (f32, f32) {
        if self.turns % 2 == 1 { (self.height, self.width) } else { (self.width, self.height) }
    }

    pub fn rotation_degrees(&self) -> u16 {
        self.turns * 90
    }

    pub fn point(&self, x: f32, y: f32) -> (f32, f32) {
        let (u, v) = (x - self.left, self.top - y);
        match self.turns {
            0 => (u, v),
            1 => (self.height - v, u),
            2 => (self.width - u, self.height - v),
            _ => (v, self.width - u),
        }
    }

    /// A direction in user space (y up) as a direction on the shown page (y down).
    pub fn direction(&self, x: f32, y: f32) -> (f32, f32) {
        match self.turns {
            0 => (x, -y),
            1 => (y, x),
            2 => (-x, y),
            _ => (-y, -x),
        }
    }

    pub fn rect(&self, r: &RectF) -> Rect {
        let (x0, y0) = self.point(r.left, r.bottom);
        let (x1, y1) = self.point(r.right, r.top);
        Rect::new(x0, y0, x1, y1)
    }

    /// The box around a box that `matrix` transforms into user space.
    pub fn rect_through(&self, matrix: &Matrix, r: &RectF) -> Rect {
        let corners = [(r.left, r.bottom), (r.right, r.bottom), (r.left, r.top), (r.right, r.top)];
        let mut shown = corners.map(|(x, y)| {
            let (x, y) = matrix.apply(x, y);
            self.point(x, y)
        });
        let first = shown[0];
        shown.iter_mut().fold(Rect::new(first.0, first.1, first.0, first.1), |whole, (x, y)| {
            whole.union(&Rect::new(*x, *y, *x, *y))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of 200 x 100 points at (10, 20), a point near its lower left corner.
    fn check(turns: u16, size: (f32, f32), point: (f32, f32), direction: (f32, f32)) {
        let frame = Frame::new(RectF { left: 10.0, top: 120.0, right: 210.0, bottom: 20.0 }, turns);
        assert_eq!(frame.size(), size, "size at {turns} turns");
        assert_eq!(frame.point(15.0, 22.0), point, "point at {turns} turns");
        assert_eq!(frame.direction(1.0, 0.0), direction, "direction at {turns} turns");
    }

    #[test]
    fn pages_turn_clockwise() {
        check(0, (200.0, 100.0), (5.0, 98.0), (1.0, 0.0));
        check(1, (100.0, 200.0), (2.0, 5.0), (0.0, 1.0));
        check(2, (200.0, 100.0), (195.0, 2.0), (-1.0, 0.0));
        check(3, (100.0, 200.0), (98.0, 195.0), (0.0, -1.0));
    }
}
