//! The S3 connector against a real S3 server: the contract, more than a page of keys, versions, bad days, replacements in
//! the middle of a download, wrong set-ups.

mod cutting_proxy;
pub mod place;

mod bad_days;
mod basics;
mod versions;
