//! One line of a file to a row that can be written, with all that is counted of it.
//!
//! Follows `fctune/conversations/quick.py` and what `fctune/dataset/work.py` does with its rows.
//! Input: a line of ShareGPT. Output: a Scanned, or why there is none.

use std::borrow::Cow;

use crate::context::{Context, Listed, Long, Settings};
use crate::faults::{rejected, Rejected};
use crate::json::{parse, write_spaced, write_text, Value};
use crate::line::{self, Space};
use crate::near::Said;
use crate::plain;
use crate::plan::role_of;
use crate::raw::Raw;
use crate::row::{Call, Finding, Kind, Turn};
use crate::{audits, hash, near, row_hashes, words};

const MAX_BRACKETS: usize = 90;
const ROW: f64 = 4.0;
const PER_ASCII: f64 = 0.2;
const PER_WIDE: f64 = 0.65;
const PER_QUOTE: f64 = 1.0;
const MARGIN: f64 = 1.0 / 3.0;

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
    let mut space = std::mem::take(&mut context.space);
    let outcome = scan_into(line, context, &mut space);
    context.space = space;
    outcome
}

fn scan_into(line: &[u8], context: &mut Context, space: &mut Space) -> Outcome {
    let Some(line) = line::read(line, space) else { return Outcome::Doubt };
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
    match scanned(&row, calls, &listed, system, &context.settings) {
        Some(found) => Outcome::Row(Box::new(found)),
        None => Outcome::Doubt,
    }
}

/// A call, and what is written for it where that is not what the row has.
type Decoded<'a> = (Call<'a>, Option<String>);

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
) -> Option<Scanned> {
    let hashed = decoded.iter().map(|(call, _)| words::value_hash(&call.name, &call.arguments));
    let values = hashed.collect::<Option<Vec<_>>>()?;
    let names: Vec<&str> = decoded.iter().map(|(call, _)| call.name.as_ref()).collect();
    let calls = names.join("\0");
    let head = head_of(row, &decoded, system);
    let id = identity(row, listed, system, &values);
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
    let (wordings, prompt, frame) = row_hashes::hashes_of(&turns, listed)?;
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
    let nested = text.bytes().filter(|sign| matches!(sign, b'{' | b'[')).count();
    let value = if nested > MAX_BRACKETS { None } else { parse(text) }.ok_or(Outcome::Refused)?;
    let mut written = String::with_capacity(text.len() + 16);
    write_spaced(&value, &mut written).ok_or(Outcome::Doubt)?;
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
    let written = if written == text {
        None
    } else if plain::holds_mark(&written) {
        return Err(Outcome::Doubt);
    } else {
        Some(written)
    };
    Ok((Call { name, arguments }, written))
}

/// The row of a dataset up to its tools, as `orjson` writes it.
fn head_of(row: &Raw<'_>, calls: &[Decoded<'_>], system: &str) -> Vec<u8> {
    let line = row.line;
    let mut head = Vec::with_capacity(line.bytes.len() + system.len() + 64);
    match line.kept {
        Some((begin, end)) if calls.iter().all(|call| call.1.is_none()) => {
            head.extend_from_slice(b"{\"conversations\":");
            head.extend_from_slice(&line.bytes[begin..end]);
        }
        _ => write_turns(row, calls, &mut head),
    }
    head.extend_from_slice(b",\"system\":");
    write_text(system, &mut head);
    head
}

fn write_turns(row: &Raw<'_>, calls: &[Decoded<'_>], head: &mut Vec<u8>) {
    let mut calls = calls.iter();
    head.extend_from_slice(b"{\"conversations\":[");
    for (at, (part, kind)) in row.parts.iter().zip(&row.plan.kinds).enumerate() {
        let written = if *kind == Kind::Call { calls.next().and_then(|one| one.1.as_deref()) } else { None };
        head.extend_from_slice(if at > 0 { b",{\"from\":\"" } else { b"{\"from\":\"" });
        head.extend_from_slice(role_of(*kind).as_bytes());
        head.extend_from_slice(b"\",\"value\":");
        match written {
            None if part.is_kept => {
                head.extend_from_slice(&row.line.bytes[part.written.0 - 1..=part.written.1]);
            }
            _ => write_text(written.unwrap_or(row.texts[at]), head),
        }
        head.push(b'}');
    }
    head.push(b']');
}

fn identity(row: &Raw<'_>, listed: &Listed, system: &str, values: &[u64]) -> u64 {
    let size: usize = row.texts.iter().map(|text| text.len() + 20).sum();
    let mut content = Vec::with_capacity(size + system.len() + 100);
    content.extend_from_slice(system.as_bytes());
    content.push(0);
    content.extend_from_slice(listed.fingerprint.as_bytes());
    content.push(0);
    row.plan.add_shape(&mut content);
    let mut values = values.iter();
    for (kind, text) in row.plan.kinds.iter().zip(&row.texts) {
        content.push(0);
        if *kind == Kind::Call {
            content.push(0);
            push_hex(values.next().copied().unwrap_or_default(), &mut content);
        } else {
            content.extend_from_slice(text.as_bytes());
        }
    }
    hash::xxh3_64(&content)
}

/// Add a number as `{:x}` of Python has it.
fn push_hex(number: u64, out: &mut Vec<u8>) {
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(1);
    out.extend((0..digits).rev().map(|digit| b"0123456789abcdef"[(number >> (4 * digit)) as usize & 15]));
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

/// The length of a row without its tools; see `fctune.dataset.estimates`.
fn estimate(head: &[u8]) -> i64 {
    let (mut behind, mut slashes) = (0, 0);
    for block in head.chunks(128) {
        // Counted in bytes, sixteen at a time: a block has fewer than one can hold.
        let (mut own, mut other) = (0_u8, 0_u8);
        for sign in block {
            own = own.wrapping_add(u8::from(sign & 0xc0 == 0x80));
            other = other.wrapping_add(u8::from(*sign == b'\\'));
        }
        behind += usize::from(own);
        slashes += usize::from(other);
    }
    let wide = behind as f64 / 2.0;
    let plain = head.len() as f64 - 3.0 * wide;
    let body = PER_ASCII * plain + PER_WIDE * wide + PER_QUOTE * slashes as f64;
    (ROW + body).round_ties_even() as i64
}
