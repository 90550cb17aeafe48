//! The frame of a text: its wording with the values of its calls and all digits blanked.
//!
//! Input: a wording (UTF-8) and the strings among the arguments. Output: a hash, or `None` where a
//! character is in doubt. Follows `frame_of` and `strings_in` of `fctune/conversations/hashes.py`.

use std::ops::Range;

use crate::hash::xxh3_64;
use crate::json::Value;
use crate::words::push_words;

const SHORTEST_VALUE: usize = 2;
/// Bytes that may be compared for one frame, at worst; beyond, Python does it.
const MOST_LOOKED_AT: usize = 1 << 26;
/// Stands where a value stood; no wording has it.
const VALUE: &[u8] = b" \x01 ";

/// The hash of a wording with values and digits blanked: `hashes.frame_of`.
pub fn frame_of(words: &[u8], values: &[&str]) -> Option<u64> {
    let mut said = Vec::with_capacity(64 * values.len());
    let wanted = wanted(values, words.len(), &mut said)?;
    let longest = wanted.first().map_or(0, Range::len);
    if words.len().saturating_mul(wanted.len()).saturating_mul(longest) > MOST_LOOKED_AT {
        return None;
    }
    let (mut frame, mut blanked) = (words.to_vec(), Vec::new());
    for word in wanted.into_iter().map(|place| &said[place]) {
        if let Some(first) = find(&frame, word, 0) {
            blanked.clear();
            if word.is_ascii() {
                without_word(&frame, word, first, &mut blanked);
            } else {
                without_text(&frame, word, first, &mut blanked);
            }
            std::mem::swap(&mut frame, &mut blanked);
        }
    }
    drop_digits(&mut frame);
    Some(xxh3_64(&frame))
}

fn drop_digits(frame: &mut Vec<u8>) {
    let is_digit = |byte: u8| byte.wrapping_sub(b'0') < 10;
    if !frame.iter().fold(false, |found, byte| found | is_digit(*byte)) {
        return;
    }
    let mut size = 0;
    for at in 0..frame.len() {
        let byte = frame[at];
        frame[size] = byte;
        size = size.wrapping_add(usize::from(!is_digit(byte)));
    }
    frame.truncate(size);
}

/// The wordings of values that a wording so long may hold, each once, the longest first: where they
/// stand in `said`.
fn wanted(values: &[&str], most: usize, said: &mut Vec<u8>) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::with_capacity(values.len());
    for value in values {
        let begin = said.len();
        push_words(value, said)?;
        if (SHORTEST_VALUE..=most).contains(&(said.len() - begin)) {
            found.push(begin..said.len());
        }
    }
    if found.len() > 1 {
        let text = |place: &Range<usize>| &said[place.clone()];
        found.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| text(a).cmp(text(b))));
        found.dedup_by(|a, b| text(a) == text(b));
    }
    Some(found)
}

/// A text without a word that stands first at `found`:
/// `(" %b " % text).replace(" %b " % word, VALUE).strip()`.
fn without_word(text: &[u8], word: &[u8], found: usize, out: &mut Vec<u8>) {
    // Up to where the text is taken; a blank behind it may begin the next match.
    let (mut taken, mut next) = (0, Some(found));
    while let Some(found) = next {
        let end = found + word.len();
        let begins = found == 0 || (found > taken && text[found - 1] == b' ');
        let ends = !text.get(end).is_some_and(|byte| *byte != b' ');
        if begins && ends {
            out.extend_from_slice(&text[taken..found.saturating_sub(1).max(taken)]);
            out.extend_from_slice(VALUE);
            taken = (end + 1).min(text.len());
            next = find(text, word, end);
        } else {
            next = find(text, word, found + 1);
        }
    }
    out.extend_from_slice(&text[taken..]);
    while out.last() == Some(&b' ') {
        out.pop();
    }
    let blanks = out.iter().take_while(|byte| **byte == b' ').count();
    out.drain(..blanks);
}

/// A text without a piece that stands first at `found`, wherever it stands.
fn without_text(text: &[u8], piece: &[u8], found: usize, out: &mut Vec<u8>) {
    let (mut taken, mut next) = (0, Some(found));
    while let Some(found) = next {
        out.extend_from_slice(&text[taken..found]);
        out.extend_from_slice(VALUE);
        taken = found + piece.len();
        next = find(text, piece, taken);
    }
    out.extend_from_slice(&text[taken..]);
}

/// Where a piece stands first from a place on. Of 16 places at a time, those are looked at that
/// have its first and its last byte.
fn find(text: &[u8], piece: &[u8], from: usize) -> Option<usize> {
    let (first, last, span) = (*piece.first()?, *piece.last()?, piece.len() - 1);
    let mut at = from;
    while let Some(others) = text.get(at + span..at + span + 16) {
        let ones = &text[at..at + 16];
        let hit = |(one, other): (&u8, &u8)| (*one == first) & (*other == last);
        if ones.iter().zip(others).fold(false, |found, pair| found | hit(pair)) {
            let begins = |start: &usize| text[*start] == first && text[*start + span] == last;
            let found = (at..at + 16).filter(begins).find(|start| text[*start..].starts_with(piece));
            if found.is_some() {
                return found;
            }
        }
        at += 16;
    }
    (at..text.len().saturating_sub(span)).find(|start| text[*start..].starts_with(piece))
}

/// The strings within a JSON value; keys are none. Their order is another than that of
/// `hashes.strings_in`, which `frame_of` does not care for.
pub fn strings_in<'a>(value: &'a Value<'_>, found: &mut Vec<&'a str>) {
    match value {
        Value::Str(text) => found.push(text),
        Value::List(items) => items.iter().for_each(|item| strings_in(item, found)),
        Value::Dict(entries) => entries.iter().for_each(|(_, item)| strings_in(item, found)),
        _ => {}
    }
}
