//! Personal data and keys in a row.
//!
//! Follows `fctune/conversations/personal.py` (`find_in`) and `personal_patterns.py`, for the kinds
//! that are looked for by default. Input: the texts of a row with their places. Output: findings, or
//! `None` where a text holds digits that may be a number of somebody, keys of known makers, or
//! anything else that is left to Python.

use std::borrow::Cow;
use std::cell::Cell;

use crate::json::write_spaced;
use crate::json_write::SPACED;
use crate::personal_digits::blank_dates;
use crate::personal_mail::emails;
use crate::personal_numbers::numbers;
use crate::personal_secrets::{is_given, secrets};
use crate::personal_sieve::{names_with_odd_letters, sieve, Sieved};
use crate::row::{Finding, Turn};

/// A value found in a text: its code, where it begins and ends, and its normal form ("" for what
/// is free for examples).
pub struct Span {
    pub code: &'static str,
    pub start: usize,
    pub end: usize,
    pub value: String,
}

/// What was found in a row, and the codes of it, each once.
#[derive(Default)]
struct Marks {
    all: Vec<Mark>,
    codes: Vec<&'static str>,
}

struct Mark {
    place: Place,
    /// What is shown of the first of its kind.
    shown: String,
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

thread_local! {
    /// Where the texts of a row are joined, kept for the next.
    static JOINED: Cell<String> = const { Cell::new(String::new()) };
}
/// Room beyond this is not kept.
const MOST_KEPT: usize = 1 << 20;

/// One warning for each kind of personal data in a row; `None` where a text is in doubt.
pub fn find(system: &str, turns: &[Turn<'_>]) -> Option<Vec<Finding>> {
    let mut joined = JOINED.take();
    joined.clear();
    let found = find_with(system, turns, &mut joined);
    if joined.capacity() <= MOST_KEPT {
        JOINED.set(joined);
    }
    found
}

/// All texts are looked at together, and those alone where that may be of something.
fn find_with(system: &str, turns: &[Turn<'_>], joined: &mut String) -> Option<Vec<Finding>> {
    let mut ends = Vec::with_capacity(2 * turns.len() + 1);
    join(system, turns, joined, &mut ends)?;
    let Sieved { places, told, is_disguised, has_odd_letters } = sieve(joined);
    let is_clear = !(told.number || told.key || is_disguised || has_odd_letters);
    if is_clear && places.is_empty() {
        return Some(Vec::new());
    }
    let (mut marks, mut begin, mut rest) = (Marks::default(), 0, places.as_slice());
    for (place, end) in ends {
        let text = &joined[begin..end];
        let (own, others) = rest.split_at(rest.partition_point(|at| *at < end));
        if !is_clear {
            look(place, text, sieve(text), &mut marks)?;
        } else if !own.is_empty() {
            let places = own.iter().map(|at| at - begin).collect();
            look(place, text, Sieved { places, ..Sieved::default() }, &mut marks)?;
        }
        (begin, rest) = (end + 1, others);
    }
    Some(warnings(&marks))
}

/// Join all texts of a row with line ends, which part numbers and words; note where each ends.
fn join(system: &str, turns: &[Turn<'_>], joined: &mut String, ends: &mut Vec<(Place, usize)>) -> Option<()> {
    let mut close = |place, joined: &mut String| {
        ends.push((place, joined.len()));
        joined.push('\n');
    };
    joined.push_str(system);
    close(Place::System, joined);
    for (index, turn) in turns.iter().enumerate() {
        if !turn.text.is_empty() {
            joined.push_str(&turn.text);
            close(Place::Turn(index), joined);
        }
        if let Some(call) = &turn.call {
            match call.written {
                Some(written) => joined.push_str(written),
                None => SPACED.dict(&call.arguments, joined, write_spaced)?,
            }
            close(Place::Arguments(index), joined);
        }
    }
    Some(())
}

fn warnings(marks: &Marks) -> Vec<Finding> {
    marks.codes.iter().map(|code| warning(code, &marks.all)).collect()
}

fn warning(code: &'static str, marks: &[Mark]) -> Finding {
    let found: Vec<_> = marks.iter().filter(|mark| mark.span.code == code).collect();
    let first = found[0];
    let mut values: Vec<&str> = found.iter().map(|mark| mark.span.value.as_str()).collect();
    values.sort_unstable();
    values.dedup();
    let count = match (found.len(), values.len()) {
        (1, _) => String::new(),
        (places, 1) => format!(", the same in {places} places"),
        (places, different) => format!(", {different} values in {places} places"),
    };
    Finding { code, place: first.place.told(), message: format!("got {}{count}", first.shown) }
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
fn look(place: Place, text: &str, sieved: Sieved, marks: &mut Marks) -> Option<()> {
    let Sieved { mut places, told, is_disguised, has_odd_letters } = sieved;
    if has_odd_letters && names_with_odd_letters(text) {
        return None;
    }
    if is_disguised {
        return is_clean(&seen(text)?);
    }
    if told.key {
        return None;
    }
    if places.is_empty() && !told.number {
        return Some(());
    }
    // Escapes part digits as other signs do, and make no word of another.
    if text.contains('\\') {
        let view = seen(text)?;
        if view != text {
            return is_clean(&view);
        }
    }
    places.retain(|at| text.as_bytes()[*at] == b'@' || is_given(text, *at));
    let spans =
        if places.is_empty() && !told.number { Vec::new() } else { spans(text, &places, told.number)? };
    for span in spans {
        let known = marks.codes.contains(&span.code);
        let shown = if known { String::new() } else { shortened(&text[span.start..span.end]) };
        if !known {
            marks.codes.push(span.code);
        }
        marks.all.push(Mark { place, shown, span });
    }
    Some(())
}

/// What stands in a text without escapes, of somebody, in order; `None` where that is too much.
fn spans(text: &str, places: &[usize], has_numbers: bool) -> Option<Vec<Span>> {
    let view = blank_dates(text);
    let mut taken = secrets(&view, places);
    let mut others = emails(&view, places);
    if has_numbers {
        others.extend(numbers(&view));
    }
    if others.len() > MANY || (!others.is_empty() && taken.len() > MANY) {
        return None; // each is compared with each
    }
    for span in others {
        if !taken.iter().any(|other| span.start < other.end && other.start < span.end) {
            taken.push(span);
        }
    }
    taken.retain(|span| !span.value.is_empty());
    taken.sort_by_key(|span| span.start);
    Some(taken)
}

/// That nothing stands in a text that was written with escapes or wide signs; `None` where something
/// does: what is shown is of the text as it was written.
fn is_clean(view: &str) -> Option<()> {
    let Sieved { places, told, .. } = sieve(view);
    if told.key {
        return None;
    }
    spans(view, &places, told.number)?.is_empty().then_some(())
}

/// Of so many values in one text, none is judged here.
const MANY: usize = 1000;
const MAX_LEVELS: usize = 4;

/// A text as its reader sees it, without escapes and full-width signs.
fn seen(text: &str) -> Option<Cow<'_, str>> {
    let mut view = Cow::Borrowed(text);
    let wide = |sign: char| matches!(sign, '０'..='９' | '＠' | '＋' | '－' | '（' | '）' | '．' | '／');
    if text.contains(wide) {
        // One character for one, but not one byte for one.
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
    Some(view)
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
