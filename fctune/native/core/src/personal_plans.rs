//! Check digits, number plans and the ranges that belong to nobody; follows
//! `fctune/conversations/personal_numbers.py`.
//!
//! Input: the digits of a candidate. Output: whether it can be a phone, card, identity or account
//! number, in one normal form, and whether it lies in a range that is kept free.

use std::sync::LazyLock;

use crate::patterns::{patterns, Pattern};

patterns! {
    CN_MOBILE = r"1[3-9]\d{9}";
    CN_LANDLINE = r"0?(?:10|2[0-57-9])[2-8]\d{7}|0?(?:3[1-9]|[4-9]\d)\d[2-8]\d{6,7}";
    NANP = r"[2-9]\d{2}[2-9]\d{6}";
    SERVICE = r"(?:400|800|833|844|855|866|877|888)\d{7}";
    AMERICAN_EXAMPLE = r"\d{3}55501\d\d";
    FRENCH_EXAMPLE = r"63998\d{4}|19900\d{4}";
    BRITISH_EXAMPLE = r"7700900\d{3}|2079460\d{3}";
    CHINESE_EXAMPLE = r"154\d{8}";
}
static CARD_KINDS: LazyLock<[(Pattern, &str); 7]> = LazyLock::new(|| {
    [
        (r"4\d{12}(?:\d{3}(?:\d{3})?)?", "400000"),
        (r"(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}", "555555"),
        (r"3[47]\d{13}", "378282"),
        (r"(?:6011|65\d\d|64[4-9]\d)\d{12}(?:\d{3})?", "601111"),
        (r"35(?:2[89]|[3-8]\d)\d{12}", "353011"),
        (r"3(?:0[0-5]|[689]\d)\d{11}", "305693"),
        (r"62\d{14,17}", "620000"),
    ]
    .map(|(shape, test)| (Pattern::new(shape), test))
});
const TWO_DIGIT_CODES: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 \
    56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
const PROVINCES: &str = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 \
    54 61 62 63 64 65 71 81 82 83 91";
const ID_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const IBAN_LENGTHS: &str = "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 \
    CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 \
    GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 \
    LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 \
    QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20";
const LONG_RUN: usize = 9;

fn is_listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}

fn are_same(digits: &str) -> bool {
    digits.as_bytes().windows(2).all(|pair| pair[0] == pair[1])
}

/// Whether the check digit of a card is right.
pub fn is_luhn(digits: &[u8]) -> bool {
    let mut total = 0;
    for (index, digit) in digits.iter().rev().enumerate() {
        let value = u32::from(digit - b'0') * if index % 2 == 1 { 2 } else { 1 };
        total += if value > 9 { value - 9 } else { value };
    }
    total % 10 == 0
}

/// The test range of the scheme that a card number belongs to.
pub fn card_range(digits: &str) -> Option<&'static str> {
    if are_same(digits) || !is_luhn(digits.as_bytes()) {
        return None;
    }
    CARD_KINDS.iter().find(|(shape, _)| shape.full(digits).is_some()).map(|(_, test)| *test)
}

/// Whether the last character of a Chinese resident id number, in upper case, is right.
pub fn is_checked_id(number: &str) -> bool {
    let digits = number.bytes().zip(ID_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    let wanted = b"10X98765432"[digits.sum::<u32>() as usize % 11];
    number.as_bytes().get(17) == Some(&wanted)
}

/// Whether a resident id number is of a province that exists.
pub fn is_of_province(number: &str) -> bool {
    is_listed(PROVINCES, &number[..2])
}

/// Whether nine digits can be a US social security or taxpayer number.
pub fn is_social_number(digits: &str) -> bool {
    let (area, group, serial) = (&digits[..3], digits[3..5].parse().unwrap_or(0_u32), &digits[5..]);
    if matches!(area, "000" | "666") || group == 0 || serial == "0000" {
        return false;
    }
    !area.starts_with('9') || (group >= 50 && !matches!(group, 66 | 67 | 68 | 69 | 89 | 93))
}

/// The length of a country's account numbers; 0 where it has none.
pub fn iban_length(country: &str) -> usize {
    let mut pairs = IBAN_LENGTHS.split_ascii_whitespace().filter_map(|pair| pair.split_once(':'));
    pairs.find(|(name, _)| *name == country).and_then(|(_, length)| length.parse().ok()).unwrap_or(0)
}

/// An IBAN that is one, "" for one of a bank that cannot exist, and `None` for others.
pub fn account_of(number: &str) -> Option<String> {
    let (country, body) = (&number[..2], &number[4..]);
    let runs = number.split(|sign: char| !sign.is_ascii_digit());
    if number.len() != iban_length(country) || !runs.into_iter().any(|run| run.len() >= LONG_RUN) {
        return None;
    }
    let mut rest = 0_u32;
    for sign in body.chars().chain(country.chars()).chain("00".chars()) {
        let value = sign.to_digit(36)?;
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    if format!("{:02}", 98 - rest) != number[2..4] {
        return None;
    }
    let is_free = body.starts_with("0000") || body.starts_with("XXXX");
    Some(if is_free { String::new() } else { number.to_string() })
}

/// The country code that international digits begin with.
pub fn country_code(digits: &str) -> &str {
    let start = |size: usize| &digits[..size.min(digits.len())];
    match start(1) {
        "1" | "7" => start(1),
        _ if is_listed(TWO_DIGIT_CODES, start(2)) => start(2),
        _ => start(3),
    }
}

/// How many digits a number of that country has in all; 0 where that varies.
pub fn whole_length(code: &str, national: &str) -> usize {
    match code {
        "86" if CN_MOBILE.first(national).is_some() => 13,
        "1" | "7" | "33" | "34" | "852" => 11,
        "44" | "91" => 12,
        "65" => 10,
        _ => 0,
    }
}

/// The normal form `country code:national number` of a phone number that is somebody's, "" for one
/// that is free, `None` for what is no number.
pub fn phone_of(digits: &str, international: bool) -> Option<String> {
    let (code, national) = split(digits, international);
    if national.len() < 5 || code.len() + national.len() > 15 || are_same(national) {
        return None;
    }
    if code == "1" && national.len() != 10 {
        return None;
    }
    if is_free(code, national) {
        return Some(String::new());
    }
    let landline = code == "86" && CN_MOBILE.full(national).is_none();
    if landline && CN_LANDLINE.full(national).is_none() {
        return None;
    }
    Some(format!("{code}:{national}"))
}

fn is_free(code: &str, national: &str) -> bool {
    let example = match code {
        "1" => AMERICAN_EXAMPLE.full(national),
        "33" => FRENCH_EXAMPLE.full(national),
        "44" => BRITISH_EXAMPLE.full(national),
        "86" => CHINESE_EXAMPLE.full(national),
        _ => None,
    };
    example.is_some()
        || (!code.is_empty() && national.starts_with("00"))
        || (matches!(code, "1" | "86") && SERVICE.full(national).is_some())
        || (code.is_empty() && national.starts_with(if national.len() == 7 { "55501" } else { "1000" }))
}

/// Country code and national number, without the trunk's zero.
fn split(digits: &str, international: bool) -> (&str, &str) {
    if international {
        let code = country_code(digits);
        let national = &digits[code.len()..];
        let trunk = national.starts_with('0') && !national.starts_with("00");
        return (code, &national[usize::from(trunk && !matches!(code, "1" | "39"))..]);
    }
    let (size, first) = (digits.len(), digits.as_bytes()[0]);
    if size == 11 && first == b'1' && NANP.full(&digits[1..]).is_some() {
        let unused = matches!(&digits[..3], "140" | "141" | "142" | "143");
        return if unused || CN_MOBILE.full(digits).is_none() { ("1", &digits[1..]) } else { ("86", digits) };
    }
    if CN_MOBILE.full(digits).is_some() {
        return ("86", digits);
    }
    if size == 10 && !matches!(first, b'0' | b'1') {
        return ("1", digits);
    }
    if first != b'0' {
        return ("", digits);
    }
    let national = &digits[1..];
    let landline = CN_LANDLINE.full(digits).is_some() && !digits.starts_with("02079460");
    match (size, digits.as_bytes().get(1)) {
        (11 | 12, _) if landline => ("86", national),
        (11, Some(b'1' | b'2' | b'7')) => ("44", national),
        (10, Some(b'1'..=b'9')) => ("33", national),
        _ => ("0", national),
    }
}
