//! What the audits of the model's words share: parts of a text, its words, and how they show it.
//!
//! Input: texts. Output: parts of them, words, stems, and texts as messages quote them; `None` for a
//! character that is not known. Follows `words`, `stem` of `fctune/conversations/grounding_text.py`,
//! `_shown` of `claims.py` and `meant.py`, and `repr`.

use std::borrow::Cow;

use crate::chars;
use crate::ground_signs::{is_in_word, is_space};

const ENDINGS: [&str; 18] = [
    "ations", "ation", "ingly", "ings", "ing", "ies", "ied", "edly", "ers", "ed", "er", "es", "ly", "al",
    "ic", "s", "e", "y",
];
const MAX_SHOWN: usize = 60;

/// The first characters of a text.
pub fn head(text: &str, count: usize) -> &str {
    if text.len() <= count {
        return text;
    }
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

/// Where a text ends that goes on from a place with so many wanted characters at most.
pub fn end_of(text: &str, from: usize, most: usize, is_wanted: impl Fn(char) -> bool) -> usize {
    let mut signs = text[from..].char_indices();
    for _ in 0..most {
        match signs.next() {
            Some((_, sign)) if is_wanted(sign) => {}
            Some((at, _)) => return from + at,
            None => return text.len(),
        }
    }
    signs.next().map_or(text.len(), |(at, _)| from + at)
}

/// The words of a text in lower case, joined names taken apart.
pub fn words(text: &str) -> Option<Vec<String>> {
    let parted = taken_apart(text);
    let folded =
        if parted.is_ascii() { Cow::Owned(parted.to_ascii_lowercase()) } else { chars::fold(&parted)? };
    let parts = folded.split(|sign| !is_in_word(sign)).filter(|word| !word.is_empty());
    Some(parts.map(str::to_string).collect())
}

/// A text with a blank before each capital that follows a small letter or a digit.
fn taken_apart(text: &str) -> Cow<'_, str> {
    let is_joint = |pair: &[u8]| {
        pair[1].is_ascii_uppercase() && (pair[0].is_ascii_lowercase() || pair[0].is_ascii_digit())
    };
    if !text.as_bytes().windows(2).any(is_joint) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut begin) = (String::with_capacity(text.len() + 16), 0);
    for (at, pair) in text.as_bytes().windows(2).enumerate() {
        if is_joint(pair) {
            out.push_str(&text[begin..=at]);
            out.push(' ');
            begin = at + 1;
        }
    }
    out.push_str(&text[begin..]);
    Cow::Owned(out)
}

/// A word without its ending.
pub fn stem(word: &str) -> &str {
    let size = if word.is_ascii() { word.len() } else { word.chars().count() };
    for ending in ENDINGS {
        if size >= ending.len() + 3 && word.ends_with(ending) {
            return &word[..word.len() - ending.len()];
        }
    }
    word
}

/// A text as a message quotes it: on one line, shortened, as `repr` writes it.
pub fn quoted(text: &str) -> Option<String> {
    let parts = text.split(is_space).filter(|part| !part.is_empty());
    let joined = parts.collect::<Vec<_>>().join(" ");
    let short = head(&joined, MAX_SHOWN);
    if short.len() == joined.len() {
        return represented(&joined);
    }
    represented(&[head(&joined, MAX_SHOWN - 3), "..."].concat())
}

/// What `repr` says of a text.
pub fn represented(text: &str) -> Option<String> {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for sign in text.chars() {
        if !is_printable(sign) {
            return None;
        }
        if sign == quote || sign == '\\' {
            out.push('\\');
        }
        out.push(sign);
    }
    out.push(quote);
    Some(out)
}

/// Whether a character is surely one that `repr` leaves as it is.
fn is_printable(sign: char) -> bool {
    matches!(sign as u32,
        0x20..=0x7e | 0xa1..=0xac | 0xae..=0x2ff | 0x391..=0x3a1 | 0x3a3..=0x3ff | 0x400..=0x52f
        | 0x2010..=0x2027 | 0x2030..=0x205e | 0x20a0..=0x20bf | 0x2100..=0x218b | 0x2190..=0x23ff
        | 0x2460..=0x2b73 | 0x3001..=0x303f | 0x3041..=0x3096 | 0x3099..=0x30ff | 0x3400..=0x4db5
        | 0x4e00..=0x9fef | 0xac00..=0xd7a3 | 0xfe0f | 0xff01..=0xff5e | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f | 0x1f680..=0x1f6c5)
}
