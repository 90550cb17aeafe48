//! The forms in which a value may stand in what was said: letters, other names, initials.
//!
//! Input: letters or words, and what was said. Output: a verdict, or `None` in doubt.
//! Follows `fctune/conversations/grounding_words.py`.

use std::borrow::Cow;

use crate::ground_tables::same;
use crate::ground_text::Said;

/// Enough of the first pieces, joined, to have a number of their first characters.
pub fn first(pieces: &[Cow<'_, str>], count: usize) -> String {
    let mut out = String::new();
    for piece in pieces {
        if out.len() >= 4 * count {
            break;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(piece);
    }
    out
}

/// Whether letters stand somewhere; one to three only as a word of their own.
pub fn stands(letters: &str, said: &mut Said<'_>) -> Option<bool> {
    let count = letters.chars().count();
    if count > 3 || !letters.is_ascii() {
        if said.has_letters(letters)? {
            return Some(true);
        }
    } else if said.has(letters)? {
        return Some(true);
    }
    if !(2..30).contains(&count) {
        return Some(false);
    }
    for sign in letters.chars() {
        if !said.has(sign.encode_utf8(&mut [0; 4]))? {
            return Some(false);
        }
    }
    Some(true)
}

/// Whether a word of four letters or more stands within another.
pub fn within(part: &str, said: &mut Said<'_>) -> Option<bool> {
    Some(part.chars().nth(3).is_some() && said.has_letters(part)?)
}

/// Whether another name of a thing was said.
pub fn alias_said(folded: &str, said: &mut Said<'_>) -> Option<bool> {
    for name in same(folded) {
        let is_word = name.len() <= 4 && name.bytes().all(|sign| sign.is_ascii_alphanumeric());
        if if is_word { said.has(name)? } else { said.has_text(name)? } {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether the letters of a code stand in a word in this order, the first at its start.
pub fn shortens(code: &str, word: &[u8]) -> bool {
    if word.len() <= code.len() || word.first() != code.as_bytes().first() {
        return false;
    }
    let count = word.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    let mut signs = word.iter();
    count > code.len() && code.bytes().all(|wanted| signs.any(|sign| *sign == wanted))
}

/// The first letters of words that have a blank behind each.
pub fn initials_of(words: &str) -> String {
    words.split_terminator(' ').filter_map(|word| word.chars().next()).collect()
}
