//! Strings of JSON: read, and told from their escapes eight bytes at a time.

use std::borrow::Cow;

use crate::json::Reader;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES << 7;

impl<'a> Reader<'a> {
    /// The string that begins here.
    pub fn string(&mut self) -> Option<Cow<'a, str>> {
        self.at += 1;
        let start = self.at;
        self.at += plain_length(&self.bytes[start..]);
        match self.peek()? {
            b'"' => {
                let found = &self.text[start..self.at];
                self.at += 1;
                Some(Cow::Borrowed(found))
            }
            b'\\' => self.escaped(start).map(Cow::Owned),
            _ => None,
        }
    }

    /// The rest of a string of which an escape is the next character.
    fn escaped(&mut self, start: usize) -> Option<String> {
        let mut found = String::with_capacity(2 * (self.at - start) + 256);
        found.push_str(&self.text[start..self.at]);
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(found);
                }
                b'\\' => found.push(self.escape()?),
                0..=0x1f => return None,
                _ => {
                    let begin = self.at;
                    self.at += plain_length(&self.bytes[begin..]);
                    found.push_str(&self.text[begin..self.at]);
                }
            }
        }
    }

    /// The character that an escape stands for.
    pub fn escape(&mut self) -> Option<char> {
        let sign = *self.bytes.get(self.at + 1)?;
        self.at += 2;
        self.is_spaced &= !matches!(sign, b'/' | b'u');
        Some(match sign {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first);
        }
        if first >= 0xdc00 || !self.bytes[self.at..].starts_with(b"\\u") {
            return None; // half of a surrogate pair
        }
        self.at += 2;
        let second = self.hex()?;
        if !(0xdc00..0xe000).contains(&second) {
            return None;
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        let mut code = 0;
        for digit in digits {
            code = code * 16 + (*digit as char).to_digit(16)?;
        }
        self.at += 4;
        Some(code)
    }
}

/// How many bytes stand before the next quote, backslash or control character; eight at a time.
#[inline]
pub fn plain_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(Ok(eight)) = bytes.get(at..at + 8).map(TryInto::try_into) {
        let plain = plain_bytes(u64::from_le_bytes(eight));
        at += plain;
        if plain < 8 {
            return at;
        }
    }
    let ends = |sign: &u8| *sign == b'"' || *sign == b'\\' || *sign < 0x20;
    at + bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at)
}

/// How many of eight bytes stand before the first quote, backslash or control character.
#[inline]
fn plain_bytes(word: u64) -> usize {
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = zeros(word ^ (ONES * u64::from(b'"')));
    let slash = zeros(word ^ (ONES * u64::from(b'\\')));
    let ends = (control | quote | slash) & HIGHS;
    ends.trailing_zeros() as usize / 8 // only the first is told for sure
}

/// The high bit of the first byte that is zero is set, and of none before it.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

/// Where the next quote stands that no backslash escapes.
pub fn end_of_string(bytes: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    while let Some(sign) = bytes.get(at) {
        if *sign == quote {
            return Some(at);
        }
        at += 1 + usize::from(*sign == b'\\');
    }
    None
}
