//! A reader in a process of its own. In: where pdfium is, by the environment that the parent gives; packed requests. Out:
//! packed responses. The two ends stand here together, so that they cannot come apart.

use super::{Reader, Request};
use std::ffi::OsString;
use std::path::Path;

const PDFIUM_VARIABLE: &str = "PAGEMILL_PDFIUM";

impl Reader {
    /// The environment of a process that reads, checked before any is started.
    ///
    /// # Errors
    /// What is missing, and what to do.
    pub fn child_variables(pdfium: &Path) -> Result<Vec<(OsString, OsString)>, String> {
        if !pdfium.is_file() {
            return Err(format!(
                "the library {} is missing; run `make native`, or set `pdfium` to where libpdfium.so is",
                pdfium.display()
            ));
        }
        Ok(vec![(PDFIUM_VARIABLE.into(), pdfium.as_os_str().to_owned())])
    }

    /// Loads pdfium as [`Reader::child_variables`] say. Once in a process.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn from_child_variables() -> Result<Self, String> {
        let path =
            std::env::var_os(PDFIUM_VARIABLE).ok_or_else(|| format!("{PDFIUM_VARIABLE} is not set"))?;
        Self::load(Path::new(&path)).map_err(|error| error.to_string())
    }

    /// Answers one packed request by packed responses.
    ///
    /// # Errors
    /// When the request cannot be unpacked or a response not be packed: then what was sent before is all.
    pub fn answer(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        let request: Request =
            postcard::from_bytes(request).map_err(|error| format!("an unreadable request: {error}"))?;
        let mut unpacked = Ok(());
        self.serve(request, &mut |response| match postcard::to_stdvec(&response) {
            Ok(bytes) => reply(&bytes),
            Err(error) => unpacked = Err(format!("a response could not be written: {error}")),
        });
        unpacked
    }
}
