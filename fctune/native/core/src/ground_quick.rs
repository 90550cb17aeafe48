//! Whether what a clean row calls with was said before, as it is: the quick half of the audit.
//!
//! Input: system text, turns and tools of a clean row. Output: true where every text and number of
//! its calls stands before the call, so that `ground::find` finds nothing.
//! Follows `fctune/conversations/quick_grounding.py`, and `_stands` of `grounding.py`.

use std::borrow::Cow;

use crate::chars;
use crate::ground_signs::is_digits;
use crate::json::{python_float, Value};
use crate::numerals::{decimal, MOST};
use crate::row::Turn;
use crate::search::{find, has};
use crate::tools::Tools;

const LONG: usize = 3;
/// Values up to this size are looked for without memory of their own.
const ROOM: usize = 64;
/// Bytes that may be read in search of the values of one row; beyond, Python decides.
const MAX_WORK: usize = 32 << 20;

/// Whether every value of every call stands before it; `None` in doubt.
pub fn grounded(system: &str, turns: &[Turn<'_>], tools: &Tools) -> Option<bool> {
    let mut search = Search { said: String::new(), system, lowered: None, tools, work: 0 };
    let mut read = 0;
    for (at, turn) in turns.iter().enumerate() {
        let Some(call) = &turn.call else { continue };
        for turn in &turns[read..=at] {
            search.add(&turn.text)?;
        }
        read = at + 1;
        for (_, value) in &call.arguments {
            if !search.has(value, &call.name)? {
                return Some(false);
            }
        }
    }
    Some(true)
}

/// What values are looked for in.
struct Search<'a> {
    said: String,
    system: &'a str,
    lowered: Option<Cow<'a, str>>,
    tools: &'a Tools,
    work: usize,
}

impl Search<'_> {
    fn add(&mut self, text: &str) -> Option<()> {
        if !self.said.is_empty() {
            self.said.push('\n');
        }
        let begin = self.said.len();
        if text.is_ascii() {
            self.said.push_str(text);
            self.said[begin..].make_ascii_lowercase();
        } else {
            self.said.push_str(&chars::lower(text)?);
        }
        Some(())
    }

    /// Whether all texts and numbers within a value stand before a call of a tool.
    fn has(&mut self, value: &Value<'_>, tool: &str) -> Option<bool> {
        match value {
            Value::Null | Value::Bool(_) => Some(true),
            Value::List(items) => {
                for item in items {
                    if !self.has(item, tool)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Value::Dict(entries) => {
                for (_, item) in entries {
                    if !self.has(item, tool)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Value::Str(text) if text.contains(['\n', '\0']) => Some(false),
            _ => self.has_leaf(value, tool),
        }
    }

    fn has_leaf(&mut self, value: &Value<'_>, tool: &str) -> Option<bool> {
        self.spend(self.said.len())?;
        if stands(value, &self.said)? {
            return Some(true);
        }
        let own = self.tools.tool(tool)?.said()?;
        self.spend(own.len() + self.system.len())?;
        if stands(value, own)? {
            return Some(true);
        }
        if self.lowered.is_none() {
            self.lowered = Some(chars::lower(self.system)?);
        }
        stands(value, self.lowered.as_deref()?)
    }

    fn spend(&mut self, bytes: usize) -> Option<()> {
        self.work += bytes;
        (self.work <= MAX_WORK).then_some(())
    }
}

/// Whether a value stands in a text of lower case as it is; digits and short ones as a word of
/// their own.
pub fn stands(value: &Value<'_>, text: &str) -> Option<bool> {
    match value {
        Value::Str(wanted) if wanted.len() <= ROOM && wanted.is_ascii() => {
            let mut room = [0; ROOM];
            let lowered = &mut room[..wanted.len()];
            lowered.copy_from_slice(wanted.as_bytes());
            lowered.make_ascii_lowercase();
            let is_number = lowered.iter().all(u8::is_ascii_digit);
            if lowered.len() > LONG && !is_number {
                return Some(has(text.as_bytes(), lowered));
            }
            Some(lowered.is_empty() || stands_alone(lowered, text))
        }
        Value::Str(wanted) => {
            let wanted = chars::lower(wanted)?;
            let is_long = wanted.len() > LONG && (wanted.is_ascii() || wanted.chars().nth(LONG).is_some());
            if is_long && !is_digits(&wanted)? {
                return Some(has(text.as_bytes(), wanted.as_bytes()));
            }
            Some(wanted.is_empty() || stands_alone(wanted.as_bytes(), text))
        }
        Value::Null | Value::Bool(_) => Some(true),
        Value::Int(number) => {
            let mut room = [0; MOST];
            Some(stands_alone(digits_of(*number, &mut room), text))
        }
        _ => Some(stands_alone(shown_number(value)?.as_bytes(), text)),
    }
}

/// A whole number, written into a room for it.
fn digits_of(number: i64, room: &mut [u8; MOST]) -> &[u8] {
    let mut at = decimal(number.unsigned_abs(), 1, room);
    if number < 0 {
        at -= 1;
        room[at] = b'-';
    }
    &room[at..]
}

/// A number as `str` writes it; `None` for one that Rust may write otherwise, or another value.
pub fn shown_number(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => python_float(*number),
        _ => None,
    }
}

/// Whether a word stands somewhere with no letter or digit of ASCII beside it.
fn stands_alone(wanted: &[u8], text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_beside = |at: usize| bytes.get(at).is_some_and(|sign| matches!(sign, b'a'..=b'z' | b'0'..=b'9'));
    let mut from = 0;
    while let Some(start) = find(bytes, wanted, from) {
        from = start + wanted.len();
        if !(start > 0 && is_beside(start - 1)) && !is_beside(from) {
            return true;
        }
    }
    false
}
