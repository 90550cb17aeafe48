//! Relative words such as `tomorrow`, and the days they lead to; follows
//! `fctune/conversations/grounding_dates.py`.
//!
//! Input: a folded text whose characters are certain. Output: whether it speaks of days or times in
//! such words, the day it names as today, and whether they lead from there to a day.

use std::sync::LazyLock;

use crate::ground_chars::is_word;
use crate::ground_dates_calendar::Date;
use crate::ground_dates_said::days_of;
use crate::ground_words_of_numbers::each_word;
use crate::patterns::{sign_at, sign_before, Pattern};

const NEAR: usize = 40;
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEKDAY_STARTS: [&str; 11] =
    ["mon", "tue", "tues", "wed", "wednes", "thu", "thurs", "fri", "sat", "satur", "sun"];
#[rustfmt::skip]
const RELATIVE: [&str; 43] = [
    "today", "tonight", "tomorrow", "yesterday", "now", "current", "currently", "next", "last",
    "past", "previous", "this", "coming", "upcoming", "weekend", "week", "weeks", "month",
    "months", "year", "years", "day", "days", "daily", "recent", "recently", "latest", "soon",
    "later", "ago", "christmas", "easter", "thanksgiving", "holiday", "halloween", "valentine",
    "birthday", "spring", "summer", "autumn", "fall", "winter", "quarter",
];
const PARTS_OF_DAY: [&str; 10] = ["中午", "下午", "上午", "凌晨", "夜", "现在", "小时", "分钟", "早", "晚"];
const LATER: [&str; 4] = ["end of", "start of", "whole day", "all day"];

static CHINESE_RELATIVE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(concat!(
        "[今明昨后前]天|[今明昨]晚|今日|明日|昨日|现在|目前|当前|最近|近期|",
        "[本这上下]个?(?:周|星期|礼拜|月|年)|周[一二三四五六日天末]|",
        "星期|礼拜|去年|今年|明年|天后|天前|周后|月后|节|生日|春|夏|秋|冬|季|[几数]天|未来|过去"
    ))
});
static TODAY: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(r"today(?:'s)?|current(?:ly)?|\bnow\b|it is|今天|当前|现在|目前|今日|date:|日期[:：]")
});
static CHINESE_WEEKDAY: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new("(?:周|星期|礼拜)([一二三四五六日天])"));
// Words, and how many days they reach.
static SPANS: LazyLock<[(Pattern, i64); 7]> = LazyLock::new(|| {
    [
        ("weekend|周末", 15),
        ("week|周|星期|礼拜", 15),
        ("month|[上下本这]个?月|个月|月底|月初", 93),
        ("quarter|季", 190),
        ("year|[去今明前后]年|年底|年初|年[前后]|summer|winter|spring|autumn|fall|[春夏秋冬]", 800),
        ("christmas|holiday|easter|thanksgiving|halloween|valentine|birthday|节|生日", 400),
        ("recent|latest|upcoming|coming|soon|past|未来|过去|最近|近期", 400),
    ]
    .map(|(words, reach)| (Pattern::new(words), reach))
});

/// Whether any word between edges is one that is looked for.
fn has_word(text: &str, is_wanted: impl Fn(&str, usize) -> bool) -> bool {
    each_word(text.as_bytes(), |start, end| {
        let found = is_wanted(&text[start..end], end)
            && !sign_before(text, start).is_some_and(is_word)
            && !sign_at(text, end).is_some_and(is_word);
        (!found).then_some(())
    })
    .is_none()
}

/// Whether a text speaks of days in relative words.
pub fn is_relative(text: &str) -> bool {
    has_word(text, |word, _| is_relative_word(word)) || (!text.is_ascii() && CHINESE_RELATIVE.is_in(text))
}

fn is_relative_word(word: &str) -> bool {
    RELATIVE.contains(&word) || is_weekday(word)
}

/// `(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?`
fn is_weekday(word: &str) -> bool {
    let singular = word.strip_suffix('s');
    [Some(word), singular].into_iter().flatten().any(|word| {
        let names = [Some(word), word.strip_suffix("day")];
        names.into_iter().flatten().any(|name| WEEKDAY_STARTS.contains(&name))
    })
}

/// Whether a text names a part of the day, or a span of it.
pub fn is_part_of_day(text: &str) -> bool {
    has_word(text, |word, end| {
        matches!(
            word,
            "morning"
                | "afternoon"
                | "evening"
                | "night"
                | "tonight"
                | "noon"
                | "midnight"
                | "lunch"
                | "dinner"
                | "breakfast"
                | "now"
                | "today"
                | "hour"
                | "hours"
                | "minute"
                | "minutes"
                | "later"
                | "soon"
                | "asap"
                | "dawn"
                | "sunrise"
                | "sunset"
                | "early"
                | "late"
                | "half"
                | "quarter"
        ) || LATER.iter().any(|phrase| is_phrase(text, end, word, phrase))
    }) || (!text.is_ascii() && PARTS_OF_DAY.iter().any(|word| text.contains(word)))
}

/// Whether a word begins a phrase of two, which ends where a word does.
fn is_phrase(text: &str, end: usize, word: &str, phrase: &str) -> bool {
    let Some(rest) = phrase.strip_prefix(word).filter(|rest| rest.starts_with(' ')) else {
        return false;
    };
    text[end..].starts_with(rest) && !sign_at(text, end + rest.len()).is_some_and(is_word)
}

/// The day that a text names as today, `Some(None)` where it names none; `None` is doubt.
pub fn today_of(text: &str) -> Option<Option<Date>> {
    for found in TODAY.each(text) {
        let rest = &text[found.end()..];
        let size = rest.char_indices().nth(NEAR).map_or(rest.len(), |(at, _)| at);
        for said in days_of(&text[found.start()..found.end() + size])? {
            if let Some(known) = Date::of(said.year, said.month, said.day)? {
                return Some(Some(known));
            }
        }
    }
    Some(None)
}

/// Whether relative words of a text lead from today to a day.
pub fn is_reached(wanted: Date, base: Date, text: &str, numbers: &[f64]) -> bool {
    let gap = (wanted.number - base.number).abs();
    let apart = gap as f64;
    if gap <= 2 || numbers.iter().any(|number| *number == apart || apart == number * 7.0) {
        return true;
    }
    if gap <= 21 && is_named(wanted.weekday(), text) {
        return true;
    }
    SPANS.iter().any(|(words, reach)| gap <= *reach && words.is_in(text))
}

/// Whether a text names a weekday; Monday is 0.
fn is_named(weekday: i64, text: &str) -> bool {
    let wanted = WEEKDAYS[weekday as usize];
    has_word(text, |word, _| word.strip_prefix(wanted).is_some_and(is_weekday_ending))
        || (!text.is_ascii()
            && CHINESE_WEEKDAY.each(text).any(|found| {
                let sign = found.get(1);
                let place = "一二三四五六日".find(sign).map_or(6, |at| at as i64 / 3);
                place == weekday
            }))
}

/// `(?:s|nes|rs|ur)?(?:day)?s?`
fn is_weekday_ending(ending: &str) -> bool {
    ["", "s", "nes", "rs", "ur"].iter().any(|begin| {
        let Some(rest) = ending.strip_prefix(begin) else { return false };
        matches!(rest, "" | "day" | "s" | "days")
    })
}
