//! Whether a date or time follows from a text; follows `fctune/conversations/grounding_dates.py`.
//!
//! Input: a folded value or day, a folded text, and the numbers that were said (each once, in
//! order). Output: the verdict of Python, or `None` where a character of them is in doubt.

use std::sync::LazyLock;

use crate::ground_chars::{class_of, is_certain, stripped, Class};
use crate::ground_dates_calendar::Date;
use crate::ground_dates_said::{days_of, times_of, years_of};
use crate::ground_dates_words::{is_part_of_day, is_reached, is_relative, today_of};
use crate::ground_signs::tail;
use crate::patterns::Pattern;

const MAX_TEXT: usize = 20_000;
const MAX_DAYS: usize = 64;
// No find is longer.
const MAX_VALUE: usize = 300;

static VALUE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(concat!(
        r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?(?!\d)(?:[日t, ]{0,3}(.{1,40}))?|",
        r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)(?:[t, ]{1,3}(.{1,40}))?|",
        r"(\d{2})-(\d{2})|(\d{1,2})月(\d{1,2})[日号]?(.{0,40})"
    ))
});
static TIME_VALUE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(concat!(
        r"(\d{1,2})(?::(\d{2}))?(?::\d{2})?(?:\.\d{1,9})?\s?([ap]\.?m\.?)?",
        r"\s?(?:z|[a-z]{2,4}|[+-]\d\d:?\d\d)?"
    ))
});

/// A day as it was said; a part that was not said is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

/// A number of few ASCII digits; 0 for none.
pub fn small(text: &str) -> i64 {
    text.bytes().fold(0, |value, byte| value * 10 + i64::from(byte.wrapping_sub(b'0')))
}

/// Whether a value may begin with a digit, and be as short as a date; `None` is doubt.
fn may_be_one(text: &str) -> Option<bool> {
    if text.is_empty() || text.len() > MAX_VALUE {
        return Some(false);
    }
    if is_certain(text) {
        return Some(text.as_bytes()[0].is_ascii_digit());
    }
    let is_other = |first: char| match first {
        '\0'..='\x7f' => !first.is_ascii_digit(),
        _ => class_of(first) != Class::Doubt,
    };
    text.chars().next().is_some_and(is_other).then_some(false)
}

/// Read a folded value that is a date, and the time after it; `Some(None)` where it is no date.
pub fn parse_day(text: &str) -> Option<Option<(Day, &str)>> {
    if !may_be_one(text)? {
        return Some(None);
    }
    let Some(found) = VALUE.full(text) else { return Some(None) };
    let number = |group: usize| small(found.get(group));
    let (day, rest) = if !found.get(1).is_empty() {
        (Day { year: number(1), month: number(2), day: number(3) }, found.get(4))
    } else if !found.get(9).is_empty() {
        (Day { year: 0, month: number(9), day: number(10) }, "")
    } else if !found.get(11).is_empty() {
        (Day { year: 0, month: number(11), day: number(12) }, found.get(13))
    } else {
        let (first, second) = (number(5), number(6));
        let (month, day) = if first > 12 { (second, first) } else { (first, second) };
        (Day { year: number(7), month, day }, found.get(8))
    };
    let is_lawful = (1..=12).contains(&day.month) && day.day <= 31;
    Some(is_lawful.then(|| (day, stripped(rest))))
}

/// Tell whether a folded value is a time of day; `None` is doubt.
pub fn is_time(text: &str) -> Option<bool> {
    if !may_be_one(text)? {
        return Some(false);
    }
    let found = TIME_VALUE.full(text);
    Some(found.is_some_and(|found| !found.get(2).is_empty() || !found.get(3).is_empty()))
}

/// Tell whether a day is stated in a folded text, or reached from one that is; `None` is doubt.
pub fn day_follows(day: Day, text: &str, numbers: &[f64]) -> Option<bool> {
    let text = tail(text, MAX_TEXT);
    if !is_certain(text) {
        return None;
    }
    let said = days_of(text)?;
    if said.iter().any(|other| is_same(day, *other)) {
        return Some(true);
    }
    let stands_for_year = matches!((day.day, day.month), (1, 1) | (31, 12)) || day.day == 0;
    if stands_for_year && years_of(text).any(|year| year == day.year) {
        return Some(true);
    }
    let Some(wanted) = Date::of(day.year, day.month, day.day)? else {
        return Some(day.day == 0 && is_relative(text));
    };
    let mut counted = false;
    for other in &said {
        // A year that was left open is the one of the value.
        let year = if other.year == 0 { day.year } else { other.year };
        let known = Date::of(year, other.month, other.day)?;
        let apart = known.map(|known| (wanted.number - known.number).abs() as f64);
        counted = counted || apart.is_some_and(|apart| numbers.contains(&apart));
    }
    if counted {
        return Some(true);
    }
    if !is_relative(text) {
        return Some(false);
    }
    Some(match today_of(text)? {
        Some(base) => is_reached(wanted, base, text, numbers),
        None => true,
    })
}

/// Tell whether a time of day is stated in a folded text, or cannot be judged; `None` is doubt.
pub fn time_follows(value: &str, text: &str, numbers: &[f64]) -> Option<bool> {
    if !is_certain(value) {
        return None;
    }
    let wanted = match times_of(value)?.first() {
        Some(wanted) if *wanted != 0 && *wanted != 23 * 60 + 59 => *wanted,
        _ => return Some(true),
    };
    let text = tail(text, MAX_TEXT);
    if !is_certain(text) {
        return None;
    }
    let mut said = times_of(text)?;
    if said.contains(&wanted) || said.contains(&((wanted + 720) % 1440)) {
        return Some(true);
    }
    said.sort_unstable();
    said.dedup();
    let numbers = &numbers[..numbers.len().min(MAX_DAYS)];
    let is_span = |span: i64| {
        let span = span.rem_euclid(720) as f64;
        numbers.iter().any(|number| *number == span || number * 60.0 == span)
    };
    let reached = said.iter().any(|known| is_span(wanted - known) || is_span(known - wanted));
    if said.len() > MAX_DAYS && reached {
        return None; // Python looks at some of them
    }
    Some(reached || is_part_of_day(text))
}

/// Tell whether a day may be the one that was said; a part that was not said may be anything.
fn is_same(wanted: Day, said: Day) -> bool {
    if said.year != 0 && wanted.year != 0 && said.year % 100 != wanted.year % 100 {
        return false;
    }
    if said.month != 0 && said.month != wanted.month {
        return false;
    }
    if said.month == 0 && said.day == 0 {
        return false;
    }
    if said.day != 0 && wanted.day != 0 {
        return said.day == wanted.day;
    }
    // A month alone: its first or last day stands for it.
    matches!(wanted.day, 0 | 1 | 15 | 28..=31)
}
