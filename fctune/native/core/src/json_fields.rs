//! Objects of which one long string is left as it stands in the text.
//!
//! Input: a JSON object and a key. Output: its fields, and what stands between the quotes of that
//! key: where it was met before, nobody needs to know what it says.

use std::borrow::Cow;

use crate::json::{has_each_key_once, Reader, Value};
use crate::json_strings::plain_length;

/// An object of which one key is left as it was written: its text may be long, and known already.
pub struct Fields<'a> {
    /// The entries, without that key.
    pub entries: Vec<(Cow<'a, str>, Value<'a>)>,
    /// What stands between the quotes of that key's string; `None` where it is null or missing.
    pub written: Option<&'a str>,
}

/// The fields of a JSON object; `None` as `parse`, and where the value of `key` is neither string
/// nor null. That string is not judged: `unescape` does.
pub fn parse_fields<'a>(text: &'a str, key: &str) -> Option<Fields<'a>> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let mut fields = Fields { entries: Vec::new(), written: None };
    let mut met = false;
    reader.space();
    reader.sign(b'{')?;
    loop {
        reader.space();
        let name = reader.peek().filter(|sign| *sign == b'"').and_then(|_| reader.string())?;
        reader.space();
        reader.sign(b':')?;
        reader.space();
        if name != key {
            let value = reader.value(1)?;
            fields.entries.push((name, value));
        } else if met {
            return None;
        } else {
            met = true;
            fields.written = reader.written()?;
        }
        reader.space();
        match reader.peek()? {
            b',' => reader.at += 1,
            b'}' => break,
            _ => return None,
        }
    }
    reader.at += 1;
    reader.space();
    let whole = reader.at == reader.bytes.len();
    (whole && has_each_key_once(&fields.entries)).then_some(fields)
}

/// What the inside of a JSON string says; `None` where it is none.
pub fn unescape(written: &str) -> Option<Cow<'_, str>> {
    let mut reader = Reader { text: written, bytes: written.as_bytes(), at: 0 };
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
