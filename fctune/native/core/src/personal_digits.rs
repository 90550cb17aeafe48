//! Digits that may be a number of somebody: a phone, a card, an identity, an account.
//!
//! Follows `_DATE`, `_DIGITS_IN_A_ROW` and the patterns of numbers of
//! `fctune/conversations/personal_patterns.py` and `personal_phones.py`, as a sieve: it tells for
//! sure that no pattern fits, or leaves the text to Python.

use std::borrow::Cow;

/// Signs between two groups: three, and as many backslashes that may go with an escape.
const MOST_BETWEEN: usize = 6;
const FEWEST: usize = 7;
const REACH: usize = 64;
/// What words for phones and identity numbers have in them.
const WORDS: [&str; 15] = [
    "phone", "mobile", "whatsapp", "cell", "tel", "fax", "landline", "sms", "msisdn", "call", "text",
    "reach", "contact", "ssn", "social",
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

/// Whether digits of a text may be a number of somebody.
pub fn may_be_number(view: &str) -> bool {
    let bytes = view.as_bytes();
    let mut groups: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let size = bytes[at..].iter().take_while(|sign| sign.is_ascii_digit()).count();
        if groups.last().is_some_and(|(begin, size)| !is_gap(&bytes[begin + size..at])) {
            if window_may_be(view, &groups) {
                return true;
            }
            groups.clear();
        }
        groups.push((at, size));
        at += size;
    }
    !groups.is_empty() && window_may_be(view, &groups)
}

fn is_gap(between: &[u8]) -> bool {
    between.len() <= MOST_BETWEEN
        && between.iter().all(|sign| matches!(sign, b' ' | b'.' | b'/' | b'(' | b')' | b'-' | b'\\'))
}

fn window_may_be(view: &str, groups: &[(usize, usize)]) -> bool {
    if groups.iter().map(|(_, size)| size).sum::<usize>() < FEWEST {
        return false;
    }
    let bytes = view.as_bytes();
    let start = groups[0].0;
    if start > 0 && matches!(bytes[start - 1], b'+' | b'(') {
        return true;
    }
    if let [(begin, size)] = groups {
        return one_may_be(view, *begin, *size);
    }
    // Groups of a number: 3 and 3 or more, 3-2-4, or five of two digits; or one long group.
    let sizes: Vec<usize> = groups.iter().map(|(_, size)| *size).collect();
    sizes.iter().any(|size| *size > 4)
        || sizes.windows(2).any(|pair| pair[0] >= 3 && pair[1] >= 3)
        || sizes.windows(3).any(|three| *three == [3, 2, 4])
        || sizes.windows(5).any(|five| five.iter().all(|size| *size == 2))
}

/// Whether one run of seven digits or more may be a number of somebody.
fn one_may_be(view: &str, begin: usize, size: usize) -> bool {
    let bytes = view.as_bytes();
    let digits = &bytes[begin..begin + size];
    let before = begin.checked_sub(1).map(|place| bytes[place]);
    if before.is_some_and(|sign| sign.is_ascii_uppercase() || matches!(sign, b'-' | b' ')) {
        // Perhaps an account number: letters, two digits and more, in groups.
        let mut from = begin.saturating_sub(3);
        while !view.is_char_boundary(from) {
            from -= 1;
        }
        if view[from..begin].bytes().any(|sign| sign.is_ascii_uppercase()) {
            return true;
        }
    }
    if size > 19 {
        return false;
    }
    let is_id = size == 18 || size == 17 && matches!(bytes.get(begin + size), Some(b'x' | b'X'));
    if is_id || (13..=19).contains(&size) && is_luhn(digits) {
        return true;
    }
    if size == 11 && digits[0] == b'1' || size == 13 && digits.starts_with(b"86") {
        return true;
    }
    size <= 15 && has_words_before(view, begin)
}

fn is_luhn(digits: &[u8]) -> bool {
    let mut total = 0;
    for (index, digit) in digits.iter().rev().enumerate() {
        let value = u32::from(digit - b'0') * if index % 2 == 1 { 2 } else { 1 };
        total += if value > 9 { value - 9 } else { value };
    }
    total % 10 == 0
}

fn has_words_before(view: &str, begin: usize) -> bool {
    let mut from = begin.saturating_sub(REACH);
    while !view.is_char_boundary(from) {
        from -= 1;
    }
    let before = view[from..begin].to_ascii_lowercase();
    !before.is_ascii() || WORDS.iter().any(|word| before.contains(word))
}
