//! What Unicode says of a character, as far as every Python of today agrees on it.
//!
//! Input: characters and texts. Output: classes, compatible forms and stripped texts, or `None` for
//! a character outside of the table below: rare scripts, combining marks, letters whose lower case
//! depends on their place (Σ). Follows `str.isspace`, `isalnum`, `isdecimal`, `strip` and NFKC of
//! `unicodedata`, as `fctune/conversations/grounding_text.py` and `hashes.py` use them. NFKC looks
//! at single characters only, which is right while no mark and no jamo follows one; the table has
//! neither.

pub use crate::folded::{fold, lower, push_folded, push_lower};

/// What a character outside of ASCII is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// In doubt.
    Unknown,
    /// NFKC leaves it as it is; no word has it; it has no case.
    Sign,
    /// NFKC leaves it as it is; a letter, or a numeral that is no decimal digit.
    Word,
    /// NFKC changes it; see `compatible`.
    Compatible,
}

const UNKNOWN: u8 = 0;
const SIGN: u8 = 1;
const WORD: u8 = 2;
const COMPATIBLE: u8 = 3;
const LOW: usize = 0x3130;

static CLASSES: [u8; LOW] = classes();

#[rustfmt::skip]
const SIGNS: [(usize, usize); 40] = [
    (0x80, 0x9f), (0xa1, 0xa7), (0xa9, 0xa9), (0xab, 0xae), (0xb0, 0xb1), (0xb6, 0xb7),
    (0xbb, 0xbb), (0xbf, 0xbf), (0xd7, 0xd7), (0xf7, 0xf7), (0x482, 0x482), (0x200b, 0x2010),
    (0x2012, 0x2016), (0x2018, 0x2023), (0x2027, 0x202e), (0x2030, 0x2032), (0x2035, 0x2035),
    (0x2038, 0x203b), (0x203d, 0x203d), (0x203f, 0x2046), (0x204a, 0x2056), (0x2058, 0x205e),
    (0x2060, 0x2064), (0x2066, 0x206f), (0x20a0, 0x20a7), (0x20a9, 0x20bf), (0x2190, 0x222b),
    (0x222e, 0x222e), (0x2231, 0x2328), (0x232b, 0x2426), (0x2500, 0x2775), (0x2794, 0x2a0b),
    (0x2b00, 0x2b73), (0x3001, 0x3004), (0x3008, 0x3020), (0x3030, 0x3030), (0x3037, 0x3037),
    (0x303d, 0x303f), (0x30a0, 0x30a0), (0x30fb, 0x30fb),
];

#[rustfmt::skip]
const WORDS: [(usize, usize); 31] = [
    (0xc0, 0xd6), (0xd8, 0xf6), (0xf8, 0x12f), (0x131, 0x131), (0x134, 0x13e), (0x141, 0x148),
    (0x14a, 0x17e), (0x180, 0x1c3), (0x1cd, 0x1ef), (0x1f4, 0x220), (0x250, 0x2ad), (0x386, 0x386),
    (0x388, 0x38a), (0x38c, 0x38c), (0x38e, 0x38f), (0x391, 0x3a1), (0x3a4, 0x3af), (0x3b1, 0x3ce),
    (0x400, 0x481), (0x48a, 0x4ce), (0x4d0, 0x4f5), (0x1ea0, 0x1ef9), (0x2776, 0x2793),
    (0x3005, 0x3007), (0x3021, 0x3029), (0x3041, 0x3096), (0x309d, 0x309e), (0x30a1, 0x30fa),
    (0x30fc, 0x30fe), (0x3105, 0x312c), (0x222, 0x233),
];

#[rustfmt::skip]
const CHANGED: [(usize, usize); 21] = [
    (0xa0, 0xa0), (0xaa, 0xaa), (0xb2, 0xb3), (0xb5, 0xb5), (0xb9, 0xba), (0xbc, 0xbe),
    (0x2000, 0x200a), (0x2011, 0x2011), (0x2024, 0x2026), (0x202f, 0x202f), (0x2033, 0x2034),
    (0x203c, 0x203c), (0x2047, 0x2049), (0x205f, 0x205f), (0x2070, 0x2070), (0x2074, 0x2079),
    (0x2080, 0x2089), (0x2103, 0x2103), (0x2109, 0x2109), (0x2116, 0x2116), (0x2122, 0x2122),
];

const fn classes() -> [u8; LOW] {
    let table = marked([UNKNOWN; LOW], &SIGNS, SIGN);
    let table = marked(marked(table, &WORDS, WORD), &CHANGED, COMPATIBLE);
    marked(table, &[(0x2460, 0x2468), (0x3000, 0x3000)], COMPATIBLE)
}

const fn marked(mut table: [u8; LOW], ranges: &[(usize, usize)], class: u8) -> [u8; LOW] {
    let mut at = 0;
    while at < ranges.len() {
        let mut code = ranges[at].0;
        while code <= ranges[at].1 {
            table[code] = class;
            code += 1;
        }
        at += 1;
    }
    table
}

/// The class of a character outside of ASCII.
#[inline]
pub fn class(char: char) -> Class {
    let code = char as usize;
    if code < LOW {
        return match CLASSES[code] {
            SIGN => Class::Sign,
            WORD => Class::Word,
            COMPATIBLE => Class::Compatible,
            _ => Class::Unknown,
        };
    }
    match code {
        0x4e00..=0x9fef | 0x3400..=0x4db5 | 0xac00..=0xd7a3 => Class::Word,
        0xff01..=0xff5e | 0xffe1 | 0xffe5 => Class::Compatible,
        0xfe0f | 0x1f1e6..=0x1f1ff | 0x1f300..=0x1f64f => Class::Sign,
        0x1f680..=0x1f6ff | 0x1f900..=0x1f9ff | 0x1fa70..=0x1faff => Class::Sign,
        _ => Class::Unknown,
    }
}

/// What a character becomes: the same, another, or some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Same,
    One(char),
    Some(&'static str),
}

/// NFKC and lower case of a character of class `Compatible`; `None` for any other.
pub fn compatible(char: char) -> Option<Change> {
    let code = char as u32;
    if (0xff01..=0xff5e).contains(&code) {
        return char::from_u32(code - 0xfee0).map(|narrow| Change::One(narrow.to_ascii_lowercase()));
    }
    Some(Change::Some(match code {
        0xa0 | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000 => " ",
        0xaa => "a",
        0xba => "o",
        0xb5 => "μ",
        0xbc => "1⁄4",
        0xbd => "1⁄2",
        0xbe => "3⁄4",
        0x2011 => "\u{2010}",
        0x2024 => ".",
        0x2025 => "..",
        0x2026 => "...",
        0x2033 => "′′",
        0x2034 => "′′′",
        0x203c => "!!",
        0x2047 => "??",
        0x2048 => "?!",
        0x2049 => "!?",
        0x2103 => "°c",
        0x2109 => "°f",
        0x2116 => "no",
        0x2122 => "tm",
        0xffe1 => "£",
        0xffe5 => "¥",
        _ => return digit(code).map(Change::One),
    }))
}

/// The digit that a raised, lowered or circled one stands for.
fn digit(code: u32) -> Option<char> {
    let value = match code {
        0xb2 | 0xb3 => code - 0xb0,
        0xb9 => 1,
        0x2070 | 0x2074..=0x2079 => code - 0x2070,
        0x2080..=0x2089 => code - 0x2080,
        0x2460..=0x2468 => code - 0x2460 + 1,
        _ => return None,
    };
    char::from_digit(value, 10)
}

/// Whether words have a character (`str.isalnum`); `None` in doubt.
#[inline]
pub fn is_word(char: char) -> Option<bool> {
    if char.is_ascii() {
        return Some(char.is_ascii_alphanumeric());
    }
    match class(char) {
        Class::Word => Some(true),
        Class::Sign => Some(false),
        Class::Compatible => Some(is_changed_word(char as u32)),
        Class::Unknown => None,
    }
}

fn is_changed_word(code: u32) -> bool {
    match code {
        0xaa | 0xb2 | 0xb3 | 0xb5 | 0xb9 | 0xba | 0xbc..=0xbe => true,
        0x2070..=0x2089 | 0x2460..=0x2468 => true,
        _ => matches!(code, 0xff10..=0xff19 | 0xff21..=0xff3a | 0xff41..=0xff5a),
    }
}

/// Whether a character is a decimal digit (`\d`, `str.isdecimal`); `None` in doubt.
pub fn is_decimal(char: char) -> Option<bool> {
    if char.is_ascii() {
        return Some(char.is_ascii_digit());
    }
    (class(char) != Class::Unknown).then_some(('０'..='９').contains(&char))
}

/// `str.isspace` of a character; never in doubt.
#[inline]
pub fn is_space(char: char) -> bool {
    matches!(char,
        ' ' | '\t'..='\r' | '\u{1c}'..='\u{1f}' | '\u{85}' | '\u{a0}' | '\u{1680}'
        | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The character that begins at a byte.
#[inline]
pub fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}
