//! Documents and pages of pdfium: opening, facts, size, rendering.

use super::Pdfium;
use super::ffi::{self, Bool, Matrix, RectF};
use super::object::Object;
use super::structure::{self, TaggedContent};
use super::text::TextPage;
use pagemill_document::Raster;
use std::ffi::{CStr, CString, c_int, c_ulong, c_void};
use std::path::Path;

/// Why a document did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("the file cannot be read")]
    File,
    #[error("it is not a PDF or its structure is beyond repair")]
    Format,
    #[error("it is locked by a password")]
    Password,
    #[error("it is locked by a security scheme that is not supported")]
    Security,
    #[error("pdfium reports error {0}")]
    Other(u64),
}

/// Why a page was not rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    #[error("no memory for a bitmap of {0} x {1} pixels")]
    NoBitmap(u32, u32),
}

/// An open document.
pub struct Document {
    pdfium: Pdfium,
    handle: ffi::DocumentHandle,
}

impl Drop for Document {
    fn drop(&mut self) {
        // SAFETY: open handle; pages borrow the document, so none is left.
        unsafe { (self.pdfium.functions().FPDF_CloseDocument)(self.handle) }
    }
}

impl Document {
    /// Opens a file with the empty user password. Parts are read from the file as they are needed.
    pub fn open(pdfium: &Pdfium, path: &Path) -> Result<Self, OpenError> {
        let path = CString::new(path.as_os_str().as_encoded_bytes()).map_err(|_| OpenError::File)?;
        let functions = pdfium.functions();
        // SAFETY: `path` is a C string that outlives the call; no password is a null pointer.
        let handle = unsafe { (functions.FPDF_LoadDocument)(path.as_ptr(), std::ptr::null()) };
        if handle.is_null() {
            // SAFETY: no requirements.
            return Err(match unsafe { (functions.FPDF_GetLastError)() } {
                ffi::ERR_FILE => OpenError::File,
                ffi::ERR_FORMAT => OpenError::Format,
                ffi::ERR_PASSWORD => OpenError::Password,
                ffi::ERR_SECURITY => OpenError::Security,
                #[allow(clippy::useless_conversion, reason = "c_ulong is 32 bits wide on some targets")]
                other => OpenError::Other(other.into()),
            });
        }
        Ok(Self { pdfium: pdfium.clone(), handle })
    }

    pub fn page_count(&self) -> u32 {
        // SAFETY: open handle.
        let count = unsafe { (self.functions().FPDF_GetPageCount)(self.handle) };
        u32::try_from(count).unwrap_or(0)
    }

    /// Such as 17 for PDF 1.7.
    pub fn file_version(&self) -> Option<i32> {
        let mut version: c_int = 0;
        // SAFETY: open handle, valid pointer.
        (unsafe { (self.functions().FPDF_GetFileVersion)(self.handle, &mut version) } != 0).then_some(version)
    }

    pub fn is_encrypted(&self) -> bool {
        // SAFETY: open handle.
        unsafe { (self.functions().FPDF_GetSecurityHandlerRevision)(self.handle) >= 0 }
    }

    pub fn is_tagged(&self) -> bool {
        // SAFETY: open handle.
        unsafe { (self.functions().FPDFCatalog_IsTagged)(self.handle) != 0 }
    }

    /// An entry of the Info dictionary, such as `Title`.
    pub fn meta_text(&self, key: &CStr) -> Option<String> {
        let read = |buffer: *mut c_void, bytes: c_ulong| {
            // SAFETY: open handle, C string, and a buffer of `bytes` bytes.
            unsafe { (self.functions().FPDF_GetMetaText)(self.handle, key.as_ptr(), buffer, bytes) }
        };
        utf16_by(read).filter(|text| !text.is_empty())
    }

    /// A page by its index from 0. `None` where pdfium cannot make a page of it.
    pub fn page(&self, index: u32) -> Option<Page<'_>> {
        let index = c_int::try_from(index).ok()?;
        // SAFETY: open handle; pdfium checks the index.
        let handle = unsafe { (self.functions().FPDF_LoadPage)(self.handle, index) };
        (!handle.is_null()).then_some(Page { document: self, handle })
    }

    pub(super) fn functions(&self) -> &ffi::Functions {
        self.pdfium.functions()
    }
}

/// A part of a rendered page, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// A loaded page.
pub struct Page<'d> {
    document: &'d Document,
    handle: ffi::PageHandle,
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // SAFETY: open handle; what borrows the page is gone.
        unsafe { (self.functions().FPDF_ClosePage)(self.handle) }
    }
}

impl<'d> Page<'d> {
    pub(super) fn functions(&self) -> &'d ffi::Functions {
        self.document.functions()
    }

    pub(super) fn handle(&self) -> ffi::PageHandle {
        self.handle
    }

    /// Width and height in points as shown (rotation applied).
    pub fn size(&self) -> (f32, f32) {
        // SAFETY: open handle.
        unsafe {
            (
                (self.functions().FPDF_GetPageWidthF)(self.handle),
                (self.functions().FPDF_GetPageHeightF)(self.handle),
            )
        }
    }

    /// The visible box in user space (crop box within media box), before rotation.
    pub fn bounding_box(&self) -> Option<RectF> {
        let mut rect = RectF::default();
        // SAFETY: open handle, valid pointer.
        (unsafe { (self.functions().FPDF_GetPageBoundingBox)(self.handle, &mut rect) } != 0).then_some(rect)
    }

    /// Quarter turns clockwise, 0 to 3.
    pub fn quarter_turns(&self) -> u16 {
        // SAFETY: open handle.
        let turns = unsafe { (self.functions().FPDFPage_GetRotation)(self.handle) };
        turns.rem_euclid(4) as u16
    }

    /// Number of objects at the top level of the page.
    pub fn object_count(&self) -> u32 {
        // SAFETY: open handle.
        u32::try_from(unsafe { (self.functions().FPDFPage_CountObjects)(self.handle) }).unwrap_or(0)
    }

    /// Objects at the top level, in painting order.
    pub fn objects(&self) -> impl Iterator<Item = Object<'_>> {
        (0..self.object_count()).filter_map(|index| {
            // SAFETY: open handle, index within the count.
            let handle = unsafe { (self.functions().FPDFPage_GetObject)(self.handle, index as c_int) };
            Object::of(self.functions(), handle)
        })
    }

    /// Analyses the text of the page. `None` where pdfium fails.
    pub fn text(&self) -> Option<TextPage<'_>> {
        TextPage::load(self)
    }

    /// Marked content of the page with the role path of its tags; empty without tags.
    pub fn tagged_content(&self, max_elements: usize) -> Vec<TaggedContent> {
        structure::tagged_content(self, max_elements)
    }

    /// Subtypes of the annotations (`FPDF_ANNOT_*`).
    pub fn annotation_kinds(&self) -> Vec<i32> {
        let functions = self.functions();
        // SAFETY: open handle; each annotation is closed after use.
        unsafe {
            (0..(functions.FPDFPage_GetAnnotCount)(self.handle))
                .filter_map(|index| {
                    let annotation = (functions.FPDFPage_GetAnnot)(self.handle, index);
                    if annotation.is_null() {
                        return None;
                    }
                    let kind = (functions.FPDFAnnot_GetSubtype)(annotation);
                    (functions.FPDFPage_CloseAnnot)(annotation);
                    Some(kind)
                })
                .collect()
        }
    }

    /// Moves what annotations and form fields show into the page itself; visible once it is loaded anew.
    /// True when something moved.
    pub fn flatten(&self) -> bool {
        const NORMAL_DISPLAY: c_int = 0;
        const SUCCESS: c_int = 1;
        // SAFETY: open handle.
        unsafe { (self.functions().FPDFPage_Flatten)(self.handle, NORMAL_DISPLAY) == SUCCESS }
    }

    /// Renders a window of the page on white, 1 or 3 channels; the whole page would measure `page` pixels.
    pub fn render(
        &self,
        page: (u32, u32),
        window: Window,
        channels: u8,
        dpi: f32,
    ) -> Result<Raster, RenderError> {
        let Window { x, y, width, height } = window;
        let functions = self.functions();
        let (format, mut flags) = if channels == 1 {
            (ffi::BITMAP_GRAY, ffi::RENDER_GRAYSCALE)
        } else {
            (ffi::BITMAP_BGR, ffi::RENDER_REVERSE_BYTE_ORDER)
        };
        flags |= ffi::RENDER_ANNOTATIONS | ffi::RENDER_LIMITED_IMAGE_CACHE;
        let (w, h) = (width as c_int, height as c_int);
        // SAFETY: pdfium allocates the bitmap and returns null when it cannot; the buffer has
        // `stride * height` bytes until the bitmap is destroyed.
        unsafe {
            let bitmap = (functions.FPDFBitmap_CreateEx)(w, h, format, std::ptr::null_mut(), 0);
            if bitmap.is_null() {
                return Err(RenderError::NoBitmap(width, height));
            }
            (functions.FPDFBitmap_FillRect)(bitmap, 0, 0, w, h, 0xFFFF_FFFF);
            let (left, top) = (-(x as c_int), -(y as c_int));
            let (page_w, page_h) = (page.0 as c_int, page.1 as c_int);
            (functions.FPDF_RenderPageBitmap)(bitmap, self.handle, left, top, page_w, page_h, 0, flags);
            let stride = (functions.FPDFBitmap_GetStride)(bitmap) as usize;
            let buffer = (functions.FPDFBitmap_GetBuffer)(bitmap).cast::<u8>();
            let row_bytes = width as usize * usize::from(if channels == 1 { 1u8 } else { 3 });
            let mut data = Vec::with_capacity(row_bytes * height as usize);
            for row in 0..height as usize {
                data.extend_from_slice(std::slice::from_raw_parts(buffer.add(row * stride), row_bytes));
            }
            (functions.FPDFBitmap_Destroy)(bitmap);
            Ok(Raster { width, height, channels: if channels == 1 { 1 } else { 3 }, dpi, data })
        }
    }
}

/// Reads a UTF-16LE string by pdfium's habit: asked with no buffer it names the bytes needed.
pub(super) fn utf16_by(read: impl Fn(*mut c_void, c_ulong) -> c_ulong) -> Option<String> {
    /// Longer strings are cut: no name or title needs more.
    const MAX_BYTES: usize = 64 * 1024;
    let needed = read(std::ptr::null_mut(), 0) as usize;
    if !(2..=MAX_BYTES).contains(&needed) {
        return None;
    }
    let mut units = vec![0u16; needed.div_ceil(2)];
    let got = read(units.as_mut_ptr().cast(), (units.len() * 2) as c_ulong) as usize;
    units.truncate((got / 2).min(units.len()));
    while units.last() == Some(&0) {
        units.pop();
    }
    Some(String::from_utf16_lossy(&units))
}

impl Matrix {
    pub const IDENTITY: Matrix = Matrix { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

    pub fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
    }

    /// First `self`, then `outer`.
    pub fn then(&self, outer: &Matrix) -> Matrix {
        Matrix {
            a: outer.a * self.a + outer.c * self.b,
            b: outer.b * self.a + outer.d * self.b,
            c: outer.a * self.c + outer.c * self.d,
            d: outer.b * self.c + outer.d * self.d,
            e: outer.a * self.e + outer.c * self.f + outer.e,
            f: outer.b * self.e + outer.d * self.f + outer.f,
        }
    }

    /// Length that a unit along x has after the transformation.
    pub fn scale_x(&self) -> f32 {
        self.a.hypot(self.b)
    }

    /// Length that a unit along y has after the transformation.
    pub fn scale_y(&self) -> f32 {
        self.c.hypot(self.d)
    }

    pub fn is_finite(&self) -> bool {
        [self.a, self.b, self.c, self.d, self.e, self.f].iter().all(|v| v.is_finite())
    }
}

/// Whether a pdfium call reported success.
pub(super) fn succeeded(result: Bool) -> bool {
    result != 0
}
