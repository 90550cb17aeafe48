//! JSON, as strictly as `orjson` reads it.
//!
//! Input: a text. Output: a `Value` that borrows from it, or `None` where anything is in doubt:
//! text that is no JSON, a key that stands twice, a number that would lose digits, nesting beyond
//! `MAX_DEPTH`. The caller then takes the way of Python, which tells such things apart.

use std::borrow::Cow;
use std::collections::HashSet;

pub use crate::json_fields::unescape;
use crate::json_write::is_python_float;
pub use crate::json_write::{python_float, spaced, write_sorted, write_spaced, write_text};

/// Levels of nesting that are read.
pub const MAX_DEPTH: usize = 80;
const MANY_KEYS: usize = 16;

/// A JSON value. Keys stand in the order of the text, each once.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Dict(Vec<Entry<'a>>),
}

/// A key of an object, and what it has there.
pub type Entry<'a> = (Cow<'a, str>, Value<'a>);

impl<'a> Value<'a> {
    /// The value of a key; `None` where it is missing, or this is no object.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            Value::Dict(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string; `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; `None` for anything else.
    pub fn as_list(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of an object; `None` for anything else.
    pub fn as_dict(&self) -> Option<&[Entry<'a>]> {
        match self {
            Value::Dict(entries) => Some(entries),
            _ => None,
        }
    }
}

/// The value of a JSON text; `None` where it is none, or in doubt.
pub fn parse(text: &str) -> Option<Value<'_>> {
    parse_spaced(text).map(|(value, _)| value)
}

/// The same, and whether the text is known to be what `write_spaced` would make of it.
pub fn parse_spaced(text: &str) -> Option<(Value<'_>, bool)> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, is_spaced: true };
    reader.space(0);
    let value = reader.value(0)?;
    reader.space(0);
    (reader.at == reader.bytes.len()).then_some((value, reader.is_spaced))
}

/// A text, and how far it was read.
pub struct Reader<'a> {
    pub text: &'a str,
    pub bytes: &'a [u8],
    pub at: usize,
    /// So far it stands as `write_spaced` would write it.
    pub is_spaced: bool,
}

impl<'a> Reader<'a> {
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Go over white space, of which Python writes so many blanks.
    #[inline]
    fn space(&mut self, blanks: usize) {
        let begin = self.at;
        while let Some(sign @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek() {
            self.is_spaced &= sign == b' ';
            self.at += 1;
        }
        self.is_spaced &= self.at - begin == blanks;
    }

    pub fn word(&mut self, word: &str, value: Value<'a>) -> Option<Value<'a>> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return None;
        }
        self.at += word.len();
        Some(value)
    }

    pub fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.peek()? {
            b'"' => Some(Value::Str(self.string()?)),
            b'{' => self.dict(depth),
            b'[' => self.list(depth),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        self.space(0);
        if self.peek()? == b']' {
            self.at += 1;
            return Some(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.goes_on(b']')? {
                return Some(Value::List(items));
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Option<Value<'a>> {
        self.at += 1;
        let mut entries: Vec<Entry<'a>> = Vec::new();
        self.space(0);
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(Value::Dict(entries));
        }
        loop {
            if self.peek()? != b'"' {
                return None;
            }
            let key = self.string()?;
            self.space(0);
            if self.peek()? != b':' {
                return None;
            }
            self.at += 1;
            self.space(1);
            let value = self.value(depth + 1)?;
            entries.push((key, value));
            if !self.goes_on(b'}')? {
                break;
            }
        }
        has_each_key_once(&entries).then_some(Value::Dict(entries))
    }

    /// Whether a comma stands here, behind which it goes on, and not the end; `None` for neither.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.space(0);
        let sign = self.peek()?;
        self.at += 1;
        if sign == b',' {
            self.space(1);
            return Some(true);
        }
        (sign == end).then_some(false)
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let digits = self.digits()?;
        if digits > 1 && self.bytes[self.at - digits] == b'0' {
            return None;
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = &self.text[start..self.at];
        if whole {
            return if text == "-0" { None } else { text.parse().ok().map(Value::Int) };
        }
        let number: f64 = text.parse().ok()?;
        self.is_spaced &= is_python_float(text);
        number.is_finite().then_some(Value::Float(number))
    }

    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(self.at - start)
    }
}

/// Whether no key of an object stands twice.
fn has_each_key_once(entries: &[Entry<'_>]) -> bool {
    if entries.len() > MANY_KEYS {
        let mut known = HashSet::with_capacity(entries.len());
        return entries.iter().all(|(key, _)| known.insert(key.as_ref()));
    }
    entries.iter().enumerate().all(|(at, (key, _))| !entries[..at].iter().any(|(known, _)| known == key))
}
