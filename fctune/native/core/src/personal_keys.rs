//! Keys of known makers, which are left to Python, as a sieve: it tells for sure that none is there.
//!
//! Follows `KEYS` of `fctune/conversations/personal_sieve.py`. Each key has a long word with a digit
//! in it. Input: the digits of a text. Output: whether one may be in a key.

use crate::personal_bits::{letters_in, CHUNK};

/// A key of a known maker has a word of so many letters and digits, and begins, or is announced, at
/// most so far before it.
const LONG_WORD: usize = 16;
const REACH: usize = 120;
const KEYS: [&[u8]; 17] = [
    b"AKIA",
    b"ASIA",
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"hf_",
    b"npm_",
    b"_live_",
    b"sk-",
    b"xox",
    b"AIza",
    b"eyJ",
    b"PRIVATE KEY-----",
];

/// The long words of a text, as its digits lead to them.
#[derive(Default)]
pub struct LongWords {
    seen: usize,
}

impl LongWords {
    /// Whether one of the digits in 64 bytes may be of a key; to be asked in order.
    pub fn may_be_key(&mut self, text: &[u8], from: usize, bytes: &[u8; CHUNK], digits: u64) -> bool {
        let signs = digits | letters_in(bytes);
        let (first, last) = (signs & !signs.wrapping_add(1), signs.leading_ones());
        let is_first = digits & first != 0;
        let is_last = digits.leading_zeros() < last;
        // Each bit stands for itself and as many behind it as a long word has.
        let mut long = signs & signs >> 1;
        for size in [2, 4, 8] {
            long &= long >> size;
        }
        (is_first && self.is_key_about(text, from))
            || (long != 0 && self.has_key(text, from, long))
            || (is_last && self.is_key_about(text, from + CHUNK - 1))
    }

    /// Whether one of the words that have these bits may be of a key.
    fn has_key(&mut self, text: &[u8], from: usize, mut long: u64) -> bool {
        while long != 0 {
            if self.is_key_about(text, from + long.trailing_zeros() as usize) {
                return true;
            }
            let done = u32::try_from(self.seen - from).unwrap_or(u32::MAX);
            long &= u64::MAX.checked_shl(done).unwrap_or(0);
        }
        false
    }

    fn is_key_about(&mut self, text: &[u8], at: usize) -> bool {
        if at < self.seen {
            return false;
        }
        let (begin, end) = run_about(text, at);
        self.seen = end;
        may_be_key(text, begin, end)
    }
}

/// Where the letters and digits about a place begin and end; before it, few are left to look at.
fn run_about(bytes: &[u8], at: usize) -> (usize, usize) {
    let is_word = |sign: &&u8| sign.is_ascii_alphanumeric();
    let before = bytes[..at].iter().rev().take_while(is_word).count();
    (at - before, at + bytes[at..].iter().take_while(is_word).count())
}

/// Whether a long word has a digit in it, and the beginning of a key before it.
fn may_be_key(bytes: &[u8], begin: usize, end: usize) -> bool {
    if end - begin < LONG_WORD || !bytes[begin..end].iter().any(u8::is_ascii_digit) {
        return false;
    }
    let near = &bytes[begin.saturating_sub(REACH)..begin + LONG_WORD];
    // Each begins in another way, so that a look at one letter turns most places down.
    near.iter().enumerate().any(|(at, sign)| match sign {
        b'A' | b'g' | b'h' | b'n' | b'_' | b's' | b'x' | b'e' | b'P' => {
            KEYS.iter().any(|key| near[at..].starts_with(key)) || announces(&near[at..])
        }
        b'E' => announces(&near[at..]),
        _ => false,
    })
}

/// Whether a text begins with the end of `bearer`.
fn announces(text: &[u8]) -> bool {
    text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"earer"))
}
