//! Page objects: text, paths, images and nested forms, with their style and geometry. Coordinates are
//! those of the container (page or form) before the object's own matrix.

use super::document::succeeded;
use super::ffi::{self, Matrix, RectF};
use std::ffi::{c_int, c_ulong};

/// An object of a page, alive as long as the page.
#[derive(Clone, Copy)]
pub struct Object<'p> {
    functions: &'p ffi::Functions,
    handle: ffi::ObjectHandle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    Text,
    Path,
    Image,
    Shading,
    Form,
    Other,
}

/// How a path is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaintStyle {
    pub filled: bool,
    pub stroked: bool,
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Segment {
    Move(f32, f32),
    Line(f32, f32),
    /// Only the points of the curve's hull; three follow one another per curve.
    Curve(f32, f32),
    /// The step before closes the subpath.
    Close,
}

/// What a font says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct FontTraits {
    /// With subset prefix, where there is one.
    pub base_name: String,
    /// Flags of the font descriptor (ISO 32000-2, table 121).
    pub flags: u32,
    /// 400 is regular, 700 bold; 0 where unknown.
    pub weight: i32,
    pub italic_angle: i32,
    /// Above the baseline, for a size of 1.
    pub ascent: f32,
    /// Below the baseline (negative), for a size of 1.
    pub descent: f32,
}

impl<'p> Object<'p> {
    pub(super) fn of(functions: &'p ffi::Functions, handle: ffi::ObjectHandle) -> Option<Self> {
        (!handle.is_null()).then_some(Self { functions, handle })
    }

    /// Tells objects of one page apart.
    pub fn id(&self) -> usize {
        self.handle as usize
    }

    pub fn kind(&self) -> ObjectKind {
        // SAFETY: the handle lives as long as the page, here and below.
        match unsafe { (self.functions.FPDFPageObj_GetType)(self.handle) } {
            ffi::PAGEOBJ_TEXT => ObjectKind::Text,
            ffi::PAGEOBJ_PATH => ObjectKind::Path,
            ffi::PAGEOBJ_IMAGE => ObjectKind::Image,
            ffi::PAGEOBJ_SHADING => ObjectKind::Shading,
            ffi::PAGEOBJ_FORM => ObjectKind::Form,
            _ => ObjectKind::Other,
        }
    }

    pub fn matrix(&self) -> Option<Matrix> {
        let mut matrix = Matrix::IDENTITY;
        // SAFETY: live handle, valid pointer.
        let got = unsafe { (self.functions.FPDFPageObj_GetMatrix)(self.handle, &mut matrix) };
        (succeeded(got) && matrix.is_finite()).then_some(matrix)
    }

    /// The box in the container's coordinates, the object's matrix applied.
    pub fn bounds(&self) -> Option<RectF> {
        let mut rect = RectF::default();
        // SAFETY: live handle, valid pointers.
        let got = unsafe {
            (self.functions.FPDFPageObj_GetBounds)(
                self.handle,
                &mut rect.left,
                &mut rect.bottom,
                &mut rect.right,
                &mut rect.top,
            )
        };
        (succeeded(got) && rect.is_finite()).then_some(rect)
    }

    /// Red, green, blue, alpha.
    pub fn fill_color(&self) -> Option<[u8; 4]> {
        self.color(self.functions.FPDFPageObj_GetFillColor)
    }

    /// Red, green, blue, alpha.
    pub fn stroke_color(&self) -> Option<[u8; 4]> {
        self.color(self.functions.FPDFPageObj_GetStrokeColor)
    }

    fn color(
        &self,
        get: unsafe extern "C" fn(ffi::ObjectHandle, *mut u32, *mut u32, *mut u32, *mut u32) -> ffi::Bool,
    ) -> Option<[u8; 4]> {
        let mut rgba = [0u32; 4];
        let [r, g, b, a] = &mut rgba;
        // SAFETY: live handle, valid pointers.
        let got = unsafe { get(self.handle, r, g, b, a) };
        succeeded(got).then(|| rgba.map(|v| v.min(255) as u8))
    }

    pub fn stroke_width(&self) -> f32 {
        let mut width = 0.0;
        // SAFETY: live handle, valid pointer.
        let got = unsafe { (self.functions.FPDFPageObj_GetStrokeWidth)(self.handle, &mut width) };
        if succeeded(got) && width.is_finite() { width } else { 0.0 }
    }

    /// The id that binds the object to the structure tree.
    pub fn marked_content_id(&self) -> Option<i32> {
        // SAFETY: live handle.
        let id = unsafe { (self.functions.FPDFPageObj_GetMarkedContentID)(self.handle) };
        (id >= 0).then_some(id)
    }

    /// Whether the object stands in content marked as an artifact.
    pub fn is_artifact(&self) -> bool {
        let artifact = b"Artifact\0".map(u16::from);
        // SAFETY: live handles; the buffer has the size that is passed.
        unsafe {
            (0..(self.functions.FPDFPageObj_CountMarks)(self.handle)).any(|index| {
                let mark = (self.functions.FPDFPageObj_GetMark)(self.handle, index as c_ulong);
                let mut name = [0u16; 16];
                let mut bytes: c_ulong = 0;
                !mark.is_null()
                    && succeeded((self.functions.FPDFPageObjMark_GetName)(
                        mark,
                        name.as_mut_ptr(),
                        size_of_val(&name) as c_ulong,
                        &mut bytes,
                    ))
                    && name.starts_with(&artifact)
            })
        }
    }

    /// Objects of a form.
    pub fn children(&self) -> impl Iterator<Item = Object<'p>> + use<'p> {
        let (functions, handle) = (self.functions, self.handle);
        // SAFETY: live handle; pdfium answers -1 for what is not a form.
        let count = unsafe { (functions.FPDFFormObj_CountObjects)(handle) }.max(0);
        (0..count).filter_map(move |index| {
            // SAFETY: live handle, index within the count.
            let child = unsafe { (functions.FPDFFormObj_GetObject)(handle, index as c_ulong) };
            Object::of(functions, child)
        })
    }

    /// Pixels of an image.
    pub fn image_pixels(&self) -> Option<(u32, u32)> {
        let (mut width, mut height) = (0, 0);
        // SAFETY: live handle, valid pointers.
        let got =
            unsafe { (self.functions.FPDFImageObj_GetImagePixelSize)(self.handle, &mut width, &mut height) };
        succeeded(got).then_some((width, height))
    }

    pub fn paint_style(&self) -> PaintStyle {
        let (mut fill, mut stroke) = (0, 0);
        // SAFETY: live handle, valid pointers.
        let got = unsafe { (self.functions.FPDFPath_GetDrawMode)(self.handle, &mut fill, &mut stroke) };
        PaintStyle { filled: succeeded(got) && fill != 0, stroked: succeeded(got) && stroke != 0 }
    }

    /// Number of points of a path.
    pub fn segment_count(&self) -> u32 {
        // SAFETY: live handle.
        u32::try_from(unsafe { (self.functions.FPDFPath_CountSegments)(self.handle) }).unwrap_or(0)
    }

    /// Appends the steps of a path.
    pub fn segments(&self, into: &mut Vec<Segment>) {
        for index in 0..self.segment_count() as c_int {
            // SAFETY: live handle, index within the count.
            let segment = unsafe { (self.functions.FPDFPath_GetPathSegment)(self.handle, index) };
            self.push_segment(segment, into);
        }
    }

    /// The box of the clip in the container's coordinates; `None` where nothing clips.
    pub fn clip_box(&self) -> Option<RectF> {
        /// A clip of more parts is not a plain box.
        const MAX_PARTS: c_int = 64;
        let f = self.functions;
        let mut total: Option<RectF> = None;
        // SAFETY: live handles, indices within the counts.
        unsafe {
            let clip = (f.FPDFPageObj_GetClipPath)(self.handle);
            if clip.is_null() {
                return None;
            }
            for path in 0..(f.FPDFClipPath_CountPaths)(clip).min(MAX_PARTS) {
                let mut part: Option<RectF> = None;
                for index in 0..(f.FPDFClipPath_CountPathSegments)(clip, path).min(4 * MAX_PARTS) {
                    let segment = (f.FPDFClipPath_GetPathSegment)(clip, path, index);
                    let (mut x, mut y) = (0.0, 0.0);
                    if segment.is_null() || !succeeded((f.FPDFPathSegment_GetPoint)(segment, &mut x, &mut y))
                    {
                        continue;
                    }
                    let grown = part.get_or_insert(RectF { left: x, right: x, top: y, bottom: y });
                    grown.left = grown.left.min(x);
                    grown.right = grown.right.max(x);
                    grown.bottom = grown.bottom.min(y);
                    grown.top = grown.top.max(y);
                }
                total = match (total, part) {
                    (Some(a), Some(b)) => Some(RectF {
                        left: a.left.max(b.left),
                        right: a.right.min(b.right),
                        bottom: a.bottom.max(b.bottom),
                        top: a.top.min(b.top),
                    }),
                    (a, b) => a.or(b),
                };
            }
        }
        total.filter(RectF::is_finite)
    }

    fn push_segment(&self, segment: ffi::SegmentHandle, into: &mut Vec<Segment>) {
        if segment.is_null() {
            return;
        }
        let (mut x, mut y) = (0.0, 0.0);
        // SAFETY: live handle, valid pointers.
        unsafe {
            if !succeeded((self.functions.FPDFPathSegment_GetPoint)(segment, &mut x, &mut y))
                || !x.is_finite()
                || !y.is_finite()
            {
                return;
            }
            match (self.functions.FPDFPathSegment_GetType)(segment) {
                ffi::SEGMENT_MOVETO => into.push(Segment::Move(x, y)),
                ffi::SEGMENT_LINETO => into.push(Segment::Line(x, y)),
                ffi::SEGMENT_BEZIERTO => into.push(Segment::Curve(x, y)),
                _ => {}
            }
            if succeeded((self.functions.FPDFPathSegment_GetClose)(segment)) {
                into.push(Segment::Close);
            }
        }
    }

    /// Em size of a text object before its matrix.
    pub fn font_size(&self) -> Option<f32> {
        let mut size = 0.0;
        // SAFETY: live handle, valid pointer.
        let got = unsafe { (self.functions.FPDFTextObj_GetFontSize)(self.handle, &mut size) };
        (succeeded(got) && size.is_finite()).then_some(size)
    }

    /// Text rendering mode (ISO 32000-2, table 104): 3 is invisible, 7 only clips.
    pub fn text_render_mode(&self) -> i32 {
        // SAFETY: live handle.
        unsafe { (self.functions.FPDFTextObj_GetTextRenderMode)(self.handle) }
    }

    /// Tells the fonts of a document apart while it is open.
    pub fn font_id(&self) -> Option<usize> {
        // SAFETY: live handle.
        let font = unsafe { (self.functions.FPDFTextObj_GetFont)(self.handle) };
        (!font.is_null()).then_some(font as usize)
    }

    /// What the font of a text object says of itself.
    pub fn font_traits(&self) -> Option<FontTraits> {
        /// Longer names are cut.
        const MAX_NAME: usize = 512;
        let f = self.functions;
        // SAFETY: live handles, valid pointers, and a buffer of the size that is passed.
        unsafe {
            let font = (f.FPDFTextObj_GetFont)(self.handle);
            if font.is_null() {
                return None;
            }
            let mut name = vec![0u8; MAX_NAME];
            let needed = (f.FPDFFont_GetBaseFontName)(font, name.as_mut_ptr().cast(), MAX_NAME);
            name.truncate(if needed <= MAX_NAME { needed } else { 0 });
            while name.last() == Some(&0) {
                name.pop();
            }
            let (mut italic_angle, mut ascent, mut descent) = (0, 0.0, 0.0);
            (f.FPDFFont_GetItalicAngle)(font, &mut italic_angle);
            (f.FPDFFont_GetAscent)(font, 1.0, &mut ascent);
            (f.FPDFFont_GetDescent)(font, 1.0, &mut descent);
            Some(FontTraits {
                base_name: String::from_utf8_lossy(&name).into_owned(),
                flags: (f.FPDFFont_GetFlags)(font) as u32,
                weight: (f.FPDFFont_GetWeight)(font),
                italic_angle,
                ascent,
                descent,
            })
        }
    }
}
