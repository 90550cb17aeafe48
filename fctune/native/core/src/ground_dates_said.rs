//! The days and times that a text says; follows `_days_of` and `_times_of` of
//! `fctune/conversations/grounding_dates.py`.
//!
//! Input: a folded text whose characters are certain. Output: its days and minutes in the order of
//! Python.

use std::sync::LazyLock;

use crate::ground_chars::is_space;
use crate::ground_dates::{small, Day};
use crate::ground_digits::{each_of, runs};
use crate::ground_numerals::chinese_number;
use crate::ground_words_of_numbers::each_word;
use crate::patterns::{patterns, sign_before, Find, Pattern};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
// A month by its name, as a group.
macro_rules! month {
    () => {
        r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
    };
}

patterns! {
    YEAR_FIRST = r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})(?:\s?[-/.月]\s?(\d{1,2}))?(?!\d)";
    YEAR_LAST = r"(?<!\d)(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}|\d{2}))?(?!\d)";
    MONTH_FIRST = concat!(
        r"\b", month!(), r"\s{0,3}(?:the\s)?(\d{1,2})?(?!\d)(?:st|nd|rd|th)?(?:,?\s{0,3}(\d{4}))?"
    );
    DAY_FIRST = concat!(
        r"\b(\d{1,2})(?:st|nd|rd|th)?\s{0,3}(?:of\s)?", month!(), r"(?:,?\s{0,3}(\d{4}))?"
    );
    CHINESE_DAY = concat!(
        r"(?:([\d零〇一二三四五六七八九]{2,4})年)?([\d一二三四五六七八九十]{1,3})月(?:份)?",
        r"(?:([\d一二三四五六七八九十]{1,3})[日号]?)?"
    );
    DAY_ONLY = r"\b(\d{1,2})(?:st|nd|rd|th)\b|(\d{1,2})[号日]";
    COMPACT = r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)";
    CLOCK = r"(?<!\d)(\d{1,2})(?:[:：.](\d{2}))(?:[:：]\d{2})?(?:\.\d+)?\s{0,2}([ap]\.?m)?";
    HALF_DAY = r"(?<!\d)(\d{1,2})\s{0,2}(?:o'?clock\s{0,2})?([ap]\.?m)";
    O_CLOCK = r"(?<!\d)(\d{1,2})\s{0,2}(?:o'?clock)|\bat\s(\d{1,2})(?![\d:])";
    CHINESE_CLOCK = concat!(
        r"([\d一二三四五六七八九十两]{1,3})[点时](?:钟|整)?",
        r"(?:(半)|([\d一二三四五六七八九十零]{1,3})分?|(一刻))?"
    );
}

/// The days of a text; `None` is doubt.
pub fn days_of(text: &str) -> Option<Vec<Day>> {
    let (mut days, runs) = (Vec::new(), runs(text));
    for found in each_of(&YEAR_FIRST, text, &runs, |run| run.size() == 4 && run.may_lead_to(b"-/. ")) {
        days.push(day_of(&found, [1, 2, 3]));
    }
    for found in each_of(&YEAR_LAST, text, &runs, |run| run.size() <= 2 && run.may_lead_to(b"-/.")) {
        let year = found.get(3);
        let year = small(year) + if year.len() == 2 { 2000 } else { 0 };
        let (first, second) = (small(found.get(1)), small(found.get(2)));
        days.push(Day { year, month: first, day: second });
        days.push(Day { year, month: second, day: first });
    }
    let months = MONTH_FIRST.each_at(text, months_in(text).into_iter());
    days.extend(months.map(|found| named(&found, 1, 2)));
    // Behind them are `st`, `nd`, `of`, a space, or the name of a month.
    let behind = b"snrto jfmad";
    let first = each_of(&DAY_FIRST, text, &runs, |run| run.size() <= 2 && run.may_lead_to(behind));
    days.extend(first.map(|found| named(&found, 2, 1)));
    let compact = each_of(&COMPACT, text, &runs, |run| run.size() == 8);
    days.extend(compact.map(|found| day_of(&found, [1, 2, 3])));
    let alone =
        runs.iter().filter(|run| run.is_before_wide() || (run.size() <= 2 && run.may_lead_to(b"snrt")));
    // Of more digits before a sign, the last two are a day.
    let alone = alone.map(|run| run.start.max(run.end.saturating_sub(2)));
    for found in DAY_ONLY.each_at(text, alone) {
        days.push(Day { year: 0, month: 0, day: small(found.get(1)) + small(found.get(2)) });
    }
    if !text.is_ascii() && text.contains('月') {
        for found in CHINESE_DAY.each(text) {
            let [year, month, day] = [1, 2, 3].map(|group| number_of(found.get(group)));
            days.push(Day { year: year?, month: month?, day: day? });
        }
    }
    Some(days)
}

/// Where the words of a text stand that begin as a month does.
fn months_in(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    each_word(text.as_bytes(), |start, end| {
        if end - start >= 3 && MONTHS.contains(&&text[start..start + 3]) {
            found.push(start);
        }
        Some(())
    });
    found
}

/// The years of a text that stand alone.
pub fn years_of(text: &str) -> impl Iterator<Item = i64> + '_ {
    let years = runs(text).into_iter().filter(|run| run.size() == 4);
    years.map(|run| small(&text[run.start..run.end])).filter(|year| (1900..2100).contains(year))
}

/// The times of a text, as minutes of the day; `None` is doubt.
pub fn times_of(text: &str) -> Option<Vec<i64>> {
    let (mut times, mut runs) = (Vec::new(), runs(text));
    runs.retain(|run| run.size() <= 2);
    for found in each_of(&CLOCK, text, &runs, |run| run.may_lead_to(b":.")) {
        times.push(minutes(small(found.get(1)), small(found.get(2)), found.get(3)));
    }
    for found in each_of(&HALF_DAY, text, &runs, |run| run.may_lead_to(b" oap")) {
        times.push(minutes(small(found.get(1)), 0, found.get(2)));
    }
    let places = runs.iter().flat_map(|run| {
        let o_clock = run.may_lead_to(b" o").then_some(run.start);
        [at_before(text, run.start), o_clock].into_iter().flatten()
    });
    for found in O_CLOCK.each_at(text, places) {
        times.push(minutes(small(found.get(1)) + small(found.get(2)), 0, ""));
    }
    if !text.is_ascii() && text.contains(['点', '时']) {
        for found in CHINESE_CLOCK.each(text) {
            let rest = match (found.get(2), found.get(4)) {
                ("", "") => number_of(found.get(3))?,
                ("", _) => 15,
                _ => 30,
            };
            times.push(minutes(number_of(found.get(1))?, rest, ""));
        }
    }
    Some(times)
}

/// Where `at` and a space stand before a place.
fn at_before(text: &str, place: usize) -> Option<usize> {
    let space = sign_before(text, place).filter(|sign| is_space(*sign))?;
    text[..place - space.len_utf8()].strip_suffix("at").map(str::len)
}

fn day_of(found: &Find<'_>, groups: [usize; 3]) -> Day {
    let [year, month, day] = groups.map(|group| small(found.get(group)));
    Day { year, month, day }
}

fn named(found: &Find<'_>, month: usize, day: usize) -> Day {
    let place = MONTHS.iter().position(|name| found.get(month).starts_with(name));
    let month = place.map_or(0, |place| place as i64 + 1);
    Day { year: small(found.get(3)), month, day: small(found.get(day)) }
}

/// The number of digits or Chinese numerals; 0 for none, `None` is doubt.
fn number_of(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(small(text));
    }
    let value = chinese_number(text)?.unwrap_or(0.0);
    Some(value as i64)
}

fn minutes(hour: i64, minute: i64, half: &str) -> i64 {
    let afternoon = if half.starts_with('p') { 12 } else { 0 };
    let hour = if half.is_empty() { hour } else { hour % 12 + afternoon };
    (hour * 60 + minute) % 1440
}
