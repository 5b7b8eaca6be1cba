//! OCR, embedding and generation on this machine. In: pixels, texts, chat messages. Out: words, vectors, text. Weights are
//! files; nothing here opens a socket.

pub mod chat;
pub mod embedder;
pub mod generator;
mod home;
pub mod ocr;
pub mod recognizer;

pub use home::home;
