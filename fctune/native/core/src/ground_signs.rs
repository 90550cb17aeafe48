//! Classes of characters for the grounding audit: what Python's `\w`, `\s`, `isdigit` and `isalpha`
//! say of those whose class is the same in every release of Unicode that matters.
//!
//! Input: characters and texts. Output: their class, or `None` where it is not known here.
//! Follows the patterns of `fctune/conversations/grounding_text.py`.

use std::borrow::Cow;

pub use crate::chars::is_space;

/// Whether `\w` matches a character; `None` where that is not known. No decimal digit but those of
/// ASCII is known, so that `\d` in a known text is `[0-9]`.
pub fn is_word(sign: char) -> Option<bool> {
    if sign.is_ascii() {
        return Some(sign.is_ascii_alphanumeric() || sign == '_');
    }
    Some(match sign as u32 {
        0x4e00..=0x9fef | 0x3400..=0x4db5 | 0xac00..=0xd7a3 => true,
        0xd7 | 0xf7 => false,
        0xc0..=0x24f | 0x3b1..=0x3c9 | 0x400..=0x481 | 0x48a..=0x4ff => true,
        0xa0..=0xa9 | 0xab..=0xb1 | 0xb4 | 0xb6..=0xb8 | 0xbb | 0xbf => false,
        0xaa | 0xb5 | 0xba | 0xbc..=0xbe => true,
        0x2000..=0x2027 | 0x202f..=0x205e | 0x20a0..=0x20bf | 0x2190..=0x23ff => false,
        0x2103 | 0x2109 | 0x2122 | 0x2500..=0x2775 | 0x2794..=0x27bf | 0x2900..=0x2b73 => false,
        0x2028 | 0x2029 | 0x3000..=0x3004 | 0x3008..=0x3020 | 0x3030 | 0x303d..=0x303f => false,
        0x3005..=0x3007 | 0x3041..=0x3096 | 0x30a1..=0x30fa | 0x30fc..=0x30ff => true,
        0x30fb | 0xfe0f | 0xff01..=0xff0f | 0xff1a..=0xff20 | 0xff3b..=0xff40 => false,
        0xff21..=0xff3a | 0xff41..=0xff5a => true,
        0xff5b..=0xff65 | 0x1f300..=0x1f64f | 0x1f680..=0x1f6d5 | 0x1f900..=0x1f9ff => false,
        _ => return None,
    })
}

/// The first characters of a text.
pub fn head(text: &str, count: usize) -> &str {
    if text.len() <= count {
        return text;
    }
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

/// The last characters of a text.
pub fn tail(text: &str, count: usize) -> &str {
    if text.len() <= count {
        return text;
    }
    match text.char_indices().rev().nth(count.saturating_sub(1)) {
        Some((at, _)) => &text[at..],
        None => text,
    }
}

/// The parts of the last pieces that have, joined by line ends, the last characters.
pub fn last_of<'b>(pieces: &'b [Cow<'_, str>], count: usize) -> impl Iterator<Item = &'b str> {
    let mut left = count;
    pieces.iter().rev().map_while(move |piece| {
        let last = if left > 0 { Some(tail(piece, left)) } else { None };
        let count = last.map_or(0, |last| if last.is_ascii() { last.len() } else { last.chars().count() });
        left = left.saturating_sub(count + 1);
        last
    })
}

/// Whether a character is of a language that writes without spaces (the class of `_HAN`).
pub fn is_han(sign: char) -> bool {
    matches!(sign as u32, 0x3040..=0x30ff | 0x3400..=0xfaff)
}

/// How many such characters a text has.
pub fn han_count(text: &str) -> usize {
    if text.is_ascii() {
        return 0;
    }
    text.chars().filter(|sign| is_han(*sign)).count()
}

/// Whether the words of `_WORD` hold a character.
pub fn is_in_word(sign: char) -> bool {
    matches!(sign, 'a'..='z' | '0'..='9')
        || matches!(sign as u32, 0xc0..=0x24f | 0x370..=0x4ff | 0x600..=0x6ff | 0x900..=0x97f)
}

/// What `str.isdigit` says of a text; `None` where a character is not known.
pub fn is_digits(text: &str) -> Option<bool> {
    if text.bytes().all(|sign| sign.is_ascii_digit()) {
        return Some(!text.is_empty());
    }
    let mut known = true;
    for sign in text.chars() {
        if sign.is_ascii() {
            if !sign.is_ascii_digit() {
                return Some(false);
            }
        } else if is_word(sign).is_some() {
            return Some(false);
        } else {
            known = false;
        }
    }
    known.then_some(true)
}

/// Whether `str.isdigit` holds for any character; `None` where one is not known.
pub fn any_digit(text: &str) -> Option<bool> {
    if text.bytes().any(|sign| sign.is_ascii_digit()) {
        return Some(true);
    }
    text.chars().all(|sign| is_word(sign).is_some()).then_some(false)
}

/// What `str.isalpha` says of a word; `None` where a character is not known.
pub fn is_alphabetic(word: &str) -> Option<bool> {
    if word.bytes().all(|sign| sign.is_ascii_alphabetic()) {
        return Some(!word.is_empty());
    }
    let mut known = true;
    for sign in word.chars() {
        match sign as u32 {
            0..=0x7f if !sign.is_ascii_alphabetic() => return Some(false),
            0xd7 | 0xf7 => return Some(false),
            0..=0x7f | 0xc0..=0x24f | 0x3b1..=0x3c9 | 0x400..=0x481 | 0x48a..=0x4ff => {}
            _ => known = false,
        }
    }
    known.then_some(true)
}
