//! The inside of a JSON string, as it stands in a line.

use std::borrow::Cow;

use crate::json::Reader;
use crate::json_strings::plain_length;

/// What the inside of a JSON string says; `None` where it is none.
pub fn unescape(written: &str) -> Option<Cow<'_, str>> {
    let mut reader = Reader { text: written, bytes: written.as_bytes(), at: 0, is_spaced: true };
    let mut found = String::with_capacity(written.len());
    loop {
        let begin = reader.at;
        reader.at += plain_length(&reader.bytes[begin..]);
        found.push_str(&written[begin..reader.at]);
        match reader.peek() {
            None => return Some(Cow::Owned(found)),
            Some(b'\\') => found.push(reader.escape()?),
            Some(_) => return None,
        }
    }
}
