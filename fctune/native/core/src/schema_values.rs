//! Values as a schema compares them: equal, smaller, one of a list.
//!
//! Input: two values. Output: what `jsonschema-rs` says of them, as `fctune/tools/check.py` asks it;
//! `None` where digits may be lost, or the work would not be linear.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::json::{Entry, Value};

const EXACT: i64 = 1 << 53;
const MANY: usize = 32;
const MANY_CHOICES: usize = 64;

/// The same value, with its own texts.
pub fn kept(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Bool(is) => Value::Bool(*is),
        Value::Int(number) => Value::Int(*number),
        Value::Float(number) => Value::Float(*number),
        Value::Str(text) => Value::Str(Cow::Owned(text.to_string())),
        Value::List(items) => Value::List(items.iter().map(kept).collect()),
        Value::Dict(entries) => Value::Dict(
            entries.iter().map(|(key, value)| (Cow::Owned(key.to_string()), kept(value))).collect(),
        ),
    }
}

/// Whether two values are equal; 1 and 1.0 are, 1 and true are not.
fn equal(one: &Value<'_>, other: &Value<'_>) -> Option<bool> {
    Some(match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            compare(one, other)? == Ordering::Equal
        }
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            for (left, right) in a.iter().zip(b) {
                if !equal(left, right)? {
                    return Some(false);
                }
            }
            true
        }
        (Value::Dict(a), Value::Dict(b)) => return equal_entries(a, b, other),
        _ => false,
    })
}

fn equal_entries(a: &[Entry<'_>], b: &[Entry<'_>], whole: &Value<'_>) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    if a.len() > MANY {
        return None;
    }
    for (key, left) in a {
        match whole.get(key) {
            Some(right) if equal(left, right)? => {}
            _ => return Some(false),
        }
    }
    Some(true)
}

/// How two numbers stand to each other; `None` for no numbers, and where one is too long to tell.
pub fn compare(one: &Value<'_>, other: &Value<'_>) -> Option<Ordering> {
    match (one, other) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        _ => number(one)?.partial_cmp(&number(other)?),
    }
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) if (-EXACT..=EXACT).contains(number) => Some(*number as f64),
        _ => None,
    }
}

/// Whether a number is a whole multiple of a positive whole one.
pub fn is_multiple(value: &Value<'_>, of: i64) -> Option<bool> {
    match value {
        Value::Int(number) => Some(number % of == 0),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < EXACT as f64 => {
            Some(*number as i64 % of == 0)
        }
        Value::Float(_) => None,
        _ => Some(true),
    }
}

/// Whether each item is there once.
pub fn each_once(items: &[Value<'_>]) -> Option<bool> {
    if items.len() > MANY {
        return None;
    }
    for (at, one) in items.iter().enumerate() {
        for other in &items[..at] {
            if equal(one, other)? {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// The values of an `enum`.
#[derive(Debug)]
pub struct Choices {
    texts: Vec<Box<str>>,
    others: Vec<Value<'static>>,
}

impl Choices {
    /// The choices of a list; `None` where it is long.
    pub fn of(listed: &[Value<'_>]) -> Option<Choices> {
        let mut texts: Vec<Box<str>> = listed.iter().filter_map(Value::as_str).map(Box::from).collect();
        texts.sort_unstable();
        let others: Vec<_> = listed.iter().filter(|one| one.as_str().is_none()).map(kept).collect();
        (others.len() <= MANY_CHOICES).then_some(Choices { texts, others })
    }

    /// Whether a value is one of them.
    pub fn hold(&self, value: &Value<'_>) -> Option<bool> {
        if let Value::Str(text) = value {
            return Some(self.texts.binary_search_by(|one| one.as_ref().cmp(text)).is_ok());
        }
        for other in &self.others {
            if equal(value, other)? {
                return Some(true);
            }
        }
        Some(false)
    }
}
