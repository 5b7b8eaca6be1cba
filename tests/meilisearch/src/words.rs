//! Text to words: lowercase runs of letters and digits. The server segments Korean, Chinese and Japanese by
//! dictionaries; that is not done here.

/// The server looks at ten words of a query.
pub(crate) const MAX_QUERY_WORDS: usize = 10;

pub(crate) fn split(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}
