//! Account, identity, card and phone numbers in a text; follows `_accounts`, `_identities`,
//! `_cards` and `_windows` of `fctune/conversations/personal_patterns.py`.
//!
//! Input: a text without escapes in which dates are blanked. Output: what is found, the surest kinds
//! first; spans may lie over each other, and then the first one counts.

use std::sync::LazyLock;

use crate::patterns::Pattern;
use crate::personal::Span;
use crate::personal_phones::{find_phones, has_near, pattern, words_before};
use crate::personal_plans::{
    account_of, card_range, iban_length, is_checked_id, is_of_province, is_social_number,
};

const MARGIN: usize = 60;
const FEWEST: usize = 7;
const BETWEEN: usize = 3;
const ACCOUNT: &str = "personal-account";
const ID: &str = "personal-id-number";
const CARD: &str = "personal-card";
const PHONE: &str = "personal-phone";

static RESIDENT: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(r"\<[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]\>")
});
static SOCIAL: LazyLock<Pattern> = LazyLock::new(|| pattern(r"\<\d{3}-\d{2}-\d{4}\>"));
// Of a text in lower case.
static SOCIAL_NAMED: LazyLock<Pattern> = LazyLock::new(|| {
    pattern(concat!(
        r"(?<![a-z])(?:ssn|social[ _]?security(?:[ _]?(?:number|no))?)[^0-9a-z_]{0,4}",
        r"(?:is[^0-9a-z_]{1,3})?(\d{9})(?!\d)"
    ))
});
static CARD_LAYOUTS: LazyLock<[Pattern; 5]> = LazyLock::new(|| {
    [
        r"\<\d{4}([ -])\d{4}\1\d{4}\1\d{4}\1\d{1,3}\>",
        r"\<\d{4}([ -])\d{4}\1\d{4}\1\d{4}\>",
        r"\<\d{4}([ -])\d{6}\1\d{4,5}\>",
        r"\<\d{6}([ -])\d{10,13}\>",
        r"\<\d{13,19}\>",
    ]
    .map(pattern)
});
static IBAN: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::with(r"(?<![0-9A-Za-z_-])[A-Z]{2}\d{2}\!", &[('!', is_account_behind)]));

/// A part of a text about seven digits or more.
struct Window {
    low: usize,
    high: usize,
    offset: usize,
    end: usize,
    /// Where in it a number may begin.
    places: Vec<usize>,
}

/// All numbers of somebody in a text, and what is free for examples, the surest kinds first.
pub fn numbers(view: &str) -> Vec<Span> {
    let windows = windows(view);
    let mut found = Vec::new();
    if windows.is_empty() {
        return found;
    }
    accounts(view, &mut found);
    for find in [identities, cards, phones] {
        for window in &windows {
            let spans = find(&view[window.offset..window.end], &window.places).into_iter();
            let near = spans.filter(|span| (window.low..window.high).contains(&span.start));
            found.extend(near.map(|span| Span {
                start: span.start + window.offset,
                end: span.end + window.offset,
                ..span
            }));
        }
    }
    found
}

/// The places of seven digits and more, with the words about them.
fn windows(view: &str) -> Vec<Window> {
    let bytes = view.as_bytes();
    let (mut found, mut at, mut last) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (mut start, mut end, mut count) = (at, at + 1, 1);
        while let Some(next) = next_digit(bytes, end) {
            (end, count) = (next + 1, count + 1);
        }
        at = end;
        if count < FEWEST {
            continue;
        }
        for _ in 0..2 {
            start -= usize::from(start > last && matches!(bytes[start - 1], b'+' | b'('));
        }
        last = end;
        let offset = view[..start].char_indices().rev().nth(MARGIN - 1).map_or(0, |(at, _)| at);
        let stop = view[end..].char_indices().nth(MARGIN).map_or(view.len(), |(at, _)| end + at);
        let places = beginnings(&bytes[offset..stop]);
        found.push(Window { low: start - offset, high: end - offset, offset, end: stop, places });
    }
    found
}

/// Where a number may begin that keeps other digits away: at the first of some digits, or at a sign
/// before them.
fn beginnings(bytes: &[u8]) -> Vec<usize> {
    let begins = |at: &usize| match bytes[*at] {
        b'0'..=b'9' => *at == 0 || !bytes[at - 1].is_ascii_digit(),
        sign => matches!(sign, b'+' | b'('),
    };
    (0..bytes.len()).filter(begins).collect()
}

fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = &bytes[from..];
    let is_between = |sign: &u8| matches!(sign, b' ' | b'.' | b'/' | b'(' | b')' | b'-');
    let gap = rest.iter().take(BETWEEN).take_while(|sign| is_between(sign)).count();
    rest.get(gap)?.is_ascii_digit().then_some(from + gap)
}

fn is_account_behind(text: &str, at: usize) -> bool {
    let rest = &text.as_bytes()[at..];
    let rest = if matches!(rest, [b' ' | b'-', ..]) { &rest[1..] } else { rest };
    rest.len() >= 4 && rest[..4].iter().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit())
}

fn accounts(view: &str, found: &mut Vec<Span>) {
    let bytes = view.as_bytes();
    let is_alnum = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    for find in IBAN.each(view) {
        let length = iban_length(&find.whole()[..2]);
        let (mut end, mut count) = (find.end(), 4);
        while count < length && end < bytes.len() {
            end += usize::from(matches!(bytes[end], b' ' | b'-') && count % 4 == 0 && is_alnum(end + 1));
            if !is_alnum(end) {
                break;
            }
            (end, count) = (end + 1, count + 1);
        }
        if count != length || is_alnum(end) {
            continue;
        }
        let number: String =
            view[find.start()..end].chars().filter(|sign| !matches!(sign, ' ' | '-')).collect();
        if let Some(value) = account_of(&number) {
            found.push(Span { code: ACCOUNT, start: find.start(), end, value });
        }
    }
}

fn identities(view: &str, places: &[usize]) -> Vec<Span> {
    let mut found = Vec::new();
    for find in RESIDENT.each_at(view, places.iter().copied()) {
        let number = find.whole().to_ascii_uppercase();
        if is_checked_id(&number) {
            let value = if is_of_province(&number) { number } else { String::new() };
            found.push(Span { code: ID, start: find.start(), end: find.end(), value });
        }
    }
    let mut social = |start: usize, written: &str| {
        let digits = written.replace('-', "");
        let value = if is_social_number(&digits) { digits } else { String::new() };
        found.push(Span { code: ID, start, end: start + written.len(), value });
    };
    SOCIAL.each_at(view, places.iter().copied()).for_each(|find| social(find.start(), find.whole()));
    let lower = view.to_ascii_lowercase();
    SOCIAL_NAMED.each(&lower).for_each(|find| social(find.end() - find.get(1).len(), find.get(1)));
    found
}

fn cards(view: &str, places: &[usize]) -> Vec<Span> {
    let mut found = Vec::new();
    let finds = CARD_LAYOUTS.iter().flat_map(|layout| layout.each_at(view, places.iter().copied()));
    for find in finds {
        let digits: String = find.whole().chars().filter(char::is_ascii_digit).collect();
        let Some(test) = card_range(&digits) else { continue };
        let is_free = digits.starts_with(test);
        if is_free || digits.len() > 14 || is_named_card(view, find.start()) {
            let value = if is_free { String::new() } else { digits };
            found.push(Span { code: CARD, start: find.start(), end: find.end(), value });
        }
    }
    found
}

fn is_named_card(view: &str, start: usize) -> bool {
    let words = words_before(view, start).to_ascii_lowercase();
    has_near(&words, &["card", "visa", "amex", "mastercard", "卡"])
}

fn phones(view: &str, places: &[usize]) -> Vec<Span> {
    let spans = find_phones(view, places).into_iter();
    spans.map(|(start, end, value)| Span { code: PHONE, start, end, value }).collect()
}
