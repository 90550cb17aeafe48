//! The door for the tests of the grounding audit; see `probe`.
//!
//! Input: a row as `row::from_probe` reads it, or a text. Output: JSON of what the audit, its
//! patterns and its views say. Follows `fctune/conversations/grounding*.py`.

use std::borrow::Cow;

use crate::ground::{find, grounded};
use crate::ground_folds::{compact, stem, words};
use crate::ground_keys as keys;
use crate::ground_patterns as patterns;
use crate::ground_signs::{any_digit, han_count, is_alphabetic, is_digits, is_space, is_word};
use crate::json::{spaced, Value};
use crate::row::{from_probe, written};
use crate::tools::Tools;

/// Call a function by its name; `None` is doubt, or there is none of that name.
pub fn call(name: &str, given: &Value<'_>) -> Option<String> {
    match name {
        "grounding.find" => {
            let (system, turns, tools) = from_probe(given)?;
            Some(written(&find(system, &turns, &Tools::of(tools)?)?))
        }
        "grounding.quick" => {
            let (system, turns, tools) = from_probe(given)?;
            Some(grounded(system, &turns, &Tools::of(tools)?)?.to_string())
        }
        "grounding.patterns" => spaced(&patterns_of(given.as_str()?)),
        "grounding.keys" => spaced(&keys_of(given.as_str()?)),
        "grounding.text" => spaced(&views_of(given.as_str()?)),
        "grounding.signs" => spaced(&Value::List(given.as_str()?.chars().map(class_of).collect())),
        _ => None,
    }
}

fn text(found: &str) -> Value<'static> {
    Value::Str(Cow::Owned(found.to_owned()))
}

fn texts(found: &[&str]) -> Value<'static> {
    Value::List(found.iter().map(|one| text(one)).collect())
}

fn doubtful(found: Option<bool>) -> Value<'static> {
    found.map_or(Value::Null, Value::Bool)
}

fn patterns_of(given: &str) -> Value<'static> {
    let number = patterns::number(given).map_or(Value::Null, |(whole, part)| texts(&[whole, part]));
    Value::List(vec![
        Value::Bool(patterns::is_reference(given)),
        texts(&patterns::addresses(given)),
        number,
        patterns::numbered(given).map_or(Value::Null, text),
        texts(&patterns::long_digits(given)),
        texts(&patterns::named(given)),
        Value::Bool(patterns::has_latin_name(given)),
        doubtful(patterns::asks_language(given, 0)),
    ])
}

fn keys_of(given: &str) -> Value<'static> {
    Value::List(vec![
        Value::Bool(keys::is_free(given)),
        doubtful(keys::is_search(given)),
        Value::Bool(keys::is_name(given)),
        Value::Bool(keys::is_exact(given)),
    ])
}

/// Of a folded text; `null` for each view in doubt.
fn views_of(given: &str) -> Value<'static> {
    let found = words(given);
    let listed: Vec<&str> = found.as_deref().unwrap_or_default().split_terminator(' ').collect();
    let stems: Vec<&str> = listed.iter().map(|word| stem(word)).collect();
    Value::List(vec![
        found.as_ref().map_or(Value::Null, |_| texts(&listed)),
        found.as_ref().map_or(Value::Null, |_| texts(&stems)),
        compact(given).map_or(Value::Null, |found| text(&found)),
        Value::Int(han_count(given) as i64),
        doubtful(is_digits(given)),
        doubtful(any_digit(given)),
        doubtful(is_alphabetic(given)),
    ])
}

fn class_of(sign: char) -> Value<'static> {
    Value::List(vec![doubtful(is_word(sign)), Value::Bool(is_space(sign))])
}
