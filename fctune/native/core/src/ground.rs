//! Audit: argument values that nothing before the call grounds.
//!
//! Input: system text, turns and tools of a clean row. Output: the findings of Python, to the
//! letter, or `None` in doubt. Follows `fctune/conversations/grounding.py`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use crate::chars;
use crate::ground_numbers::follows;
use crate::ground_quick::{shown_number, stands};
use crate::ground_text::Said;
use crate::ground_words::text_follows;
use crate::json::{parse, write_spaced, write_text, Value};
use crate::row::{Call, Finding, Turn};
use crate::tools::{Tool, Tools};

pub use crate::ground_quick::grounded;

const CODE: &str = "argument-ungrounded";
/// Beyond these, Python decides.
const MAX_TEXT: usize = 200_000;
const MAX_JUDGED: usize = 400;
const MAX_MISSED: usize = 64;
const MAX_NODES: usize = 1000;
const MAX_SHOWN: usize = 60;
const MAX_SPECS: usize = 4096;
const MAX_INT: u64 = 1_000_000_000_000_000;

thread_local! {
    /// What each tool says, by its text: rows of one set share their tools.
    static SPECS: RefCell<HashMap<String, Said<'static>>> = RefCell::new(HashMap::new());
}

/// A value within arguments, with its path.
struct Leaf<'a, 'b> {
    path: String,
    value: &'b Value<'a>,
    /// It is an argument itself, not within one.
    is_top: bool,
}

/// The findings of all calls; `None` in doubt.
pub fn find(system: &str, turns: &[Turn<'_>], tools: &Tools) -> Option<Vec<Finding>> {
    let mut found = Vec::new();
    let mut said = Said::of(Cow::Borrowed(system));
    let mut judged = 0;
    for (index, turn) in turns.iter().enumerate() {
        said.add(Cow::Borrowed(&turn.text));
        let Some(call) = &turn.call else { continue };
        said.see_text()?;
        if said.text.len() > MAX_TEXT || judged > MAX_JUDGED {
            return None;
        }
        let leaves = leaves_of(call)?;
        let mut missed = Vec::new();
        for leaf in &leaves {
            said.spend(said.text.len())?;
            if !stands(leaf.value, &said.text)? {
                missed.push(leaf);
            }
        }
        if missed.len() > MAX_MISSED {
            return None;
        }
        judged += missed.len();
        let place = format!("turns[{index}].call");
        judge(call, &place, &missed, &mut said, tools, &mut found)?;
        for leaf in &missed {
            said.add(shown(leaf.value)?);
        }
        said.add(Cow::Borrowed(&turn.text));
        for leaf in &leaves {
            if leaf.is_said() {
                said.add(shown(leaf.value)?);
            }
        }
    }
    Some(found)
}

/// Add a finding for each value that does not follow.
fn judge(
    call: &Call<'_>,
    place: &str,
    missed: &[&Leaf<'_, '_>],
    said: &mut Said<'_>,
    tools: &Tools,
    found: &mut Vec<Finding>,
) -> Option<()> {
    if missed.is_empty() {
        return Some(());
    }
    with_spec(tools.tool(&call.name)?, |spec| {
        spec.rest();
        for leaf in missed {
            if !leaf.follows(said, spec)? {
                found.push(finding(call, place, leaf)?);
            }
        }
        Some(())
    })
}

impl Leaf<'_, '_> {
    /// Whether later calls know the value: all but null and booleans that are arguments themselves.
    fn is_said(&self) -> bool {
        !self.is_top || !matches!(self.value, Value::Null | Value::Bool(_))
    }

    fn follows(&self, said: &mut Said<'_>, spec: &mut Said<'static>) -> Option<bool> {
        spec.see_text()?;
        spec.spend(spec.text.len())?;
        if stands(self.value, &spec.text)? {
            return Some(true);
        }
        let number = match self.value {
            Value::Str(text) => return text_follows(text, &key_of(&self.path)?, said, spec),
            Value::Int(number) if number.unsigned_abs() > MAX_INT => return Some(false),
            Value::Float(number) if number.abs() > MAX_INT as f64 => return Some(false),
            Value::Int(number) => *number as f64,
            Value::Float(number) => *number,
            _ => return None,
        };
        said.see_numbers()?;
        if follows(number, &said.numbers)? {
            return Some(true);
        }
        spec.see_numbers()?;
        follows(number, &spec.numbers)
    }
}

/// The name of the parameter that a path ends with, in lower case.
fn key_of(path: &str) -> Option<String> {
    let mut key = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('[') {
        let inner = &rest[at + 1..];
        let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
        if inner[digits..].chars().next().is_some_and(|sign| !sign.is_ascii()) {
            return None; // a digit of another script
        }
        let is_index = digits > 0 && inner[digits..].starts_with(']');
        key.push_str(&rest[..if is_index { at } else { at + 1 }]);
        rest = if is_index { &inner[digits + 1..] } else { inner };
    }
    key.push_str(rest);
    let name = key.rfind('.').map_or(key.as_str(), |at| &key[at + 1..]);
    chars::lower(name).map(Cow::into_owned)
}

/// The values of a call that are neither list nor object, in order.
fn leaves_of<'a, 'b>(call: &'b Call<'a>) -> Option<Vec<Leaf<'a, 'b>>> {
    let mut leaves = Vec::new();
    for (key, value) in &call.arguments {
        let mut left = MAX_NODES;
        let mut path = [".", key].concat();
        let is_top = !matches!(value, Value::List(_) | Value::Dict(_));
        push_leaves(value, &mut path, &mut left, &mut leaves)?;
        if is_top {
            leaves.last_mut()?.is_top = true;
        }
    }
    Some(leaves)
}

fn push_leaves<'a, 'b>(
    value: &'b Value<'a>,
    path: &mut String,
    left: &mut usize,
    leaves: &mut Vec<Leaf<'a, 'b>>,
) -> Option<()> {
    *left = left.checked_sub(1)?;
    let size = path.len();
    match value {
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push_str(&format!("[{at}]"));
                push_leaves(item, path, left, leaves)?;
                path.truncate(size);
            }
        }
        Value::Dict(entries) => {
            for (key, item) in entries {
                path.push('.');
                path.push_str(key);
                push_leaves(item, path, left, leaves)?;
                path.truncate(size);
            }
        }
        _ => leaves.push(Leaf { path: path.clone(), value, is_top: false }),
    }
    Some(())
}

/// A value as `str` writes it.
fn shown<'b>(value: &'b Value<'_>) -> Option<Cow<'b, str>> {
    Some(match value {
        Value::Str(text) => Cow::Borrowed(text.as_ref()),
        Value::Null => Cow::Borrowed("None"),
        Value::Bool(true) => Cow::Borrowed("True"),
        Value::Bool(false) => Cow::Borrowed("False"),
        _ => Cow::Owned(shown_number(value)?),
    })
}

/// Judge with the words of a tool, remembered.
fn with_spec<T>(tool: &Tool, judge: impl FnOnce(&mut Said<'static>) -> Option<T>) -> Option<T> {
    SPECS.with(|specs| {
        let mut specs = specs.borrow_mut();
        if let Some(said) = specs.get_mut(tool.spec()) {
            return judge(said);
        }
        if specs.len() >= MAX_SPECS {
            specs.clear();
        }
        let said = Said::of(Cow::Owned(written(tool.spec())?));
        judge(specs.entry(tool.spec().to_owned()).or_insert(said))
    })
}

/// A tool as the model sees it.
fn written(spec: &str) -> Option<String> {
    let value = parse(spec)?;
    let keys = value.as_dict()?.iter().map(|(key, _)| key.as_ref());
    if !keys.eq(["name", "description", "parameters"]) {
        return None;
    }
    let mut written = String::with_capacity(spec.len());
    write_spaced(&value, &mut written)?;
    Some(written)
}

fn finding(call: &Call<'_>, place: &str, leaf: &Leaf<'_, '_>) -> Option<Finding> {
    let mut shown = String::new();
    match leaf.value {
        Value::Str(text) => write_text(text, &mut shown),
        value => shown = shown_number(value)?,
    }
    if shown.chars().count() > MAX_SHOWN {
        shown = shown.chars().take(MAX_SHOWN - 4).collect();
        shown.push_str("...\"");
    }
    let (name, path) = (&call.name, &leaf.path);
    let message = format!("got {shown} for {name}{path}, which appears nowhere before the call");
    Some(Finding { code: CODE, place: format!("{place}.arguments{path}"), message })
}
