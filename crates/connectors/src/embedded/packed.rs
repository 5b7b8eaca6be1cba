//! Values as entries of the store, in postcard's compact form.

use heed::{BoxedError, BytesDecode, BytesEncode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::marker::PhantomData;

/// The codec of a value of type `T`.
pub(super) struct Packed<T>(PhantomData<T>);

impl<'a, T: Serialize + 'a> BytesEncode<'a> for Packed<T> {
    type EItem = T;

    fn bytes_encode(item: &'a T) -> Result<Cow<'a, [u8]>, BoxedError> {
        Ok(Cow::Owned(postcard::to_stdvec(item)?))
    }
}

impl<'a, T: DeserializeOwned + 'a> BytesDecode<'a> for Packed<T> {
    type DItem = T;

    fn bytes_decode(bytes: &'a [u8]) -> Result<T, BoxedError> {
        Ok(postcard::from_bytes(bytes)?)
    }
}
