//! The glyphs of a page as pdfium's text analysis gives them, by index from 0. Positions are in the
//! page's user space (not rotated, origin bottom left).

use super::document::{Page, succeeded};
use super::ffi::{self, Matrix, RectF};
use super::object::Object;
use std::ffi::c_int;
use std::marker::PhantomData;

/// The analysed text of a page.
pub struct TextPage<'p> {
    functions: &'p ffi::Functions,
    handle: ffi::TextPageHandle,
    page: PhantomData<&'p Page<'p>>,
}

impl Drop for TextPage<'_> {
    fn drop(&mut self) {
        // SAFETY: open handle.
        unsafe { (self.functions.FPDFText_ClosePage)(self.handle) }
    }
}

impl<'p> TextPage<'p> {
    pub(super) fn load(page: &'p Page<'_>) -> Option<Self> {
        let functions = page.functions();
        // SAFETY: open page, which outlives the text page.
        let handle = unsafe { (functions.FPDFText_LoadPage)(page.handle()) };
        (!handle.is_null()).then_some(Self { functions, handle, page: PhantomData })
    }

    /// Number of characters, those that pdfium made up (spaces, line ends) included.
    pub fn len(&self) -> u32 {
        // SAFETY: open handle.
        u32::try_from(unsafe { (self.functions.FPDFText_CountChars)(self.handle) }).unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code point; 0 where there is none.
    pub fn unicode(&self, index: u32) -> u32 {
        // SAFETY: open handle; pdfium checks the index, here and in all functions below.
        unsafe { (self.functions.FPDFText_GetUnicode)(self.handle, index as c_int) }
    }

    /// Whether pdfium made the character up from the layout.
    pub fn is_generated(&self, index: u32) -> bool {
        // SAFETY: as above.
        unsafe { (self.functions.FPDFText_IsGenerated)(self.handle, index as c_int) == 1 }
    }

    /// Whether the glyph is a hyphen that breaks a word at the end of a line.
    pub fn is_hyphen(&self, index: u32) -> bool {
        // SAFETY: as above.
        unsafe { (self.functions.FPDFText_IsHyphen)(self.handle, index as c_int) == 1 }
    }

    /// Whether the font gives no Unicode for the glyph, so that its text is a guess.
    pub fn is_unmapped(&self, index: u32) -> bool {
        // SAFETY: as above.
        unsafe { (self.functions.FPDFText_HasUnicodeMapError)(self.handle, index as c_int) == 1 }
    }

    /// The text-showing operation the glyph belongs to; none for generated ones.
    pub fn object(&self, index: u32) -> Option<Object<'p>> {
        // SAFETY: as above; the object lives as long as the page.
        let handle = unsafe { (self.functions.FPDFText_GetTextObject)(self.handle, index as c_int) };
        Object::of(self.functions, handle)
    }

    /// The glyph's matrix; all glyphs of one text object share its linear part.
    pub fn matrix(&self, index: u32) -> Option<Matrix> {
        let mut matrix = Matrix::IDENTITY;
        // SAFETY: as above, valid pointer.
        let got = unsafe { (self.functions.FPDFText_GetMatrix)(self.handle, index as c_int, &mut matrix) };
        (succeeded(got) && matrix.is_finite()).then_some(matrix)
    }

    /// Where the glyph is set: a point on the baseline.
    pub fn origin(&self, index: u32) -> Option<(f32, f32)> {
        let (mut x, mut y) = (0.0, 0.0);
        // SAFETY: as above, valid pointers.
        let got =
            unsafe { (self.functions.FPDFText_GetCharOrigin)(self.handle, index as c_int, &mut x, &mut y) };
        (succeeded(got) && x.is_finite() && y.is_finite()).then_some((x as f32, y as f32))
    }

    /// The box of the ink.
    pub fn tight_box(&self, index: u32) -> Option<RectF> {
        let (mut left, mut right, mut bottom, mut top) = (0.0, 0.0, 0.0, 0.0);
        // SAFETY: as above, valid pointers.
        let got = unsafe {
            (self.functions.FPDFText_GetCharBox)(
                self.handle,
                index as c_int,
                &mut left,
                &mut right,
                &mut bottom,
                &mut top,
            )
        };
        let rect = RectF { left: left as f32, top: top as f32, right: right as f32, bottom: bottom as f32 };
        (succeeded(got) && rect.is_finite()).then_some(rect)
    }

    /// The box from the font's ascent and descent and the glyph's advance.
    pub fn loose_box(&self, index: u32) -> Option<RectF> {
        let mut rect = RectF::default();
        // SAFETY: as above, valid pointer.
        let got =
            unsafe { (self.functions.FPDFText_GetLooseCharBox)(self.handle, index as c_int, &mut rect) };
        (succeeded(got) && rect.is_finite()).then_some(rect)
    }
}

impl RectF {
    pub fn is_finite(&self) -> bool {
        [self.left, self.top, self.right, self.bottom].iter().all(|v| v.is_finite())
    }
}
