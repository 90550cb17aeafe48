//! Texts in lower case, and folded: in lower case and half-width, compatibility forms resolved.
//!
//! Input: a text. Output: the changed text, or `None` where a character is in doubt. Follows
//! `str.lower` and `fold` of `fctune/conversations/grounding_text.py`.

use std::borrow::Cow;

use crate::chars::{char_at, class, compatible, Change, Class};

/// `str.lower()`; `None` in doubt.
pub fn lower(text: &str) -> Option<Cow<'_, str>> {
    if text.is_ascii() || !may_have_case(text.as_bytes()) {
        return Some(in_ascii_lower_case(text));
    }
    let change = |char| (class(char) != Class::Unknown).then(|| in_lower_case(char));
    changed(text, |byte| byte > 0xc2 && !(0xe3..=0xe9).contains(&byte), change)
}

/// `grounding_text.fold`: NFKC and lower case; `None` in doubt.
pub fn fold(text: &str) -> Option<Cow<'_, str>> {
    if text.is_ascii() {
        return Some(in_ascii_lower_case(text));
    }
    changed(text, is_unstable, |char| match class(char) {
        Class::Sign => Some(Change::Same),
        Class::Word => Some(in_lower_case(char)),
        Class::Compatible => compatible(char),
        Class::Unknown => None,
    })
}

/// Whether a byte begins a character outside of ASCII that NFKC or lower case may change. Of U+4000
/// to U+9FFF and U+B000 to U+CFFF they change none.
#[inline]
fn is_unstable(byte: u8) -> bool {
    byte > 0xbf && !(0xe4..=0xe9).contains(&byte) && byte != 0xeb && byte != 0xec
}

/// Whether a text may have characters outside of ASCII with a lower case. None of U+80 to U+BF, of
/// U+DF to U+FF, U+2000 to U+20FF, U+3000 to U+9FFF, U+B000 to U+EFFF, U+1F000 to U+1FFFF has one.
fn may_have_case(bytes: &[u8]) -> bool {
    let seconds = bytes.get(1..).unwrap_or_default();
    let thirds = bytes.get(2..).unwrap_or_default();
    let pairs = bytes.iter().zip(seconds).map(|(one, two)| (*one, *two));
    let found = pairs.clone().fold(false, |found, (one, two)| {
        let latin = (one == 0xc3) & (two < 0x9f) | (one >= 0xc4) & (one <= 0xe1);
        let signs = (one == 0xe2) & ((two >= 0x84) & (two <= 0x93) | (two >= 0xb0));
        let rare = (one == 0xea) | (one == 0xf0) & (two != 0x9f) | (one > 0xf0);
        found | latin | signs | rare
    });
    found
        | pairs.zip(thirds).fold(false, |found, ((one, two), three)| {
            found | ((one == 0xef) & (two == 0xbc) & (*three >= 0xa1) & (*three <= 0xba))
        })
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

/// A text with its ASCII in lower case and those of its other characters changed of which the first
/// byte is `wanted`.
fn changed(
    text: &str,
    wanted: impl Fn(u8) -> bool,
    change: impl Fn(char) -> Option<Change>,
) -> Option<Cow<'_, str>> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = next(text.as_bytes(), at, &wanted) {
        let char = char_at(text, found)?;
        at = found + char.len_utf8();
        let change = change(char)?;
        if change == Change::Same {
            continue;
        }
        if copied == 0 {
            out.reserve(text.len() + 16);
        }
        out.push_str(&text[copied..found]);
        copied = at;
        match change {
            Change::One(one) => out.push(one),
            Change::Some(some) => out.push_str(some),
            Change::Same => {}
        }
    }
    if copied == 0 {
        return Some(in_ascii_lower_case(text));
    }
    out.push_str(&text[copied..]);
    out.make_ascii_lowercase();
    Some(Cow::Owned(out))
}

fn in_ascii_lower_case(text: &str) -> Cow<'_, str> {
    if any(text.as_bytes(), |byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

/// Whether a byte is wanted; without a way out, so that it is 16 bytes at a time.
#[inline]
fn any(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, byte| found | wanted(*byte))
}

/// Where the next wanted byte stands.
#[inline]
fn next(bytes: &[u8], mut at: usize, wanted: &impl Fn(u8) -> bool) -> Option<usize> {
    while let Some(block) = bytes.get(at..at + 16) {
        if any(block, wanted) {
            break;
        }
        at += 16;
    }
    bytes[at..].iter().position(|byte| wanted(*byte)).map(|more| at + more)
}
