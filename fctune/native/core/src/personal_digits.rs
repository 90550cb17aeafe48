//! Digits that may be a number of somebody: a phone, a card, an identity, an account.
//!
//! Follows `_DATE`, `_DIGITS_IN_A_ROW` and the patterns of numbers of
//! `fctune/conversations/personal_patterns.py` and `personal_phones.py`, as a sieve: it tells for
//! sure that no pattern fits, or leaves the text to Python.

use std::borrow::Cow;

use crate::personal_bits::{digits_in, CHUNK};
use crate::personal_keys::LongWords;
use crate::personal_phones::words_before;
use crate::personal_plans::is_luhn;

/// Signs between two groups: three, and as many backslashes that may go with an escape.
const MOST_BETWEEN: usize = 6;
const FEWEST: usize = 7;
/// An account number has so many digits in a row, and is at most so long with its gaps.
const LONG_RUN: usize = 9;
const ACCOUNT: usize = 44;
/// What words for phones and identity numbers have in them.
const WORDS: [&str; 23] = [
    "phone",
    "mobile",
    "whatsapp",
    "cell",
    "tel",
    "fax",
    "landline",
    "sms",
    "msisdn",
    "call",
    "text",
    "reach",
    "contact",
    "ssn",
    "social",
    "电话",
    "手机",
    "联系方式",
    "座机",
    "传真",
    "来电",
    "致电",
    "拨打",
];

/// The text with dates such as 2026-01-15 blanked, which look like groups of a phone number.
pub fn blank_dates<'a>(view: &'a str) -> Cow<'a, str> {
    if !view.contains("-0") && !view.contains("-1") {
        return Cow::Borrowed(view);
    }
    let bytes = view.as_bytes();
    let mut out: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(date) = bytes.get(at..at + 10) {
        if is_date(date) && !touched(bytes, at) {
            out.get_or_insert_with(|| bytes.to_vec())[at..at + 10].fill(b'|');
            at += 10;
        } else {
            at += 1;
        }
    }
    match out.and_then(|blanked| String::from_utf8(blanked).ok()) {
        Some(blanked) => Cow::Owned(blanked),
        None => Cow::Borrowed(view),
    }
}

fn is_date(date: &[u8]) -> bool {
    let digits = [2, 3, 6, 9].iter().all(|place| date[*place].is_ascii_digit());
    let century = matches!(&date[..2], b"19" | b"20");
    let month = date[5] == b'0' || (date[5] == b'1' && matches!(date[6], b'0'..=b'2'));
    digits && century && date[4] == b'-' && month && date[7] == b'-' && matches!(date[8], b'0'..=b'3')
}

fn touched(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|place| bytes[place]);
    let after = bytes.get(at + 10);
    matches!(before, Some(b'0'..=b'9' | b'+' | b'(' | b'-')) || matches!(after, Some(b'0'..=b'9' | b'-'))
}

/// What the digits of a text may be of.
#[derive(Clone, Copy, Default)]
pub struct Told {
    /// A number of somebody.
    pub number: bool,
    /// A key of a known maker, of which each has digits in it.
    pub key: bool,
}

/// The digits of 64 bytes: where they begin, and a bit for each digit.
#[derive(Clone, Copy, Default)]
struct Part {
    from: usize,
    digits: u64,
}

/// The digits of a text, added from left to right.
#[derive(Default)]
pub struct Digits {
    groups: Groups,
    words: LongWords,
    found: Told,
    last: Part,
    is_last_added: bool,
}

impl Digits {
    /// Add those of the next 64 bytes, which are given once more with zeros behind the end of the
    /// text. Parts without any may be left out.
    pub fn add(&mut self, view: &str, from: usize, bytes: &[u8; CHUNK]) {
        let part = Part { from, digits: digits_in(bytes) };
        self.found.key = self.found.key || self.words.may_be_key(view.as_bytes(), from, bytes, part.digits);
        // So few signs stand between the digits of a number that seven are in one part or in two.
        let is_next = from == self.last.from + CHUNK;
        let before = if is_next { self.last.digits.count_ones() } else { 0 };
        let is_near = part.digits.count_ones() + before >= FEWEST as u32;
        if is_near && is_next && !self.is_last_added {
            self.group(view, self.last);
        }
        if is_near {
            self.group(view, part);
        }
        (self.last, self.is_last_added) = (part, is_near);
    }

    fn group(&mut self, view: &str, part: Part) {
        self.found.number = self.found.number || self.groups.add(view, part.from, part.digits);
    }

    /// Tell what they may be of, where all were added.
    pub fn told(mut self, view: &str) -> Told {
        self.found.number = self.found.number || self.groups.may_be(view);
        self.found
    }
}

/// Groups of digits with little between them.
#[derive(Default)]
struct Groups {
    begin: usize,
    end: usize,
    /// How many digits there are in all, and in the last group.
    digits: usize,
    size: usize,
    /// The sizes of the last eight groups, four bits each, those of 15 and more alike.
    sizes: u32,
    count: usize,
    /// The last group stands behind a point, as decimals do: no number begins there.
    is_decimal: bool,
    shaped: bool,
}

impl Groups {
    /// Add the digits of a part; whether groups that ended before them may be a number.
    fn add(&mut self, view: &str, from: usize, digits: u64) -> bool {
        let mut left = digits;
        while left != 0 {
            let skipped = left.trailing_zeros() as usize;
            let size = (left >> skipped).trailing_ones() as usize;
            let begin = from + skipped;
            let between = &view.as_bytes()[self.end..begin];
            if self.count > 0 && between.is_empty() {
                self.size += size;
            } else if self.count > 0 && is_gap(between) {
                let is_decimal = between == b".";
                self.close(is_decimal);
                (self.size, self.count, self.is_decimal) = (size, self.count + 1, is_decimal);
            } else {
                if self.may_be(view) {
                    return true;
                }
                *self = Groups { begin, size, count: 1, ..Groups::default() };
            }
            self.digits += size;
            self.end = begin + size;
            left &= u64::MAX.checked_shl((skipped + size) as u32).unwrap_or(0);
        }
        false
    }

    /// Look at the sizes of groups: 3 and 3 or more, 3-2-4, or five of two digits; or one long one.
    fn close(&mut self, before_point: bool) {
        let size = self.size.min(15) as u32;
        let before = self.sizes & 15;
        self.sizes = self.sizes << 4 | size;
        self.shaped |= match self.is_decimal {
            true => self.sizes & 0xfff == 0x334,
            false => before >= 3 && size >= 3 || size > if before_point { 8 } else { 4 },
        };
        self.shaped |= self.sizes & 0xfff == 0x324 || self.sizes & 0xfffff == 0x22222;
    }

    fn may_be(&mut self, view: &str) -> bool {
        if self.digits < FEWEST {
            return false;
        }
        if is_dialled(&view.as_bytes()[..self.begin]) {
            return true;
        }
        if self.count == 1 {
            return one_may_be(view, self.begin, self.size);
        }
        self.close(false);
        self.shaped
    }
}

/// Whether a plus stands before digits.
fn is_dialled(before: &[u8]) -> bool {
    matches!(before, [.., b'+'] | [.., b'+', b' ' | b'('])
}

fn is_gap(between: &[u8]) -> bool {
    between.len() <= MOST_BETWEEN
        && between.iter().all(|sign| matches!(sign, b' ' | b'.' | b'/' | b'(' | b')' | b'-' | b'\\'))
}

/// Whether one run of seven digits or more may be a number of somebody.
fn one_may_be(view: &str, begin: usize, size: usize) -> bool {
    let bytes = view.as_bytes();
    if size >= LONG_RUN && is_in_account(bytes, begin) {
        return true;
    }
    if size > 19 {
        return false;
    }
    let digits = &bytes[begin..begin + size];
    let is_id = size == 18 || size == 17 && matches!(bytes.get(begin + size), Some(b'x' | b'X'));
    if is_id || (13..=19).contains(&size) && is_luhn(digits) {
        return true;
    }
    if size == 11 && digits[0] == b'1' || size == 13 && digits.starts_with(b"86") {
        return true;
    }
    size <= 15 && has_words_before(view, begin)
}

/// Whether digits may be of an account number: two capitals and two digits begin it, at most so far
/// before them, and letters and digits stand between, in groups.
fn is_in_account(bytes: &[u8], begin: usize) -> bool {
    let before = begin.checked_sub(1).map(|place| bytes[place]);
    if !before.is_some_and(|sign| sign.is_ascii_alphabetic() || matches!(sign, b'-' | b' ')) {
        return false;
    }
    let part = &bytes[begin.saturating_sub(ACCOUNT)..begin + 2];
    part.windows(4)
        .any(|code| code[..2].iter().all(u8::is_ascii_uppercase) && code[2..].iter().all(u8::is_ascii_digit))
}

/// Whether a word for phones or identities stands before digits.
fn has_words_before(view: &str, begin: usize) -> bool {
    let words = words_before(view, begin);
    let lower = words.to_ascii_lowercase();
    words.contains('\\') || WORDS.iter().any(|word| lower.contains(word))
}
