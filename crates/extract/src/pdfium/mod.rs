//! pdfium behind a safe surface: open a document, its pages, their glyphs, objects, tags and pixels.
//!
//! In: the path of `libpdfium` (bound at run time) and of a PDF. Out: plain values and handles that
//! close themselves. Each handle borrows what it came from, so none outlives it. The only place in this
//! crate with unsafe code. pdfium keeps global state and is not thread-safe: nothing here is `Send`.

mod document;
mod ffi;
mod object;
mod structure;
mod text;

pub use document::{Document, OpenError, Page, RenderError, Window};
pub use ffi::{Matrix, RectF};
pub use object::{FontTraits, Object, ObjectKind, PaintStyle, Segment};
pub use structure::TaggedContent;
pub use text::TextPage;

use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Why libpdfium could not be loaded.
#[derive(Debug, thiserror::Error)]
#[error("libpdfium could not be loaded from {}: {reason}. Run the set-up, or name the library in the configuration.", path.display())]
pub struct LoadError {
    pub path: PathBuf,
    pub reason: String,
}

/// The loaded library. Load it once in a process.
#[derive(Clone)]
pub struct Pdfium {
    library: Rc<Initialized>,
}

struct Initialized {
    functions: ffi::Functions,
}

impl Drop for Initialized {
    fn drop(&mut self) {
        // SAFETY: every handle holds the `Rc` of this value, so none is open any more.
        unsafe { (self.functions.FPDF_DestroyLibrary)() }
    }
}

impl Pdfium {
    /// Binds and initialises the library.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let functions = ffi::Functions::bind(path)
            .map_err(|error| LoadError { path: path.to_path_buf(), reason: error.to_string() })?;
        let config = ffi::LibraryConfig {
            version: 2,
            user_font_paths: std::ptr::null(),
            isolate: std::ptr::null_mut(),
            v8_embedder_slot: 0,
        };
        // SAFETY: `config` is a valid version-2 configuration and outlives the call.
        unsafe { (functions.FPDF_InitLibraryWithConfig)(&config) };
        Ok(Self { library: Rc::new(Initialized { functions }) })
    }

    fn functions(&self) -> &ffi::Functions {
        &self.library.functions
    }
}
