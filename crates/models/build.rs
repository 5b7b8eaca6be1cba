//! Links Debian's tesseract and leptonica, which tesseract-rs declares but does not name.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-lib=dylib=tesseract");
    println!("cargo:rustc-link-lib=dylib=lept");
}
