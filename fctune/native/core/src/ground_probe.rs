//! The door for the tests of `ground_numbers` and `ground_dates`; see `probe`.
//!
//! Input: the arguments of a function as a JSON list. Output: its result as JSON. Numbers go both
//! ways as their bits, so that nothing is lost on the way.

use std::borrow::Cow;

use crate::ground_chars::is_certain;
use crate::ground_dates::{day_follows, is_time, parse_day, time_follows, Day};
use crate::ground_numbers::{chinese_number, follows, numbers_of};
use crate::ground_tables::{is_neutral, is_stop_word, same};
use crate::json::Value;
use crate::patterns::{Find, Pattern, MAX_GROUPS};
use crate::personal::Span;
use crate::personal_numbers::numbers;
use crate::search::find;

/// Call a function by its name behind `ground.`; `None` is doubt, or there is none of that name.
pub fn call(name: &str, given: &Value<'_>) -> Option<Value<'static>> {
    let parts = given.as_list()?;
    let text = |at: usize| parts.get(at)?.as_str();
    Some(match name {
        "numbers_of" => {
            let mut found = Vec::new();
            numbers_of(text(0)?, &mut found)?;
            Value::List(found.into_iter().map(bits_of).collect())
        }
        "text_in" => {
            let places = std::iter::successors(find(text(0)?.as_bytes(), text(1)?.as_bytes(), 0), |at| {
                find(text(0)?.as_bytes(), text(1)?.as_bytes(), at + 1)
            });
            Value::List(places.map(|at| Value::Int(at as i64)).collect())
        }
        "chinese_number" => chinese_number(text(0)?)?.map_or(Value::Null, bits_of),
        "follows" => Value::Bool(follows(number_of(parts.first()?)?, &numbers_in(parts.get(1)?)?)?),
        "parse_day" => match parse_day(text(0)?)? {
            Some((day, rest)) => Value::List(vec![
                Value::Int(day.year),
                Value::Int(day.month),
                Value::Int(day.day),
                Value::Str(Cow::Owned(rest.to_string())),
            ]),
            None => Value::Null,
        },
        "is_time" => Value::Bool(is_time(text(0)?)?),
        "day_follows" => {
            let [Value::Int(year), Value::Int(month), Value::Int(day)] = *parts.first()?.as_list()? else {
                return None;
            };
            Value::Bool(day_follows(Day { year, month, day }, text(1)?, &numbers_in(parts.get(2)?)?)?)
        }
        "time_follows" => Value::Bool(time_follows(text(0)?, text(1)?, &numbers_in(parts.get(2)?)?)?),
        _ => return call_other(name, text(0)?, parts),
    })
}

fn call_other(name: &str, first: &str, parts: &[Value<'_>]) -> Option<Value<'static>> {
    Some(match name {
        "same" => Value::List(same(first).iter().map(|name| Value::Str(Cow::Borrowed(name))).collect()),
        "is_stop_word" => Value::Bool(is_stop_word(first)),
        "is_neutral" => Value::Bool(is_neutral(first)),
        "personal_numbers" => Value::List(numbers(first).into_iter().map(told).collect()),
        "finds" => finds(&Pattern::new(first), parts.get(1)?.as_str()?)?,
        _ => return None,
    })
}

fn told(span: Span) -> Value<'static> {
    let places = [span.start, span.end].map(|place| Value::Int(place as i64));
    let texts = [Cow::Borrowed(span.code), Cow::Owned(span.value)].map(Value::Str);
    Value::List(places.into_iter().chain(texts).collect())
}

/// The places of all finds of a pattern, and of the one that is the whole text.
fn finds(pattern: &Pattern, text: &str) -> Option<Value<'static>> {
    if !is_certain(text) {
        return None;
    }
    let places_of = |found: Find<'_>| {
        let groups = (1..MAX_GROUPS).map(|group| Value::Str(Cow::Owned(found.get(group).to_string())));
        let places = [found.start(), found.end()].map(|place| Value::Int(place as i64));
        Value::List(places.into_iter().chain(groups).collect())
    };
    let full = pattern.full(text).map_or(Value::Null, places_of);
    Some(Value::List(vec![full, Value::List(pattern.each(text).map(places_of).collect())]))
}

fn bits_of(number: f64) -> Value<'static> {
    Value::Int(number.to_bits() as i64)
}

fn number_of(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Int(bits) => Some(f64::from_bits(*bits as u64)),
        _ => None,
    }
}

fn numbers_in(value: &Value<'_>) -> Option<Vec<f64>> {
    value.as_list()?.iter().map(number_of).collect()
}
