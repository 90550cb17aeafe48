//! Audit: calls that stand in words and were meant as calls.
//!
//! Input: the turns of a row and its tools. Output: a finding for each model turn without calls whose
//! words call a listed tool; `None` where a character is not known. Follows
//! `fctune/conversations/meant.py`. What its patterns find is looked for around each place where the
//! name of a tool stands, as few texts hold one.

use crate::claim_text::quoted;
use crate::ground_chars::is_certain;
use crate::ground_signs::{head, tail};
use crate::meant_forms::{announced, written};
use crate::meant_words::{asks, denies, is_about_tools};
use crate::row::{Finding, Kind, Turn};
use crate::tools::Tools;

const CODE: &str = "call-in-words";
const MAX_READ: usize = 8000;
const MANY: usize = 3;
/// Bytes that may be read in search of the names in one row; beyond, Python decides.
const MAX_WORK: usize = 32 << 20;

/// What the audit finds.
pub fn find(turns: &[Turn<'_>], tools: &Tools) -> Option<Vec<Finding>> {
    let mut findings = Vec::new();
    if tools.names.is_empty() {
        return Some(findings);
    }
    let (mut asked, mut work) = ("", 0);
    let mut called: Vec<&str> = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        match turn.kind {
            Kind::User => asked = &turn.text,
            Kind::Call => called.push(&turn.call.as_ref()?.name),
            Kind::Result => {}
            Kind::Model => {
                work += turn.text.len().min(4 * MAX_READ).saturating_mul(tools.names.len());
                if work > MAX_WORK {
                    return None;
                }
                let Some((name, words)) = call_in(head(&turn.text, MAX_READ), tools, &called)? else {
                    continue;
                };
                if !is_about_tools(tail(asked, 1000))? {
                    let message = format!("got {} in words, and {name} was not called", quoted(words)?);
                    findings.push(Finding { code: CODE, place: format!("turns[{at}]"), message });
                }
            }
        }
    }
    Some(findings)
}

/// The first tool that a text calls, and the words that do.
fn call_in<'t>(text: &'t str, tools: &'t Tools, called: &[&str]) -> Option<Option<(&'t str, &'t str)>> {
    let named = tools.names.iter().map(String::as_str).filter(|name| text.contains(name));
    let names: Vec<&str> = named.filter(|name| !called.contains(name)).collect();
    if names.is_empty() {
        return Some(None);
    }
    if !is_certain(text) {
        return None;
    }
    for name in &names {
        if !is_plain(name) {
            return None;
        }
        let places = places_of(text, name);
        if let Some(words) = first(text, written(text, name, &places))? {
            return Some(Some((name, words)));
        }
        if names.len() >= MANY {
            continue;
        }
        if let Some(words) = first(text, announced(text, name, &places))? {
            if !asks(text) {
                return Some(Some((name, words)));
            }
        }
    }
    Some(None)
}

/// Whether a name is of characters that no form takes for something else.
fn is_plain(name: &str) -> bool {
    let is_known = |sign: char| match sign {
        '\0'..='\x7f' => sign.is_ascii_alphanumeric() || matches!(sign, '_' | '.' | '-'),
        _ => ('\u{4e00}'..='\u{9fef}').contains(&sign),
    };
    !name.is_empty() && name.chars().all(is_known)
}

/// Where a name stands as a whole.
fn places_of(text: &str, name: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let (mut places, mut from) = (Vec::new(), 0);
    while let Some(at) = text[from..].find(name).map(|at| from + at) {
        let is_joint = |sign: &u8| sign.is_ascii_alphanumeric() || matches!(sign, b'_' | b'-');
        let before = at.checked_sub(1).map(|at| &bytes[at]);
        let is_within = before.is_some_and(|sign| is_joint(sign) || *sign == b'.');
        if !is_within && !bytes.get(at + name.len()).is_some_and(is_joint) {
            places.push(at);
        }
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    places
}

/// The first find that is not denied, of those that do not overlap; `None` where two begin alike.
fn first(text: &str, mut finds: Vec<(usize, usize)>) -> Option<Option<&str>> {
    finds.sort_unstable();
    if finds.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let mut next = 0;
    for (start, end) in finds {
        if start < next {
            continue;
        }
        if !denies(tail(&text[..start], 50)) {
            return Some(Some(&text[start..end]));
        }
        next = end;
    }
    Some(None)
}
