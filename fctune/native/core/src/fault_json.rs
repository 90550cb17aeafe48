//! Text of a call that is no JSON: what Python's reader says of it.
//!
//! Follows `decode_text` of `fctune/conversations/calls.py`, `json` of Python, and `json_words` of
//! `fctune/jsonl/faults.py`. Input: the text. Output: the message; `None` where it is JSON, may be
//! a Python literal, or where releases of Python may tell it differently.

use std::collections::HashSet;

use crate::chars::is_space;
use crate::fault_words::{repr, shown_text};
use crate::json::MAX_DEPTH;
use crate::json_strings::end_of_string;

const MAX_DIGITS: usize = 1000;
const MAX_CUT: usize = 100_000;
const SHOWN: usize = 80;
const HIDING: [&str; 3] = ["#", "\"\"\"", "'''"];
const VALUE: &str = "expected a value";
const KEY: &str = "expected a key in double quotes";
const COLON: &str = "expected a colon";
const COMMA: &str = "expected a comma or a closing bracket";
const END: &str = "after the end of the value";
const OPEN: &str = "a string begins here that does not end";

/// The message of a call that cannot be read.
pub fn message(text: &str) -> Option<String> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let (meant, at) = match reader.whole() {
        Err(Fault::At(meant, at)) => (meant, at),
        // What ends early is no literal of Python either.
        Err(Fault::Open(at)) => {
            return Some(format!("{}: {OPEN}, at column {}", shown_text(text)?, column(text, at)))
        }
        _ => return None,
    };
    let listed = text.trim_start_matches(is_space).starts_with(['{', '[']);
    if listed && at < text.len() && !is_cut(text) {
        return None; // may be a literal of Python
    }
    let end = text[at..].char_indices().nth(SHOWN).map_or(text.len(), |(end, _)| at + end);
    let met = match text[at..end].trim_start_matches(is_space).chars().next() {
        Some(sign) => format!("got {}", repr(sign.encode_utf8(&mut [0; 4]))?),
        None => "the text ends".to_owned(),
    };
    Some(format!("{}: {met} at column {}, {meant}", shown_text(text)?, column(text, at)))
}

fn column(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[line..at].chars().count() + 1
}

/// Why reading ended.
enum Fault {
    /// What was expected, and where.
    At(&'static str, usize),
    /// A string begins here and does not end.
    Open(usize),
    /// Anything else.
    Other,
}

type Read = Result<(), Fault>;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expected<T>(&self, meant: &'static str) -> Result<T, Fault> {
        Err(Fault::At(meant, self.at))
    }

    fn whole(&mut self) -> Read {
        self.space();
        self.value(0)?;
        self.space();
        if self.at == self.bytes.len() {
            return Ok(());
        }
        self.expected(END)
    }

    fn value(&mut self, depth: usize) -> Read {
        if depth > MAX_DEPTH {
            return Err(Fault::Other);
        }
        match self.peek() {
            Some(b'"') => self.string().map(|_| ()),
            Some(b'{') => self.dict(depth),
            Some(b'[') => self.list(depth),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'N' | b'I') => Err(Fault::Other), // may be NaN or Infinity
            _ => self.expected(VALUE),
        }
    }

    fn word(&mut self, word: &str) -> Read {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return self.expected(VALUE);
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Read {
        let begin = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(b'I') => return Err(Fault::Other),
            _ => return Err(Fault::At(VALUE, begin)),
        }
        if self.peek() == Some(b'.') && self.is_digit(1) {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(self.at + 1), Some(b'+' | b'-')));
            if self.is_digit(1 + sign) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        if self.at - begin > MAX_DIGITS {
            Err(Fault::Other)
        } else {
            Ok(())
        }
    }

    fn is_digit(&self, ahead: usize) -> bool {
        self.bytes.get(self.at + ahead).is_some_and(u8::is_ascii_digit)
    }

    fn digits(&mut self) {
        while self.is_digit(0) {
            self.at += 1;
        }
    }

    /// The inside of a string that ends, without escapes.
    fn string(&mut self) -> Result<&'a str, Fault> {
        let begin = self.at + 1;
        let ends = |sign: &u8| matches!(sign, b'"' | b'\\' | 0..=0x1f);
        let size = self.bytes[begin..].iter().position(ends).ok_or(Fault::Open(self.at))?;
        if self.bytes[begin + size] == b'"' {
            self.at = begin + size + 1;
            return Ok(&self.text[begin..begin + size]);
        }
        self.escaped(begin + size)
    }

    /// The same of a string with escapes, as it is written.
    fn escaped(&mut self, mut at: usize) -> Result<&'a str, Fault> {
        let begin = self.at + 1;
        loop {
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => match self.bytes.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                    _ => return Err(Fault::Other),
                },
                None => return Err(Fault::Open(self.at)),
                Some(0..=0x1f) => return Err(Fault::Other),
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        Ok(&self.text[begin..at])
    }

    fn list(&mut self, depth: usize) -> Read {
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth + 1)?;
            self.space();
            match self.peek() {
                Some(b']') => break,
                Some(b',') => self.at += 1,
                _ => return self.expected(COMMA),
            }
            self.space();
            if self.peek() == Some(b']') {
                return Err(Fault::Other); // told differently by releases of Python
            }
        }
        self.at += 1;
        Ok(())
    }

    fn dict(&mut self, depth: usize) -> Read {
        let mut keys = HashSet::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.expected(KEY);
            }
            let key = self.string()?;
            // A key that stands twice is told before what follows; an escape may hide that it does.
            if key.contains('\\') || !keys.insert(key) {
                return Err(Fault::Other);
            }
            self.space();
            if self.peek() != Some(b':') {
                return self.expected(COLON);
            }
            self.at += 1;
            self.space();
            self.value(depth + 1)?;
            self.space();
            match self.peek() {
                Some(b'}') => break,
                Some(b',') => self.at += 1,
                _ => return self.expected(COMMA),
            }
            self.space();
            if self.peek() == Some(b'}') {
                return Err(Fault::Other);
            }
        }
        self.at += 1;
        Ok(())
    }
}

/// Whether brackets outside of strings, few and surely seen, are not closed; as `_is_cut`.
fn is_cut(text: &str) -> bool {
    if text.len() > MAX_CUT || HIDING.iter().any(|sign| text.contains(sign)) {
        return false;
    }
    let mut counts = [0_usize; 6];
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            sign @ (b'"' | b'\'') => match end_of_string(bytes, at + 1, sign) {
                Some(end) => at = end,
                None => return false,
            },
            b'\\' => return false,
            sign => {
                if let Some(place) = b"{}[]()".iter().position(|one| *one == sign) {
                    counts[place] += 1;
                }
            }
        }
        at += 1;
    }
    let [opened, closed, ..] = counts;
    let few = counts[0] + counts[2] + counts[4] <= MAX_DEPTH;
    few && (opened != closed || counts[2] != counts[3] || counts[4] != counts[5])
}
