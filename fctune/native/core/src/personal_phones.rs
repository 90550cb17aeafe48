//! Phone numbers in a text; follows `fctune/conversations/personal_phones.py`.
//!
//! Input: a text without escapes. Output: where each number stands, and its normal form, in the
//! order of Python.

use std::sync::LazyLock;

use crate::ground_signs::tail;
use crate::patterns::{patterns, sign_at, sign_before, Check, Find, Pattern};
use crate::personal_plans::{country_code, phone_of, whole_length};

const WINDOW: usize = 44;
const REACH: usize = 24;
// `\<` and `\>` keep letters, digits and signs away, `\!` units, `\~` a digit and a blank before.
const CHECKS: [(char, Check); 5] = [
    ('<', is_free_before),
    ('>', is_free_behind),
    ('!', has_no_unit),
    ('~', follows_no_digit),
    ('+', has_extension),
];

patterns! {
    with &CHECKS;
    CHINA = r"\<(?:[+]?86[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}\>\!";
    CHINA_LAND = r"\<\~(?:\(0\d{2,3}\) ?|(?:[+]?86[ -]?)?0\d{2,3}[ -])[2-8]\d{2,3}[ -]?\d{4}\>";
    WORLD = r"(?<![0-9A-Za-z_+/=])[+](?:[ (]?[1-9])(?:[ .()-]{0,2}\d){6,17}(?![0-9A-Za-z_@])";
    AMERICA = concat!(
        r"\<(?:1[ .-])?(?:\([1-9]\d\d\) ?-?\d{3}[-. ]|[1-9]\d\d([-. ])\d{3}\1)\d{4}\+"
    );
    LOCAL = r"\<\d{3}-\d{4}\>";
    TRUNK = concat!(
        r"\<\~\(?0\d(?:[ .)-]{1,2}\d{2}){4}\>|",
        r"\<\~\(?0\d{2,5}\)?[ -]{1,2}\d{3,8}(?:[ -]\d{3,4})?\>|",
        r"\<0\d{2,4} ?/ ?\d{7,8}\>"
    );
    BARE = r"\<\d{7,15}\>\!";
    TRUNK_SURE = r"\(?0\d\)?[ .]\d\d[ .]|07\d{3} \d{3}|020 \d{4} \d{4}";
    EXTENSION = r"(?: ?x| ?ext)\.? ?\d";
    UNIT = " ?(?:元|万|亿|美元|块|人|%|USD|RMB|CNY|EUR|bytes)";
    CALLED = concat!(
        r"(?<![a-z])(?:(?:(?:call|text|reach)[ _](?:me|us|him|her|them)",
        r"|contact[ _]n(?:o|umber))(?![a-z]))"
    );
}

/// A phone number: where it begins and ends, and its normal form, "" for one that is free.
type Phone = (usize, usize, String);

/// Compile a pattern with the checks of numbers.
pub fn pattern(text: &str) -> Pattern {
    Pattern::with(text, &CHECKS)
}

/// All phone numbers of a text, each of which begins at one of some places.
pub fn find_phones(view: &str, places: &[usize]) -> Vec<Phone> {
    let mut found = Vec::new();
    let each = |pattern: &'static Pattern| pattern.each_at(view, places.iter().copied());
    let of = |find: &Find<'_>, digits: &str, international: bool| {
        phone_of(digits, international).map(|value| (find.start(), find.end(), value))
    };
    found.extend(each(&WORLD).filter_map(|find| world_phone(&find)));
    for find in each(&CHINA) {
        let digits = digits_of(find.whole());
        let last = &digits[digits.len() - 11..];
        if !last.ends_with("000000000") {
            found.extend(of(&find, &format!("86{last}"), true));
        }
    }
    for find in each(&CHINA_LAND) {
        let digits = digits_of(find.whole());
        found.extend(of(&find, digits.strip_prefix("86").unwrap_or(&digits), false));
    }
    for find in each(&AMERICA) {
        let digits = digits_of(find.whole());
        found.extend(of(&find, &format!("1{}", &digits[digits.len() - 10..]), true));
    }
    for find in each(&TRUNK) {
        let digits = digits_of(find.whole());
        if (9..=12).contains(&digits.len()) && is_told(view, &find, TRUNK_SURE.first(find.whole()).is_some())
        {
            found.extend(of(&find, &digits, false));
        }
    }
    for find in each(&LOCAL) {
        if is_told(view, &find, find.whole().starts_with("555-")) {
            found.extend(of(&find, &digits_of(find.whole()), false));
        }
    }
    for find in each(&BARE) {
        if is_told(view, &find, false) {
            found.extend(of(&find, find.whole(), false));
        }
    }
    found
}

/// A number with `+`, without the digits of what follows it.
fn world_phone(find: &Find<'_>) -> Option<Phone> {
    let mut text = find.whole();
    let digits = digits_of(text);
    let code = country_code(&digits);
    let mut national = &digits[code.len()..];
    if code != "1" {
        national = national.strip_prefix('0').unwrap_or(national);
    }
    let whole = match whole_length(code, national) {
        0 => 15,
        length => length,
    };
    let (mut count, mut trunk) = (0, 0);
    for (place, sign) in text.bytes().enumerate() {
        count += usize::from(sign.is_ascii_digit());
        if text[..=place].ends_with("(0)") {
            trunk = 1;
        }
        if count - trunk == whole {
            if text.as_bytes().get(place + 1).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            text = &text[..=place];
            break;
        }
    }
    if (whole != 15 && count - trunk != whole) || count < 9 {
        return None;
    }
    let value = phone_of(&digits_of(text), true)?;
    Some((find.start(), find.start() + text.len(), value))
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether the words before a number say that it is a phone, or its form is sure.
fn is_told(view: &str, find: &Find<'_>, sure: bool) -> bool {
    if sure {
        return true;
    }
    let words = words_before(view, find.start()).to_ascii_lowercase();
    let bounded = |names: &[&str]| {
        names.iter().any(|name| {
            words
                .match_indices(name)
                .any(|(at, _)| is_alone(&words, at, at + name.len()) && is_near(&words, at + name.len()))
        })
    };
    if has_near(&words, &["phone", "mobile", "电话", "手机"]) || bounded(&["tel"]) {
        return true;
    }
    let whole = find.whole();
    if whole.contains('/') || whole.bytes().filter(u8::is_ascii_digit).count() <= 8 {
        return false;
    }
    has_near(&words, &["whatsapp", "联系方式", "座机", "传真", "来电", "致电", "拨打"])
        || bounded(&["cell", "fax", "landline", "telephone", "sms", "msisdn"])
        || CALLED.each(&words).any(|called| is_near(&words, called.end()))
}

fn is_alone(words: &str, start: usize, end: usize) -> bool {
    let is_letter = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_lowercase());
    !is_letter(sign_before(words, start)) && !is_letter(sign_at(words, end))
}

/// Whether one of some words stands in a text, with little behind it.
pub fn has_near(words: &str, names: &[&str]) -> bool {
    names.iter().any(|name| words.match_indices(name).any(|(at, _)| is_near(words, at + name.len())))
}

/// Whether no digit, no end of a line and few characters stand from a place to the end.
fn is_near(words: &str, from: usize) -> bool {
    let rest = &words[from..];
    let rest = rest.strip_suffix('\n').unwrap_or(rest);
    rest.chars().count() <= REACH && !rest.contains(|sign: char| sign == '\n' || sign.is_ascii_digit())
}

/// The words before a place that can tell what stands there.
pub fn words_before(view: &str, start: usize) -> &str {
    tail(&view[..start], WINDOW)
}

fn is_free_before(text: &str, at: usize) -> bool {
    match sign_before(text, at) {
        None => true,
        Some('-') => !sign_before(text, at - 1).is_some_and(|sign| sign.is_ascii_alphanumeric()),
        Some(sign) => !sign.is_ascii_alphanumeric() && !"_./#@$€£¥￥%&+*\\".contains(sign),
    }
}

fn is_free_behind(text: &str, at: usize) -> bool {
    let bytes = &text.as_bytes()[at..];
    match bytes {
        [b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'@', ..] => false,
        [b'-', sign, ..] => !sign.is_ascii_alphanumeric(),
        [b'.', sign, ..] => !sign.is_ascii_digit(),
        [b',', rest @ ..] => rest.iter().take(4).take_while(|sign| sign.is_ascii_digit()).count() != 3,
        _ => true,
    }
}

fn has_extension(text: &str, at: usize) -> bool {
    EXTENSION.first(&text[at..]).is_some() || is_free_behind(text, at)
}

fn has_no_unit(text: &str, at: usize) -> bool {
    UNIT.first(&text[at..]).is_none()
}

fn follows_no_digit(text: &str, at: usize) -> bool {
    !matches!(text.as_bytes()[..at], [.., b'0'..=b'9', b' '])
}
