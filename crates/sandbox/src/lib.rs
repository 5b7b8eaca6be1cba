//! pagemill-sandbox
