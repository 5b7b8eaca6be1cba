//! The functions of libpdfium that Pagemill calls, bound by name from a library file at run time. Names,
//! argument order and constants are those of pdfium's public headers (`fpdfview.h`, `fpdf_text.h`,
//! `fpdf_edit.h`, `fpdf_structtree.h`). Nothing here is safe to call: `super` wraps it.

use std::ffi::{c_char, c_double, c_float, c_int, c_uint, c_ulong, c_void};
use std::path::Path;

pub type DocumentHandle = *mut c_void;
pub type PageHandle = *mut c_void;
pub type TextPageHandle = *mut c_void;
pub type ObjectHandle = *mut c_void;
pub type FontHandle = *mut c_void;
pub type BitmapHandle = *mut c_void;
pub type MarkHandle = *mut c_void;
pub type SegmentHandle = *mut c_void;
pub type ClipPathHandle = *mut c_void;
pub type StructTreeHandle = *mut c_void;
pub type StructElementHandle = *mut c_void;
pub type AnnotationHandle = *mut c_void;
pub type Bool = c_int;

/// `FS_MATRIX`: x' = a x + c y + e, y' = b x + d y + f.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix {
    pub a: c_float,
    pub b: c_float,
    pub c: c_float,
    pub d: c_float,
    pub e: c_float,
    pub f: c_float,
}

/// `FS_RECTF`; note the order.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RectF {
    pub left: c_float,
    pub top: c_float,
    pub right: c_float,
    pub bottom: c_float,
}

/// `FPDF_LIBRARY_CONFIG`, version 2.
#[repr(C)]
pub struct LibraryConfig {
    pub version: c_int,
    pub user_font_paths: *const *const c_char,
    pub isolate: *mut c_void,
    pub v8_embedder_slot: c_uint,
}

pub const ERR_FILE: c_ulong = 2;
pub const ERR_FORMAT: c_ulong = 3;
pub const ERR_PASSWORD: c_ulong = 4;
pub const ERR_SECURITY: c_ulong = 5;

pub const PAGEOBJ_TEXT: c_int = 1;
pub const PAGEOBJ_PATH: c_int = 2;
pub const PAGEOBJ_IMAGE: c_int = 3;
pub const PAGEOBJ_SHADING: c_int = 4;
pub const PAGEOBJ_FORM: c_int = 5;

pub const SEGMENT_LINETO: c_int = 0;
pub const SEGMENT_BEZIERTO: c_int = 1;
pub const SEGMENT_MOVETO: c_int = 2;

pub const BITMAP_GRAY: c_int = 1;
pub const BITMAP_BGR: c_int = 2;

pub const RENDER_ANNOTATIONS: c_int = 0x01;
pub const RENDER_GRAYSCALE: c_int = 0x08;
pub const RENDER_REVERSE_BYTE_ORDER: c_int = 0x10;
pub const RENDER_LIMITED_IMAGE_CACHE: c_int = 0x200;

macro_rules! functions {
    ($( fn $name:ident($($kind:ty),* $(,)?) $(-> $result:ty)?; )*) => {
        /// The bound functions, and the library that keeps them loaded.
        #[allow(non_snake_case, reason = "pdfium's own names")]
        pub struct Functions {
            $( pub $name: unsafe extern "C" fn($($kind),*) $(-> $result)?, )*
            _library: libloading::Library,
        }

        impl Functions {
            /// Binds every function, or says which one the library lacks.
            pub fn bind(path: &Path) -> Result<Self, libloading::Error> {
                // SAFETY: the library is pdfium, whose initialisers have no requirements; each type below
                // repeats the declaration in its headers.
                unsafe {
                    let library = libloading::Library::new(path)?;
                    Ok(Self {
                        $( $name: *library.get(concat!(stringify!($name), "\0").as_bytes())?, )*
                        _library: library,
                    })
                }
            }
        }
    };
}

functions! {
    fn FPDF_InitLibraryWithConfig(*const LibraryConfig);
    fn FPDF_DestroyLibrary();
    fn FPDF_GetLastError() -> c_ulong;
    fn FPDF_LoadDocument(*const c_char, *const c_char) -> DocumentHandle;
    fn FPDF_CloseDocument(DocumentHandle);
    fn FPDF_GetPageCount(DocumentHandle) -> c_int;
    fn FPDF_GetFileVersion(DocumentHandle, *mut c_int) -> Bool;
    fn FPDF_GetSecurityHandlerRevision(DocumentHandle) -> c_int;
    fn FPDF_GetMetaText(DocumentHandle, *const c_char, *mut c_void, c_ulong) -> c_ulong;
    fn FPDFCatalog_IsTagged(DocumentHandle) -> Bool;

    fn FPDF_LoadPage(DocumentHandle, c_int) -> PageHandle;
    fn FPDF_ClosePage(PageHandle);
    fn FPDF_GetPageWidthF(PageHandle) -> c_float;
    fn FPDF_GetPageHeightF(PageHandle) -> c_float;
    fn FPDF_GetPageBoundingBox(PageHandle, *mut RectF) -> Bool;
    fn FPDFPage_GetRotation(PageHandle) -> c_int;
    fn FPDFPage_CountObjects(PageHandle) -> c_int;
    fn FPDFPage_GetObject(PageHandle, c_int) -> ObjectHandle;
    fn FPDF_RenderPageBitmap(BitmapHandle, PageHandle, c_int, c_int, c_int, c_int, c_int, c_int);

    fn FPDFText_LoadPage(PageHandle) -> TextPageHandle;
    fn FPDFText_ClosePage(TextPageHandle);
    fn FPDFText_CountChars(TextPageHandle) -> c_int;
    fn FPDFText_GetUnicode(TextPageHandle, c_int) -> c_uint;
    fn FPDFText_GetTextObject(TextPageHandle, c_int) -> ObjectHandle;
    fn FPDFText_IsGenerated(TextPageHandle, c_int) -> c_int;
    fn FPDFText_IsHyphen(TextPageHandle, c_int) -> c_int;
    fn FPDFText_HasUnicodeMapError(TextPageHandle, c_int) -> c_int;
    fn FPDFText_GetCharBox(TextPageHandle, c_int, *mut c_double, *mut c_double, *mut c_double, *mut c_double) -> Bool;
    fn FPDFText_GetLooseCharBox(TextPageHandle, c_int, *mut RectF) -> Bool;
    fn FPDFText_GetMatrix(TextPageHandle, c_int, *mut Matrix) -> Bool;
    fn FPDFText_GetCharOrigin(TextPageHandle, c_int, *mut c_double, *mut c_double) -> Bool;

    fn FPDFPageObj_GetType(ObjectHandle) -> c_int;
    fn FPDFPageObj_GetMatrix(ObjectHandle, *mut Matrix) -> Bool;
    fn FPDFPageObj_GetBounds(ObjectHandle, *mut c_float, *mut c_float, *mut c_float, *mut c_float) -> Bool;
    fn FPDFPageObj_GetFillColor(ObjectHandle, *mut c_uint, *mut c_uint, *mut c_uint, *mut c_uint) -> Bool;
    fn FPDFPageObj_GetStrokeColor(ObjectHandle, *mut c_uint, *mut c_uint, *mut c_uint, *mut c_uint) -> Bool;
    fn FPDFPageObj_GetStrokeWidth(ObjectHandle, *mut c_float) -> Bool;
    fn FPDFPageObj_GetMarkedContentID(ObjectHandle) -> c_int;
    fn FPDFPageObj_CountMarks(ObjectHandle) -> c_int;
    fn FPDFPageObj_GetMark(ObjectHandle, c_ulong) -> MarkHandle;
    fn FPDFPageObjMark_GetName(MarkHandle, *mut u16, c_ulong, *mut c_ulong) -> Bool;
    fn FPDFPageObj_GetClipPath(ObjectHandle) -> ClipPathHandle;
    fn FPDFClipPath_CountPaths(ClipPathHandle) -> c_int;
    fn FPDFClipPath_CountPathSegments(ClipPathHandle, c_int) -> c_int;
    fn FPDFClipPath_GetPathSegment(ClipPathHandle, c_int, c_int) -> SegmentHandle;
    fn FPDFPath_CountSegments(ObjectHandle) -> c_int;
    fn FPDFPath_GetPathSegment(ObjectHandle, c_int) -> SegmentHandle;
    fn FPDFPath_GetDrawMode(ObjectHandle, *mut c_int, *mut Bool) -> Bool;
    fn FPDFPathSegment_GetPoint(SegmentHandle, *mut c_float, *mut c_float) -> Bool;
    fn FPDFPathSegment_GetType(SegmentHandle) -> c_int;
    fn FPDFPathSegment_GetClose(SegmentHandle) -> Bool;
    fn FPDFFormObj_CountObjects(ObjectHandle) -> c_int;
    fn FPDFFormObj_GetObject(ObjectHandle, c_ulong) -> ObjectHandle;
    fn FPDFImageObj_GetImagePixelSize(ObjectHandle, *mut c_uint, *mut c_uint) -> Bool;

    fn FPDFTextObj_GetFontSize(ObjectHandle, *mut c_float) -> Bool;
    fn FPDFTextObj_GetTextRenderMode(ObjectHandle) -> c_int;
    fn FPDFTextObj_GetFont(ObjectHandle) -> FontHandle;
    fn FPDFFont_GetBaseFontName(FontHandle, *mut c_char, usize) -> usize;
    fn FPDFFont_GetFlags(FontHandle) -> c_int;
    fn FPDFFont_GetWeight(FontHandle) -> c_int;
    fn FPDFFont_GetItalicAngle(FontHandle, *mut c_int) -> Bool;
    fn FPDFFont_GetAscent(FontHandle, c_float, *mut c_float) -> Bool;
    fn FPDFFont_GetDescent(FontHandle, c_float, *mut c_float) -> Bool;

    fn FPDF_StructTree_GetForPage(PageHandle) -> StructTreeHandle;
    fn FPDF_StructTree_Close(StructTreeHandle);
    fn FPDF_StructTree_CountChildren(StructTreeHandle) -> c_int;
    fn FPDF_StructTree_GetChildAtIndex(StructTreeHandle, c_int) -> StructElementHandle;
    fn FPDF_StructElement_GetType(StructElementHandle, *mut c_void, c_ulong) -> c_ulong;
    fn FPDF_StructElement_CountChildren(StructElementHandle) -> c_int;
    fn FPDF_StructElement_GetChildAtIndex(StructElementHandle, c_int) -> StructElementHandle;
    fn FPDF_StructElement_GetChildMarkedContentID(StructElementHandle, c_int) -> c_int;

    fn FPDFPage_GetAnnotCount(PageHandle) -> c_int;
    fn FPDFPage_GetAnnot(PageHandle, c_int) -> AnnotationHandle;
    fn FPDFPage_CloseAnnot(AnnotationHandle);
    fn FPDFAnnot_GetSubtype(AnnotationHandle) -> c_int;
    fn FPDFPage_Flatten(PageHandle, c_int) -> c_int;

    fn FPDFBitmap_CreateEx(c_int, c_int, c_int, *mut c_void, c_int) -> BitmapHandle;
    fn FPDFBitmap_FillRect(BitmapHandle, c_int, c_int, c_int, c_int, c_ulong) -> Bool;
    fn FPDFBitmap_GetBuffer(BitmapHandle) -> *mut c_void;
    fn FPDFBitmap_GetStride(BitmapHandle) -> c_int;
    fn FPDFBitmap_Destroy(BitmapHandle);
}
