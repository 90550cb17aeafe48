//! Values as messages of faults show them: as Python's `repr` and `json.dumps` write them.
//!
//! Follows `_shown` of `fctune/conversations/calls.py` and `_sentence` of `fctune/tools/check.py`.
//! Input: a text or a value. Output: what stands in the message; `None` where that is in doubt.

use crate::json::{spaced, Value};

const MAX_TEXT: usize = 60;
const MAX_VALUE: usize = 80;
const MAX_NAMES: usize = 8;

/// A text as `repr` shows it; `None` where it holds a sign of which that is not known here.
pub fn repr(text: &str) -> Option<String> {
    let is_known = |sign: char| sign.is_ascii() || is_printable(sign);
    text.chars().all(is_known).then(|| represented(text))
}

/// What `repr` says of a text whose characters beyond ASCII stand for themselves.
pub fn represented(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push(quote);
    for sign in text.chars() {
        match sign {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if sign == quote => shown.extend(['\\', sign]),
            '\0'..='\x1f' | '\x7f' => shown.push_str(&format!("\\x{:02x}", sign as u32)),
            _ => shown.push(sign),
        }
    }
    shown.push(quote);
    shown
}

/// Whether a sign surely stands for itself: ASCII, letters of Latin, kana, Chinese, and their signs.
fn is_printable(sign: char) -> bool {
    match sign {
        ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{17f}' => true,
        '\u{2010}'..='\u{2027}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' => true,
        '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}' | '\u{4e00}'..='\u{9fa5}' => true,
        _ => matches!(sign, '\u{ff01}'..='\u{ff5e}'),
    }
}

/// A text of a call, cut where it is long.
pub fn shown_text(text: &str) -> Option<String> {
    match text.char_indices().nth(MAX_TEXT) {
        None => repr(text),
        Some(_) => repr(&cut(text, MAX_TEXT)),
    }
}

/// A value of an argument, cut where it is long; `None` for keys that `jsonschema-rs` might sort.
pub fn shown_value(value: &Value<'_>) -> Option<String> {
    if !is_sorted(value) {
        return None;
    }
    let written = spaced(value)?;
    Some(if written.char_indices().nth(MAX_VALUE).is_some() { cut(&written, MAX_VALUE) } else { written })
}

fn is_sorted(value: &Value<'_>) -> bool {
    match value {
        Value::List(items) => items.iter().all(is_sorted),
        Value::Dict(entries) => {
            entries.is_sorted_by(|one, other| one.0.as_bytes() < other.0.as_bytes())
                && entries.iter().all(|(_, item)| is_sorted(item))
        }
        _ => true,
    }
}

/// The head of a text, and three points: so many characters in all.
fn cut(text: &str, most: usize) -> String {
    let end = text.char_indices().nth(most - 3).map_or(text.len(), |(at, _)| at);
    format!("{}...", &text[..end])
}

/// What is told of a call of a tool that is not listed.
pub fn unknown_tool(name: &str, listed: &[String]) -> Option<String> {
    let more = if listed.len() > MAX_NAMES { " ..." } else { "" };
    let shown = listed[..listed.len().min(MAX_NAMES)].join(", ");
    Some(format!("got {}, listed are: {shown}{more}", repr(name)?))
}
