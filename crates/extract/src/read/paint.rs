//! What a page paints besides text. In: its path, image and shading objects, those of nested forms
//! included. Out: ruling lines, filled areas, placed images, and the boxes that hold any ink at all.

use super::frame::Frame;
use super::rulings::{self, Stroke};
use crate::pdfium::{Matrix, Object, ObjectKind, Page, RectF, Segment};
use pagemill_document::{Fill, ImageArea, Rect, Ruling};

/// The painted things of a page, in the frame as shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Painted {
    pub rulings: Vec<Ruling>,
    pub fills: Vec<Fill>,
    pub images: Vec<ImageArea>,
    /// Boxes of everything painted in another colour than white, images and shadings included.
    pub inked: Vec<Rect>,
    /// Paths, whatever they look like.
    pub path_count: u32,
    /// Whether the limit on objects or path steps cut the reading short.
    pub cut_short: bool,
}

/// How much of a page's drawing is looked at.
#[derive(Clone, Copy, Debug)]
pub struct PaintLimits {
    pub max_objects: u32,
    pub max_segments: u32,
    pub max_form_depth: u32,
}

/// Reads what the page paints.
pub fn read_painted(page: &Page<'_>, frame: &Frame, limits: &PaintLimits) -> Painted {
    let mut reading = Reading {
        frame,
        limits,
        objects_left: limits.max_objects,
        segments_left: limits.max_segments,
        strokes: Vec::new(),
        steps: Vec::new(),
        painted: Painted::default(),
    };
    for object in page.objects() {
        reading.object(&object, &Matrix::IDENTITY, 0);
        if reading.painted.cut_short {
            break;
        }
    }
    let mut painted = reading.painted;
    painted.rulings = rulings::join(reading.strokes);
    painted
}

struct Reading<'a> {
    frame: &'a Frame,
    limits: &'a PaintLimits,
    objects_left: u32,
    segments_left: u32,
    strokes: Vec<Stroke>,
    /// Room for the steps of one path, used again and again.
    steps: Vec<Segment>,
    painted: Painted,
}

impl Reading<'_> {
    fn object(&mut self, object: &Object<'_>, outer: &Matrix, depth: u32) {
        if self.objects_left == 0 {
            self.painted.cut_short = true;
            return;
        }
        self.objects_left -= 1;
        match object.kind() {
            ObjectKind::Path => self.path(object, outer),
            ObjectKind::Image => self.image(object, outer),
            ObjectKind::Shading => {
                let area = object.bounds().map(|r| self.frame.rect_through(outer, &r));
                self.painted.inked.extend(area.and_then(|area| self.visible(object, outer, area)));
            }
            ObjectKind::Form if depth < self.limits.max_form_depth => {
                let Some(matrix) = object.matrix() else { return };
                let inner = matrix.then(outer);
                for child in object.children() {
                    self.object(&child, &inner, depth + 1);
                    if self.painted.cut_short {
                        return;
                    }
                }
            }
            ObjectKind::Form | ObjectKind::Text | ObjectKind::Other => {}
        }
    }

    /// The part of an area that the page and the object's clip leave to see.
    fn visible(&self, object: &Object<'_>, outer: &Matrix, area: Rect) -> Option<Rect> {
        /// A line has no width; its clip may have no more.
        const SLACK: f32 = 0.5;
        let (width, height) = self.frame.size();
        let mut seen = Rect::new(0.0, 0.0, width, height).grown(SLACK);
        if let Some(clip) = object.clip_box() {
            seen = seen.intersection(&self.frame.rect_through(outer, &clip).grown(SLACK));
        }
        let meets = area.x0 <= seen.x1 && area.x1 >= seen.x0 && area.y0 <= seen.y1 && area.y1 >= seen.y0;
        (meets && seen.area() > 0.0).then(|| area.intersection(&seen))
    }

    fn image(&mut self, object: &Object<'_>, outer: &Matrix) {
        const POINTS_PER_INCH: f32 = 72.0;
        /// An image as thin as this is a line.
        const LINE_POINTS: f32 = 2.0;
        let Some(matrix) = object.matrix() else { return };
        // An image fills the unit square of its matrix.
        let placed = matrix.then(outer);
        let unit = RectF { left: 0.0, top: 1.0, right: 1.0, bottom: 0.0 };
        let area = self.frame.rect_through(&placed, &unit);
        let Some(seen) = self.visible(object, outer, area) else { return };
        if seen.width().min(seen.height()) <= LINE_POINTS {
            self.strokes.push(Stroke::of_rect(&seen));
            return;
        }
        self.painted.inked.push(seen);
        let pixels = object.image_pixels().unwrap_or((0, 0));
        let dpi_x = pixels.0 as f32 / placed.scale_x().max(0.01) * POINTS_PER_INCH;
        let dpi_y = pixels.1 as f32 / placed.scale_y().max(0.01) * POINTS_PER_INCH;
        self.painted.images.push(ImageArea { bbox: seen, pixels, dpi: dpi_x.min(dpi_y) });
    }

    fn path(&mut self, object: &Object<'_>, outer: &Matrix) {
        let count = object.segment_count();
        if count == 0 {
            return;
        }
        self.painted.path_count += 1;
        if count > self.segments_left {
            self.painted.cut_short = true;
            return;
        }
        self.segments_left -= count;
        let style = object.paint_style();
        let fill = if style.filled { opaque(object.fill_color()) } else { None };
        let stroke = if style.stroked { opaque(object.stroke_color()) } else { None };
        if fill.is_none() && stroke.is_none() {
            return;
        }
        let matrix = object.matrix().unwrap_or(Matrix::IDENTITY).then(outer);
        let mut steps = std::mem::take(&mut self.steps);
        steps.clear();
        object.segments(&mut steps);
        let outlines = rulings::outlines(&steps, |x, y| {
            let (x, y) = matrix.apply(x, y);
            self.frame.point(x, y)
        });
        self.steps = steps;
        let Some(whole) = Rect::union_all(outlines.iter().map(|o| &o.bbox)) else { return };
        let Some(seen) = self.visible(object, outer, whole) else { return };
        let clip = seen.grown(0.5);
        if let Some(color) = fill {
            for outline in &outlines {
                self.filled(outline, color, &clip);
            }
        }
        if stroke.is_some_and(|color| !is_white(color)) {
            let width = object.stroke_width() * (matrix.scale_x() * matrix.scale_y()).sqrt();
            self.painted.inked.push(seen);
            for outline in &outlines {
                for line in outline.points.windows(2) {
                    self.strokes
                        .extend(Stroke::of_line(line[0], line[1], width).and_then(|s| s.within(&clip)));
                }
            }
        }
    }

    fn filled(&mut self, outline: &rulings::Outline, color: [u8; 3], clip: &Rect) {
        /// A filled shape as thin as this is a line.
        const LINE_POINTS: f32 = 3.0;
        /// How many times longer than wide a line is at least.
        const LINE_RATIO: f32 = 3.0;
        /// Share of its box that a shape fills to pass for a box: rounded corners do, letters do not.
        const BOX_SHARE: f32 = 0.85;
        if is_white(color) {
            return;
        }
        let bbox = outline.bbox;
        let meets = bbox.x0 <= clip.x1 && bbox.x1 >= clip.x0 && bbox.y0 <= clip.y1 && bbox.y1 >= clip.y0;
        if !meets {
            return;
        }
        let bbox = bbox.intersection(clip);
        let (thin, long) = (bbox.width().min(bbox.height()), bbox.width().max(bbox.height()));
        if thin <= LINE_POINTS && long >= LINE_RATIO * thin {
            self.strokes.push(Stroke::of_rect(&bbox));
            return;
        }
        self.painted.inked.push(bbox);
        if outline.area >= BOX_SHARE * outline.bbox.area() {
            self.painted.fills.push(Fill { bbox, color });
        }
    }
}

/// The colour without its alpha; `None` where it is as good as transparent.
fn opaque(color: Option<[u8; 4]>) -> Option<[u8; 3]> {
    const TRANSPARENT: u8 = 6;
    let [r, g, b, alpha] = color.unwrap_or([0, 0, 0, 255]);
    (alpha >= TRANSPARENT).then_some([r, g, b])
}

/// White as far as an eye can tell.
pub fn is_white(color: [u8; 3]) -> bool {
    color.iter().all(|&c| c >= 250)
}
