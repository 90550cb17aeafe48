//! The numbers that a text states in digits; follows `fctune/conversations/grounding_numbers.py`.
//!
//! Input: a folded text. Output: its numbers in the order of Python, repeats included. In doubt are
//! texts with characters that `ground_chars` does not know, and whole numbers beyond 2^53.

pub use crate::ground_follows::follows;
pub use crate::ground_numerals::chinese_number;

use crate::ground_chars::{is_certain, is_space};
use crate::ground_numbers_joined::patterned;
use crate::ground_numerals::chinese;
use crate::ground_words_of_numbers::english;
use crate::patterns::sign_at;

/// Whole numbers up to here are exact as `f64`.
pub const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
const MAX_RUN: usize = 40;
const MANY_DIGITS: usize = 15;
const TENS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
const SCALES: &[(&str, f64)] = &[
    ("k", 1e3),
    ("m", 1e6),
    ("b", 1e9),
    ("mn", 1e6),
    ("bn", 1e9),
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("hundred", 1e2),
    ("dozen", 12.0),
    ("percent", 0.01),
];
const LONGEST_SCALE: usize = 8;

/// Append the numbers that a text in lower case and half-width states; `None` is doubt.
pub fn numbers_of(text: &str, out: &mut Vec<f64>) -> Option<()> {
    let is_ascii = text.is_ascii();
    if !is_ascii && !is_certain(text) {
        return None;
    }
    let stated = in_digits(text, out)?;
    if stated || (!is_ascii && text.contains('折')) {
        patterned(text, is_ascii, out)?;
    }
    english(text.as_bytes(), out)?;
    if !is_ascii {
        chinese(text, out)?;
    }
    Some(())
}

/// The place of the next digit.
pub fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut at = from;
    while let Some(Ok(eight)) = bytes.get(at..at + 8).map(TryInto::try_into) {
        let eight = u64::from_le_bytes(eight);
        let low = eight & (0x7f * ONES);
        let found = (low + (0x80 - 0x30) * ONES) & !(low + (0x80 - 0x3a) * ONES) & !eight & (0x80 * ONES);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    bytes.get(at..)?.iter().position(u8::is_ascii_digit).map(|place| at + place)
}

/// How many digits stand at a place, up to so many.
pub fn digits_at(bytes: &[u8], from: usize, most: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count()
}

fn in_digits(text: &str, out: &mut Vec<f64>) -> Option<bool> {
    let bytes = text.as_bytes();
    let (mut at, mut stated) = (0, false);
    while let Some(digit) = next_digit(bytes, at) {
        stated = true;
        let pointed =
            digit > at && bytes[digit - 1] == b'.' && !(digit > 1 && bytes[digit - 2].is_ascii_digit());
        let start = digit - usize::from(pointed);
        let end = number_end(bytes, start);
        let (scale, next) = scale_at(text, end);
        at = next;
        let value = read(&bytes[start..end]);
        if !value.is_finite() {
            continue;
        }
        out.push(value);
        if next > end {
            let scaled = scale.into_iter().fold(value, |value, factor| value * factor);
            scaled.is_finite().then(|| out.push(scaled))?;
        }
    }
    Some(stated)
}

/// Where the number ends that begins with a digit or a point.
fn number_end(bytes: &[u8], start: usize) -> usize {
    if bytes[start] == b'.' {
        return start + 1 + digits_at(bytes, start + 1, MAX_RUN);
    }
    let digits = digits_at(bytes, start, MAX_RUN);
    let (mut end, mut most) = (start + digits, MAX_RUN);
    while digits <= 3 && bytes.get(end) == Some(&b',') && digits_at(bytes, end + 1, 3) == 3 {
        (end, most) = (end + 4, usize::MAX);
    }
    let behind = if bytes.get(end) == Some(&b'.') { digits_at(bytes, end + 1, most) } else { 0 };
    end + if behind > 0 { behind + 1 } else { 0 }
}

/// The number that digits, commas and a point write.
pub fn read(bytes: &[u8]) -> f64 {
    let (mut whole, mut digits, mut behind, mut pointed) = (0_u64, 0, 0, false);
    for byte in bytes.iter().filter(|byte| **byte != b',') {
        if *byte == b'.' {
            pointed = true;
            continue;
        }
        digits += 1;
        behind += usize::from(pointed);
        if digits > MANY_DIGITS {
            let text: String = bytes.iter().filter(|byte| **byte != b',').map(|byte| *byte as char).collect();
            return text.parse().unwrap_or(f64::NAN);
        }
        whole = whole * 10 + u64::from(byte - b'0');
    }
    whole as f64 / TENS[behind]
}

/// The factors behind a number, and where they end.
fn scale_at(text: &str, end: usize) -> ([f64; 2], usize) {
    let bytes = text.as_bytes();
    let start = end + usize::from(matches!(bytes.get(end), Some(b' ' | b'-')));
    let rest = bytes.get(start..).unwrap_or_default();
    let size = rest.iter().take(LONGEST_SCALE + 1).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &rest[..size];
    if (1..=LONGEST_SCALE).contains(&size) {
        let found = SCALES.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word));
        if let Some((_, factor)) = found {
            return ([*factor, 1.0], start + size);
        }
    }
    let mut at = past_space(text, end);
    let mut factors = [1.0; 2];
    let begin = at;
    for factor in &mut factors {
        let Some(sign) = sign_at(text, at) else { break };
        let Some(known) = sign_scale(sign) else { break };
        *factor = known;
        at += sign.len_utf8();
    }
    (factors, if at > begin { at } else { end })
}

/// The place behind a space, if one stands there.
pub fn past_space(text: &str, at: usize) -> usize {
    at + sign_at(text, at).filter(|sign| is_space(*sign)).map_or(0, char::len_utf8)
}

fn sign_scale(sign: char) -> Option<f64> {
    Some(match sign {
        '%' | '％' => 0.01,
        '十' => 10.0,
        '百' => 1e2,
        '千' => 1e3,
        '万' | '萬' => 1e4,
        '亿' | '億' => 1e8,
        '折' | '成' => 0.1,
        _ => return None,
    })
}
