//! Texts in lower case, and folded: in lower case and half-width, compatibility forms resolved.
//!
//! Input: a text. Output: the changed text, or `None` where a character is in doubt. Follows
//! `str.lower` and `fold` of `fctune/conversations/grounding_text.py`.

use std::borrow::Cow;

use crate::chars::{char_at, class, compatible, Change, Class};
use crate::hash::read_64;

/// What is looked at together, and 1 in each byte of it.
const BLOCK: usize = 8;
const EACH: u64 = 0x0101_0101_0101_0101;

/// `str.lower()`; `None` in doubt.
pub fn lower(text: &str) -> Option<Cow<'_, str>> {
    made(text, push_lower)
}

/// `grounding_text.fold`: NFKC and lower case; `None` in doubt.
pub fn fold(text: &str) -> Option<Cow<'_, str>> {
    made(text, push_folded)
}

fn made(text: &str, push: impl Fn(&str, &mut String) -> Option<()>) -> Option<Cow<'_, str>> {
    if !any(text.as_bytes(), |byte| !byte.is_ascii() | byte.is_ascii_uppercase()) {
        return Some(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len() + 16);
    push(text, &mut out)?;
    Some(Cow::Owned(out))
}

/// Add `lower` of a text to another.
pub fn push_lower(text: &str, out: &mut String) -> Option<()> {
    push_changed(text, out, cased, |char| match char {
        _ if has_no_case(char) => Some(Change::Same),
        _ => (class(char) != Class::Unknown).then(|| in_lower_case(char)),
    })
}

/// Add `fold` of a text to another.
pub fn push_folded(text: &str, out: &mut String) -> Option<()> {
    push_changed(text, out, unstable, |char| match class(char) {
        Class::Sign => Some(Change::Same),
        Class::Word => Some(in_lower_case(char)),
        Class::Compatible => compatible(char),
        Class::Unknown => None,
    })
}

/// Of eight bytes those, by their highest bit, that begin a character outside of ASCII that NFKC or
/// lower case may change. Of U+4000 to U+9FFF and U+B000 to U+CFFF they change none.
#[inline(always)]
fn unstable(bytes: u64) -> u64 {
    let stable = from(bytes, 0x64) & !from(bytes, 0x6a) | from(bytes, 0x6b) & !from(bytes, 0x6d);
    bytes & from(bytes, 0x40) & !stable
}

/// The same of those that lower case alone may change.
#[inline(always)]
fn cased(bytes: u64) -> u64 {
    bytes & from(bytes, 0x43) & !(from(bytes, 0x63) & !from(bytes, 0x6a))
}

/// The highest bit of those of eight bytes that are, without it, at least a number.
#[inline(always)]
fn from(bytes: u64, least: u8) -> u64 {
    (bytes & EACH * 0x7f) + EACH * u64::from(0x80 - least)
}

/// Whether a character surely has no lower case, known or not.
fn has_no_case(char: char) -> bool {
    matches!(char,
        '\u{80}'..='\u{bf}' | '\u{df}'..='\u{ff}' | '\u{2000}'..='\u{20ff}' | '\u{2500}'..='\u{2bff}'
        | '\u{3000}'..='\u{9fff}' | '\u{b000}'..='\u{ff20}' | '\u{ff3b}'..='\u{ffff}'
        | '\u{1f000}'..='\u{1ffff}')
}

/// The lower case of a character of a known class: none of them becomes two.
fn in_lower_case(char: char) -> Change {
    if ('\u{2000}'..'\u{ff21}').contains(&char) {
        return Change::Same;
    }
    match char.to_lowercase().next() {
        Some(lower) if lower != char => Change::One(lower),
        _ => Change::Same,
    }
}

/// Add a text with its ASCII in lower case and those of its other characters changed of which the
/// first byte `wanted` marks, of eight at a time.
fn push_changed(
    text: &str,
    out: &mut String,
    wanted: impl Fn(u64) -> u64,
    change: impl Fn(char) -> Option<Change>,
) -> Option<()> {
    let begin = out.len();
    let (mut copied, mut at) = (0, if text.is_ascii() { text.len() } else { 0 });
    while let Some(found) = next(text.as_bytes(), at, &wanted) {
        let char = char_at(text, found)?;
        at = found + char.len_utf8();
        let change = change(char)?;
        if change == Change::Same {
            continue;
        }
        out.push_str(&text[copied..found]);
        copied = at;
        match change {
            Change::One(one) => out.push(one),
            Change::Some(some) => out.push_str(some),
            Change::Same => {}
        }
    }
    out.push_str(&text[copied..]);
    out[begin..].make_ascii_lowercase();
    Some(())
}

/// Whether a byte is wanted; without a way out, so that it is 16 bytes at a time.
#[inline]
fn any(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, byte| found | wanted(*byte))
}

/// Where the next wanted byte stands.
#[inline(always)]
fn next(bytes: &[u8], mut at: usize, wanted: &impl Fn(u64) -> u64) -> Option<usize> {
    let marks = |bytes: u64| wanted(bytes) & EACH * 0x80;
    while at + BLOCK <= bytes.len() {
        let found = marks(read_64(bytes, at));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += BLOCK;
    }
    let mut rest = [0; BLOCK];
    rest[..bytes.len() - at].copy_from_slice(&bytes[at..]);
    let found = marks(read_64(&rest, 0));
    (found != 0).then(|| at + found.trailing_zeros() as usize / 8)
}
