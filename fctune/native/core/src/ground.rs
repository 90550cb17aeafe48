//! Audit: argument values that nothing before the call grounds.
//!
//! Input: system text, turns and tools of a clean row. Output: the findings of Python, to the
//! letter, or `None` in doubt. Follows `fctune/conversations/grounding.py`.

use std::borrow::Cow;

use crate::chars;
use crate::ground_numbers::follows;
use crate::ground_quick::{shown_number, stands};
use crate::ground_specs::with_spec;
use crate::ground_text::Said;
use crate::ground_words::text_follows;
use crate::json::{write_text, Value};
use crate::row::{Call, Finding, Turn};
use crate::tools::Tools;

pub use crate::ground_quick::grounded;

const CODE: &str = "argument-ungrounded";
/// Beyond these, Python decides.
const MAX_TEXT: usize = 200_000;
const MAX_JUDGED: usize = 400;
const MAX_MISSED: usize = 64;
const MAX_NODES: usize = 1000;
const MAX_SHOWN: usize = 60;
const MAX_INT: u64 = 1_000_000_000_000_000;

/// A value within arguments.
#[derive(Clone, Copy)]
struct Leaf<'a, 'b> {
    value: &'b Value<'a>,
    /// Its place among those of its call.
    place: usize,
    /// It is an argument itself, not within one.
    is_top: bool,
}

/// The findings of all calls; `None` in doubt.
pub fn find(system: &str, turns: &[Turn<'_>], tools: &Tools) -> Option<Vec<Finding>> {
    let mut found = Vec::new();
    let mut said = Said::of(Cow::Borrowed(system), turns.len());
    let (mut judged, mut leaves, mut missed) = (0, Vec::new(), Vec::new());
    let Some(last) = turns.iter().rposition(|turn| turn.call.is_some()) else { return Some(found) };
    for (index, turn) in turns[..=last].iter().enumerate() {
        said.add(Cow::Borrowed(&turn.text));
        let Some(call) = &turn.call else { continue };
        said.see_text()?;
        let text = said.text();
        if text.len() > MAX_TEXT || judged > MAX_JUDGED {
            return None;
        }
        leaves.clear();
        push_all(call, &mut leaves)?;
        said.spend(text.len() * leaves.len())?;
        missed.clear();
        for leaf in &leaves {
            if !stands(leaf.value, said.text())? {
                missed.push(*leaf);
            }
        }
        if missed.len() > MAX_MISSED {
            return None;
        }
        judged += missed.len();
        judge(call, index, &mut missed, &mut said, tools, &mut found)?;
        if index == last {
            break;
        }
        for leaf in &missed {
            said.add(shown(leaf.value)?);
        }
        said.add(Cow::Borrowed(&turn.text));
        for leaf in leaves.iter().filter(|leaf| leaf.is_said()) {
            said.add(shown(leaf.value)?);
        }
    }
    Some(found)
}

/// Add a finding for each value that does not follow; only those are missed then.
fn judge(
    call: &Call<'_>,
    turn: usize,
    missed: &mut Vec<Leaf<'_, '_>>,
    said: &mut Said<'_>,
    tools: &Tools,
    found: &mut Vec<Finding>,
) -> Option<()> {
    if missed.is_empty() {
        return Some(());
    }
    with_spec(tools.tool(&call.name)?, |spec| {
        spec.rest();
        let mut kept = 0;
        for at in 0..missed.len() {
            let leaf = missed[at];
            if !leaf.follows(call, said, spec)? {
                found.push(finding(call, turn, &leaf)?);
                missed[kept] = leaf;
                kept += 1;
            }
        }
        missed.truncate(kept);
        Some(())
    })
}

impl Leaf<'_, '_> {
    /// Whether later calls know the value: all but null and booleans that are arguments themselves.
    fn is_said(&self) -> bool {
        !self.is_top || !matches!(self.value, Value::Null | Value::Bool(_))
    }

    fn follows(&self, call: &Call<'_>, said: &mut Said<'_>, spec: &mut Said<'static>) -> Option<bool> {
        spec.see_text()?;
        spec.spend(spec.text().len())?;
        if stands(self.value, spec.text())? {
            return Some(true);
        }
        let number = match self.value {
            Value::Str(text) => {
                let path = path_of(call, self.place);
                return text_follows(text, &key_of(&path)?, said, spec);
            }
            Value::Int(number) if number.unsigned_abs() > MAX_INT => return Some(false),
            Value::Float(number) if number.abs() > MAX_INT as f64 => return Some(false),
            Value::Int(number) => *number as f64,
            Value::Float(number) => *number,
            _ => return None,
        };
        Some(follows(number, said.numbers()?)? || follows(number, spec.numbers()?)?)
    }
}

/// The name of the parameter that a path ends with, in lower case.
fn key_of(path: &str) -> Option<String> {
    if !path.contains('[') {
        let name = path.rfind('.').map_or(path, |at| &path[at + 1..]);
        return chars::lower(name).map(Cow::into_owned);
    }
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

/// Add the values of a call that are neither list nor object, in order.
fn push_all<'a, 'b>(call: &'b Call<'a>, leaves: &mut Vec<Leaf<'a, 'b>>) -> Option<()> {
    for (_, value) in &call.arguments {
        if matches!(value, Value::List(_) | Value::Dict(_)) {
            push_leaves(value, &mut MAX_NODES.clone(), leaves)?;
        } else {
            leaves.push(Leaf { value, place: leaves.len(), is_top: true });
        }
    }
    Some(())
}

fn push_leaves<'a, 'b>(value: &'b Value<'a>, left: &mut usize, leaves: &mut Vec<Leaf<'a, 'b>>) -> Option<()> {
    *left = left.checked_sub(1)?;
    match value {
        Value::List(items) => items.iter().try_for_each(|item| push_leaves(item, left, leaves)),
        Value::Dict(entries) => entries.iter().try_for_each(|(_, item)| push_leaves(item, left, leaves)),
        _ => {
            leaves.push(Leaf { value, place: leaves.len(), is_top: false });
            Some(())
        }
    }
}

/// The path to a value of a call, by its place.
fn path_of(call: &Call<'_>, place: usize) -> String {
    let (mut left, mut path) = (place, String::new());
    for (key, value) in &call.arguments {
        path.clear();
        path.push('.');
        path.push_str(key);
        if leads_to(value, &mut left, &mut path) {
            break;
        }
    }
    path
}

/// Whether a value has one that so many stand before; its path is added.
fn leads_to(value: &Value<'_>, left: &mut usize, path: &mut String) -> bool {
    let size = path.len();
    match value {
        Value::List(items) => items.iter().enumerate().any(|(at, item)| {
            path.truncate(size);
            path.push_str(&format!("[{at}]"));
            leads_to(item, left, path)
        }),
        Value::Dict(entries) => entries.iter().any(|(key, item)| {
            path.truncate(size);
            path.push('.');
            path.push_str(key);
            leads_to(item, left, path)
        }),
        _ if *left == 0 => true,
        _ => {
            *left -= 1;
            false
        }
    }
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

fn finding(call: &Call<'_>, turn: usize, leaf: &Leaf<'_, '_>) -> Option<Finding> {
    let mut shown = String::new();
    match leaf.value {
        Value::Str(text) => write_text(text, &mut shown),
        value => shown = shown_number(value)?,
    }
    if shown.chars().count() > MAX_SHOWN {
        shown = shown.chars().take(MAX_SHOWN - 4).collect();
        shown.push_str("...\"");
    }
    let (name, path) = (&call.name, path_of(call, leaf.place));
    let message = format!("got {shown} for {name}{path}, which appears nowhere before the call");
    Some(Finding { code: CODE, place: format!("turns[{turn}].call.arguments{path}"), message })
}
