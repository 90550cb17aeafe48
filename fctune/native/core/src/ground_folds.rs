//! Letters, words and stems of a folded text, for the grounding audit.
//!
//! Input: a text, folded or not. Output: its letters without spaces, its words, the stem of a word;
//! `None` where a character is not known.
//! Follows `fctune/conversations/grounding_text.py`.

use crate::chars;
use crate::ground_signs::{is_in_word, is_word};

const ENDINGS: [&str; 18] = [
    "ations", "ation", "ingly", "ings", "ing", "ies", "ied", "edly", "ers", "ed", "er", "es", "ly", "al",
    "ic", "s", "e", "y",
];
const PREFIX: usize = 5;

/// Add the letters and digits of a folded text to another, without anything between them.
pub fn push_compact(folded: &str, out: &mut Vec<u8>) -> Option<()> {
    let begin = out.len();
    out.resize(begin + folded.len(), 0);
    let room = &mut out[begin..];
    let (mut size, mut is_kept) = (0, false);
    for (at, byte) in folded.bytes().enumerate() {
        is_kept = match byte {
            0..=0x7f => byte.is_ascii_alphanumeric(),
            0x80..=0xbf => is_kept,
            0xe5..=0xe8 => true, // U+5000 to U+8FFF: Chinese characters
            _ => is_word(folded[at..].chars().next()?)?,
        };
        // Written in any case, and kept where it is one.
        room[size] = byte;
        size += usize::from(is_kept);
    }
    out.truncate(begin + size);
    Some(())
}

/// A folded text without spaces and punctuation.
pub fn compact(folded: &str) -> Option<String> {
    let mut out = Vec::new();
    push_compact(folded, &mut out)?;
    String::from_utf8(out).ok()
}

/// Add a folded text to another, with blanks for all that is of no word.
pub fn push_spaced(folded: &str, out: &mut Vec<u8>) {
    let bytes = folded.as_bytes();
    // Characters of words outside of ASCII begin with these.
    if !bytes.iter().fold(false, |found, byte| found | (0xc3..=0xe0).contains(byte)) {
        out.extend(bytes.iter().map(|byte| if is_plain(*byte) { *byte } else { b' ' }));
        return;
    }
    out.reserve(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            byte @ 0..=0x7f => {
                out.push(if is_plain(byte) { byte } else { b' ' });
                at += 1;
            }
            0xe3..=0xe9 => {
                out.push(b' '); // U+3000 to U+9FFF: written without spaces
                at += 3;
            }
            _ => {
                let Some(sign) = folded[at..].chars().next() else { break };
                let end = at + sign.len_utf8();
                out.extend_from_slice(if is_in_word(sign) { &bytes[at..end] } else { b" " });
                at = end;
            }
        }
    }
}

/// Whether words in lower case have a character of ASCII.
#[inline]
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() | byte.is_ascii_digit()
}

/// The words of a text in lower case, joined names taken apart; a blank behind each.
pub fn words(text: &str) -> Option<String> {
    if text.is_ascii() {
        return words_of_ascii(text.as_bytes());
    }
    let mut spaced = Vec::new();
    push_spaced(&chars::fold(&taken_apart(text))?, &mut spaced);
    let spaced = String::from_utf8(spaced).ok()?;
    let mut out = String::with_capacity(spaced.len() + 1);
    for word in spaced.split(' ').filter(|word| !word.is_empty()) {
        out.push_str(word);
        out.push(' ');
    }
    Some(out)
}

fn words_of_ascii(text: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut before = b' ';
    for byte in text {
        let ends = is_joint(before, *byte) || !byte.is_ascii_alphanumeric();
        if ends && out.last().is_some_and(|last| *last != b' ') {
            out.push(b' ');
        }
        if byte.is_ascii_alphanumeric() {
            out.push(byte.to_ascii_lowercase());
        }
        before = *byte;
    }
    if out.last().is_some_and(|last| *last != b' ') {
        out.push(b' ');
    }
    String::from_utf8(out).ok()
}

/// Whether a capital follows a small letter or a digit.
pub fn is_joined(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    // Without a way out, so that the compiler compares all at once.
    pairs.fold(false, |found, (one, two)| found | is_joint(*one, *two))
}

#[inline]
fn is_joint(before: u8, sign: u8) -> bool {
    sign.is_ascii_uppercase() & (before.is_ascii_lowercase() | before.is_ascii_digit())
}

fn taken_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut begin = 0;
    for (at, pair) in text.as_bytes().windows(2).enumerate() {
        if is_joint(pair[0], pair[1]) {
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
