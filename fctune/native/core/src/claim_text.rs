//! What the audits of the model's words share: where a text goes on to, and how they show it.
//!
//! Input: texts. Output: places in them, and texts as messages quote them; `None` for a character
//! that is not known. Follows `_shown` of `fctune/conversations/claims.py` and `meant.py`, and `repr`.

use crate::fault_words::represented;
use crate::ground_signs::{head, is_space};

const MAX_SHOWN: usize = 60;

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

/// A text as a message quotes it: on one line, shortened, as `repr` writes it.
pub fn quoted(text: &str) -> Option<String> {
    let parts = text.split(is_space).filter(|part| !part.is_empty());
    let joined = parts.collect::<Vec<_>>().join(" ");
    let short = head(&joined, MAX_SHOWN);
    if short.len() == joined.len() {
        return repr(&joined);
    }
    repr(&[head(&joined, MAX_SHOWN - 3), "..."].concat())
}

fn repr(text: &str) -> Option<String> {
    text.chars().all(is_printable).then(|| represented(text))
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
