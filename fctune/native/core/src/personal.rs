//! Personal data and keys in a row.
//!
//! Follows `fctune/conversations/personal.py` (`find_in`) and `personal_patterns.py`, for the kinds
//! that are looked for by default. Input: the texts of a row with their places. Output: findings, or
//! `None` where a text holds digits that may be a number of somebody, keys of known makers, or
//! anything else that is left to Python.

use std::borrow::Cow;

use crate::json::write_spaced;
use crate::json::Value;
use crate::personal_digits::{blank_dates, may_be_number};
use crate::personal_mail::emails;
use crate::personal_numbers::numbers;
use crate::personal_secrets::secrets;
use crate::personal_sieve::sieve;
use crate::row::{Finding, Turn};

/// A value found in a text: its code, where it begins and ends, and its normal form ("" for what
/// is free for examples).
pub struct Span {
    pub code: &'static str,
    pub start: usize,
    pub end: usize,
    pub value: String,
}

struct Mark<'a> {
    place: Place,
    text: Cow<'a, str>,
    span: Span,
}

#[derive(Clone, Copy)]
enum Place {
    System,
    Turn(usize),
    Arguments(usize),
}

impl Place {
    fn told(self) -> String {
        match self {
            Place::System => "system".to_owned(),
            Place::Turn(index) => format!("turns[{index}]"),
            Place::Arguments(index) => format!("turns[{index}].call.arguments"),
        }
    }
}

/// One warning for each kind of personal data in a row; `None` where a text is in doubt.
pub fn find(system: &str, turns: &[Turn<'_>]) -> Option<Vec<Finding>> {
    let mut marks: Vec<Mark<'_>> = Vec::new();
    look(Place::System, Cow::Borrowed(system), &mut marks)?;
    for (index, turn) in turns.iter().enumerate() {
        look(Place::Turn(index), Cow::Borrowed(&turn.text), &mut marks)?;
        if let Some(call) = &turn.call {
            let mut written = String::with_capacity(128);
            write_spaced(&Value::Dict(call.arguments.clone()), &mut written)?;
            look(Place::Arguments(index), Cow::Owned(written), &mut marks)?;
        }
    }
    let mut codes: Vec<&'static str> = Vec::new();
    for mark in &marks {
        if !codes.contains(&mark.span.code) {
            codes.push(mark.span.code);
        }
    }
    Some(codes.into_iter().map(|code| warning(code, &marks)).collect())
}

fn warning(code: &'static str, marks: &[Mark<'_>]) -> Finding {
    let found: Vec<_> = marks.iter().filter(|mark| mark.span.code == code).collect();
    let first = found[0];
    let shown = shortened(&first.text[first.span.start..first.span.end]);
    let mut values: Vec<&str> = found.iter().map(|mark| mark.span.value.as_str()).collect();
    values.sort_unstable();
    values.dedup();
    let count = match (found.len(), values.len()) {
        (1, _) => String::new(),
        (places, 1) => format!(", the same in {places} places"),
        (places, different) => format!(", {different} values in {places} places"),
    };
    Finding { code, place: first.place.told(), message: format!("got {shown}{count}") }
}

fn shortened(value: &str) -> String {
    let signs: Vec<char> = value.chars().collect();
    if signs.len() > 9 {
        let last: String = signs[signs.len() - 2..].iter().collect();
        return format!("{}{}***{last}", signs[0], signs[1]);
    }
    format!("{}***", signs.first().map_or(String::new(), char::to_string))
}

/// Add what stands in a text.
fn look<'a>(place: Place, text: Cow<'a, str>, marks: &mut Vec<Mark<'a>>) -> Option<()> {
    let sieved = sieve(&text);
    if sieved.may_hold_key {
        return None;
    }
    // Escapes part digits as other signs do, and dates are no groups of a number.
    if !sieved.is_marked && !(sieved.has_digits && may_be_number(&text)) {
        return Some(());
    }
    let (view, changed) = seen(&text)?;
    let view = blank_dates(&view);
    let mut taken = secrets(&view);
    let mut others = if view.contains('@') { emails(&view) } else { Vec::new() };
    if may_be_number(&view) {
        others.extend(numbers(&view));
    }
    if others.len() > MANY {
        return None; // each is compared with each
    }
    for span in others {
        if !taken.iter().any(|other| span.start < other.end && other.start < span.end) {
            taken.push(span);
        }
    }
    taken.retain(|span| !span.value.is_empty());
    if taken.is_empty() {
        return Some(());
    }
    if changed {
        return None; // what is shown is of the text as it was written
    }
    taken.sort_by_key(|span| span.start);
    marks.extend(taken.into_iter().map(|span| Mark { place, text: text.clone(), span }));
    Some(())
}

/// Of so many values in one text, none is judged here.
const MANY: usize = 1000;
const MAX_LEVELS: usize = 4;

/// A text as its reader sees it, without escapes and full-width signs, and whether that is another.
fn seen(text: &str) -> Option<(Cow<'_, str>, bool)> {
    let mut view = Cow::Borrowed(text);
    if text.contains('\u{17f}') || text.contains('\u{131}') || text.contains('\u{212a}') {
        return None;
    }
    let wide = |sign: char| matches!(sign, '０'..='９' | '＠' | '＋' | '－' | '（' | '）' | '．' | '／');
    if !text.is_ascii() && text.contains(wide) {
        // One character for one, but not one byte for one: what is found is left to Python.
        let narrow = |sign: char| match sign {
            _ if wide(sign) => char::from_u32(sign as u32 - 0xfee0).unwrap_or(sign),
            _ => sign,
        };
        view = Cow::Owned(text.chars().map(narrow).collect());
    }
    for _ in 0..MAX_LEVELS {
        if !view.contains('\\') {
            break;
        }
        view = Cow::Owned(unescaped_once(&view)?);
    }
    let changed = view != text;
    Some((view, changed))
}

/// The text without one level of escapes; `None` for `\u`, which is rare.
fn unescaped_once(text: &str) -> Option<String> {
    let mut found = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            found.push(sign);
            continue;
        }
        let meant = match signs.peek() {
            Some('u') => return None,
            Some(quoted @ ('"' | '\\' | '/')) => *quoted,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            _ => {
                found.push('\\');
                continue;
            }
        };
        found.push(meant);
        signs.next();
    }
    Some(found)
}
