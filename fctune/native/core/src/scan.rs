//! One line of a file to a row that can be written, with all that is counted of it.
//!
//! Follows `fctune/conversations/quick.py` and what `fctune/dataset/work.py` does with its rows.
//! Input: a line of ShareGPT. Output: a Scanned, or why there is none.

use std::borrow::Cow;

use crate::context::{Context, Listed, Long, Settings};
use crate::faults::{rejected, Rejected};
use crate::json::{parse_spaced, write_spaced, Value};
use crate::line::{self, Space};
use crate::near::Said;
use crate::plain;
use crate::raw::Raw;
use crate::row::{Call, Finding, Kind, Turn};
use crate::row_write::{estimate, head_of, identity, names_of, Buffers};
use crate::{audits, near, row_hashes, words};

/// More brackets may nest deeper than is read.
const MAX_BRACKETS: usize = 90;
const MARGIN: f64 = 1.0 / 3.0;
/// What stands before the name of a call, and between it and its arguments.
const NAME: &str = "{\"name\": \"";
const ARGUMENTS: &str = "\", \"arguments\": ";

/// What became of a line.
pub enum Outcome {
    /// Python must read it.
    Doubt,
    /// Python must reject it, or mend it: it is not lawful as it stands.
    Refused,
    /// Python must tell of its tools first.
    Tools,
    /// Python must tell of its system text first.
    System,
    /// It is not lawful, and what is wrong with it is told.
    Rejected(Box<Rejected>),
    Row(Box<Scanned>),
}

/// A row that can be written; see `fctune.dataset.record.Record`.
pub struct Scanned {
    pub id: u64,
    pub head: Vec<u8>,
    pub list: u32,
    pub lesson: &'static str,
    pub language: &'static str,
    pub is_default_system: bool,
    pub is_long: bool,
    pub tokens: i64,
    /// The names of the calls, with zeros between them.
    pub calls: String,
    pub prompt: u64,
    pub answer: u64,
    pub frame: u64,
    pub wordings: Vec<u64>,
    pub values: Vec<u64>,
    pub findings: Vec<Finding>,
    /// What the row says, where near duplicates are looked for.
    pub said: Option<Said>,
}

/// Read one line.
pub fn scan(line: &[u8], context: &mut Context) -> Outcome {
    // A panic loses them, and the next line makes others.
    let mut space = std::mem::take(&mut context.space);
    let mut buffers = std::mem::take(&mut context.buffers);
    let outcome = scan_with(line, context, &mut space, &mut buffers);
    context.space = space;
    context.buffers = buffers;
    outcome
}

fn scan_with(bytes: &[u8], context: &mut Context, space: &mut Space, buffers: &mut Buffers) -> Outcome {
    let Some(line) = line::read(bytes, space) else { return Outcome::Doubt };
    let Some(row) = Raw::of(&line, space) else { return Outcome::Doubt };
    let Some(listed) = context.listed(line.tools) else { return Outcome::Doubt };
    let Some(listed) = listed else { return Outcome::Tools };
    if !listed.is_sure {
        return Outcome::Doubt;
    }
    let system = match row.system(context) {
        Ok(system) => system,
        Err(outcome) => return outcome,
    };
    let calls = match calls_of(&row, &listed) {
        Ok(calls) if row.plan.orphans.is_empty() => calls,
        Ok(_) | Err(Outcome::Refused) => {
            let told = rejected(&row, &listed, system.1);
            return told.map_or(Outcome::Refused, |told| Outcome::Rejected(Box::new(told)));
        }
        Err(outcome) => return outcome,
    };
    match scanned(&row, calls, &listed, system, &context.settings, buffers) {
        Some(found) => Outcome::Row(Box::new(found)),
        None => Outcome::Doubt,
    }
}

/// A call, and what is written for it where that is not what the row has.
pub type Decoded<'a> = (Call<'a>, Option<String>);

/// Decode the calls of a row.
fn calls_of<'a>(row: &Raw<'a>, listed: &Listed) -> Result<Vec<Decoded<'a>>, Outcome> {
    let turns = row.plan.kinds.iter().zip(&row.texts);
    turns.filter(|(kind, _)| **kind == Kind::Call).map(|(_, text)| call_of(text, listed)).collect()
}

fn scanned(
    row: &Raw<'_>,
    decoded: Vec<Decoded<'_>>,
    listed: &Listed,
    (system, is_default_system): (&str, bool),
    settings: &Settings,
    buffers: &mut Buffers,
) -> Option<Scanned> {
    let hashed = decoded.iter().map(|(call, _)| words::value_hash(&call.name, &call.arguments));
    let values = hashed.collect::<Option<Vec<_>>>()?;
    let calls = names_of(&decoded);
    let id = identity(row, listed, system, &values, &mut buffers.content);
    let head = head_of(row, &decoded, system, &mut buffers.head);
    let turns = turns_of(row, decoded);
    let findings = audits::find(&settings.audits, system, &turns, listed)?;
    let tokens = estimate(&head) + listed.tokens;
    let is_long = settings.long != Long::Off && {
        let most = (tokens as f64 * (1.0 + MARGIN)).round_ties_even();
        most > settings.cutoff as f64
    };
    if is_long && settings.long == Long::Doubt {
        return None;
    }
    let (wordings, prompt, frame) = row_hashes::hashes_of(&turns, listed, &mut buffers.content)?;
    Some(Scanned {
        id,
        head,
        list: listed.id,
        lesson: lesson_of(row, listed),
        language: language_of(row)?,
        is_default_system,
        is_long,
        tokens,
        calls,
        prompt,
        answer: if row.plan.decides { values[0].max(1) } else { 0 },
        frame,
        wordings,
        values,
        findings,
        said: if settings.near { Some(near::said(&turns)?) } else { None },
    })
}

/// Decode a call, where it is plainly lawful.
fn call_of<'a>(text: &'a str, listed: &Listed) -> Result<Decoded<'a>, Outcome> {
    let parsed = if is_nested(text) { None } else { parse_spaced(text) };
    let (value, is_spaced) = parsed.ok_or(Outcome::Refused)?;
    let written = if is_spaced { None } else { rewritten(text, &value)? };
    let Value::Dict(entries) = value else { return Err(Outcome::Refused) };
    let Ok([(first, Value::Str(name)), (second, Value::Dict(arguments))]) = <[_; 2]>::try_from(entries)
    else {
        return Err(Outcome::Refused);
    };
    if first != "name" || second != "arguments" {
        return Err(Outcome::Doubt);
    }
    let tool = listed.tools().ok_or(Outcome::Doubt)?.tool(&name).ok_or(Outcome::Refused)?;
    if !tool.is_valid(&arguments).ok_or(Outcome::Doubt)? {
        return Err(Outcome::Refused);
    }
    if written.as_deref().is_some_and(plain::holds_mark) {
        return Err(Outcome::Doubt);
    }
    let spaced = if is_spaced { spaced_arguments(text, &name) } else { None };
    Ok((Call { name, arguments, written: spaced }, written))
}

/// Whether the text of a call has so many brackets that Python must read it.
pub fn is_nested(text: &str) -> bool {
    let bracket = |sign: &&u8| matches!(sign, b'{' | b'[');
    text.len() > MAX_BRACKETS && text.as_bytes().iter().filter(bracket).count() > MAX_BRACKETS
}

/// What is written of the arguments of a call that stands as `write_spaced` writes it.
fn spaced_arguments<'a>(text: &'a str, name: &Cow<'_, str>) -> Option<&'a str> {
    let Cow::Borrowed(name) = name else { return None }; // it is longer where it has escapes
    text.get(NAME.len() + name.len() + ARGUMENTS.len()..)?.strip_suffix('}')
}

/// What is written for a call; `None` where that is the text of the row.
fn rewritten(text: &str, value: &Value<'_>) -> Result<Option<String>, Outcome> {
    let mut written = String::with_capacity(text.len() + 16);
    write_spaced(value, &mut written).ok_or(Outcome::Doubt)?;
    Ok((written != text).then_some(written))
}

fn turns_of<'a>(row: &Raw<'a>, calls: Vec<(Call<'a>, Option<String>)>) -> Vec<Turn<'a>> {
    let mut calls = calls.into_iter();
    let pairs = row.plan.kinds.iter().zip(&row.texts);
    pairs
        .map(|(kind, text)| match kind {
            Kind::Call => Turn { kind: *kind, text: Cow::Borrowed(""), call: calls.next().map(|one| one.0) },
            _ => Turn { kind: *kind, text: Cow::Borrowed(text), call: None },
        })
        .collect()
}

fn lesson_of(row: &Raw<'_>, listed: &Listed) -> &'static str {
    if row.plan.lesson.is_empty() {
        return if listed.text.is_empty() { "general" } else { "no_call" };
    }
    if row.plan.asks().any(|place| plain::asks(row.texts[place])) {
        return "ask_back";
    }
    row.plan.lesson
}

fn language_of(row: &Raw<'_>) -> Option<&'static str> {
    if row.is_ascii {
        return Some("en");
    }
    words::language(row.texts[0])
}
