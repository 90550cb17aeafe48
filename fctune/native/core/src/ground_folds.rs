//! Letters, words and stems of a folded text, for the grounding audit.
//!
//! Input: a text, folded or not. Output: its letters without spaces, its words, the stem of a word;
//! `None` where a character is not known.
//! Follows `fctune/conversations/grounding_text.py`.

use std::borrow::Cow;

use crate::chars;
use crate::ground_signs::{is_in_word, is_word};

const ENDINGS: [&str; 18] = [
    "ations", "ation", "ingly", "ings", "ing", "ies", "ied", "edly", "ers", "ed", "er", "es", "ly", "al",
    "ic", "s", "e", "y",
];
const PREFIX: usize = 5;

/// Add the letters and digits of a folded text to another, without anything between them.
pub fn push_compact(folded: &str, out: &mut String) -> Option<()> {
    if folded.is_ascii() {
        push_letters(folded, out);
        return Some(());
    }
    for sign in folded.chars() {
        if is_word(sign)? && sign != '_' {
            out.push(sign);
        }
    }
    Some(())
}

fn push_letters(text: &str, out: &mut String) {
    let mut begin = 0;
    for (at, sign) in text.bytes().enumerate() {
        if !sign.is_ascii_alphanumeric() {
            if begin < at {
                out.push_str(&text[begin..at]);
            }
            begin = at + 1;
        }
    }
    out.push_str(&text[begin..]);
}

/// A folded text without spaces and punctuation.
pub fn compact(folded: &str) -> Option<String> {
    let mut out = String::with_capacity(folded.len());
    push_compact(folded, &mut out)?;
    Some(out)
}

/// Add the words of a folded text to another, a blank behind each.
pub fn push_words(folded: &str, out: &mut String) {
    let mut begin = None;
    if folded.is_ascii() {
        for (at, sign) in folded.bytes().enumerate() {
            begin = step(folded, at, matches!(sign, b'a'..=b'z' | b'0'..=b'9'), begin, out);
        }
    } else {
        for (at, sign) in folded.char_indices() {
            begin = step(folded, at, is_in_word(sign), begin, out);
        }
    }
    step(folded, folded.len(), false, begin, out);
}

/// Add the word that ends before a place, if one does, and tell where the current one began.
fn step(text: &str, at: usize, within: bool, begin: Option<usize>, out: &mut String) -> Option<usize> {
    match begin {
        None if within => Some(at),
        Some(start) if !within => {
            out.push_str(&text[start..at]);
            out.push(' ');
            None
        }
        _ => begin,
    }
}

/// The words of a text in lower case, joined names taken apart; a blank behind each.
pub fn words(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let parted = if is_joined(text) { Cow::Owned(taken_apart(text)) } else { Cow::Borrowed(text) };
    push_words(&chars::fold(&parted)?, &mut out);
    Some(out)
}

/// Whether a capital follows a small letter or a digit.
pub fn is_joined(text: &str) -> bool {
    text.as_bytes().windows(2).any(is_joint)
}

fn is_joint(pair: &[u8]) -> bool {
    pair[1].is_ascii_uppercase() && (pair[0].is_ascii_lowercase() || pair[0].is_ascii_digit())
}

fn taken_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut begin = 0;
    for (at, pair) in text.as_bytes().windows(2).enumerate() {
        if is_joint(pair) {
            out.push_str(&text[begin..=at]);
            out.push(' ');
            begin = at + 1;
        }
    }
    out.push_str(&text[begin..]);
    out
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

/// The first letters of a word that has more; empty for one that has not.
pub fn start_of(word: &str) -> &str {
    word.char_indices().nth(PREFIX).map_or("", |(at, _)| &word[..at])
}
