//! What became of many lines, as the bytes that `fctune/native/rows.py` takes apart.
//!
//! Layout, all numbers little-endian: seven u64 (lines, and the bytes of the six parts behind the
//! records), one record of `RECORD` bytes a line, then the parts: heads, wordings, values, names of
//! calls that are new (`[[number, "a\0b"], ...]`), findings (`[[line, [[code, place, message]]]]`),
//! what near duplicates are found by, where asked for: of each line the hash of its facts, of each how
//! many tokens it has, of each how many numbers its brief has, then the tokens and the briefs, all u64.

use std::borrow::Cow;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::context::Context;
use crate::faults::Rejected;
use crate::json::{write_spaced, Value};
use crate::row::Finding;
use crate::scan::{scan, Outcome, Scanned};

/// Bytes of one record.
pub const RECORD: usize = 56;
const LESSONS: [&str; 5] = ["general", "no_call", "ask_back", "call", "multi_turn"];
const LANGUAGES: [&str; 3] = ["en", "zh", "other"];

#[derive(Default)]
struct Columns {
    records: Vec<u8>,
    heads: Vec<u8>,
    wordings: Vec<u8>,
    values: Vec<u8>,
    calls: Vec<Value<'static>>,
    findings: Vec<Value<'static>>,
    facts: Vec<u8>,
    counts: Vec<u8>,
    tokens: Vec<u8>,
    sizes: Vec<u8>,
    briefs: Vec<u8>,
}

/// Read lines; `ends` holds where each ends in `block`.
pub fn scan_all(block: &[u8], ends: &[u64], context: &mut Context) -> Option<Vec<u8>> {
    let mut columns = Columns::default();
    let mut begin = 0;
    for (line, end) in ends.iter().enumerate() {
        let end = usize::try_from(*end).ok()?;
        let text = block.get(begin..end)?;
        // A fault of this library in one row is a doubt about that row.
        let outcome = catch_unwind(AssertUnwindSafe(|| scan(text, context)));
        match outcome.unwrap_or(Outcome::Doubt) {
            Outcome::Row(row) => columns.add(line, *row, context)?,
            Outcome::Rejected(told) => columns.add_rejected(line, *told)?,
            Outcome::Doubt => columns.add_status(0),
            Outcome::Tools => columns.add_status(2),
            Outcome::System => columns.add_status(3),
            Outcome::Refused => columns.add_status(4),
        }
        if context.settings.near {
            columns.facts.resize((line + 1) * 8, 0);
            columns.counts.resize((line + 1) * 8, 0);
            columns.sizes.resize((line + 1) * 8, 0);
        }
        begin = end;
    }
    columns.written(ends.len())
}

impl Columns {
    fn add_status(&mut self, status: u8) {
        let size = self.records.len();
        self.records.resize(size + RECORD, 0);
        self.records[size + RECORD - 4] = status;
    }

    fn add_rejected(&mut self, line: usize, told: Rejected) -> Option<()> {
        self.add_findings(line, told.findings);
        self.records.extend([0; 32]);
        for number in [u32::try_from(told.row.len()).ok()?, 0, told.list, 0, 0] {
            self.records.extend(number.to_le_bytes());
        }
        self.records.extend([5, 0, 0, u8::from(told.is_default_system)]);
        self.heads.extend(told.row.as_bytes());
        Some(())
    }

    fn add_findings(&mut self, line: usize, findings: Vec<Finding>) {
        if !findings.is_empty() {
            let found = findings.into_iter().map(told).collect();
            self.findings.push(Value::List(vec![Value::Int(line as i64), Value::List(found)]));
        }
    }

    fn add(&mut self, line: usize, row: Scanned, context: &mut Context) -> Option<()> {
        let (calls, is_new) = context.calls(&row.calls);
        if is_new {
            let names = Value::Str(Cow::Owned(row.calls));
            self.calls.push(Value::List(vec![Value::Int(i64::from(calls)), names]));
        }
        self.add_findings(line, row.findings);
        for number in [row.id, row.prompt, row.answer, row.frame] {
            self.records.extend(number.to_le_bytes());
        }
        let head = u32::try_from(row.head.len()).ok()?;
        for number in [head, u32::try_from(row.tokens).ok()?, row.list, calls] {
            self.records.extend(number.to_le_bytes());
        }
        for count in [row.wordings.len(), row.values.len()] {
            self.records.extend(u16::try_from(count).ok()?.to_le_bytes());
        }
        let lesson = LESSONS.iter().position(|name| *name == row.lesson)?;
        let language = LANGUAGES.iter().position(|name| *name == row.language)?;
        let flags = u8::from(row.is_default_system) | u8::from(row.is_long) << 1;
        self.records.extend([1, lesson as u8, language as u8, flags]);
        if let Some(said) = row.said {
            let tokens = said.tokens();
            self.facts.extend(said.facts().to_le_bytes());
            self.counts.extend((tokens.len() as u64).to_le_bytes());
            tokens.iter().for_each(|token| self.tokens.extend(token.to_le_bytes()));
            let brief = said.brief();
            self.sizes.extend((brief.len() as u64).to_le_bytes());
            brief.iter().for_each(|number| self.briefs.extend(number.to_le_bytes()));
        }
        self.heads.extend_from_slice(&row.head);
        context.buffers.head = row.head;
        row.wordings.iter().for_each(|number| self.wordings.extend(number.to_le_bytes()));
        row.values.iter().for_each(|number| self.values.extend(number.to_le_bytes()));
        Some(())
    }

    fn written(self, lines: usize) -> Option<Vec<u8>> {
        let (calls, findings) = (json_of(self.calls)?, json_of(self.findings)?);
        let near = [self.facts, self.counts, self.sizes, self.tokens, self.briefs].concat();
        let parts = [&self.heads, &self.wordings, &self.values, &calls, &findings, &near];
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let mut out = Vec::with_capacity(56 + self.records.len() + size);
        out.extend((lines as u64).to_le_bytes());
        parts.iter().for_each(|part| out.extend((part.len() as u64).to_le_bytes()));
        out.extend(&self.records);
        parts.iter().for_each(|part| out.extend(part.as_slice()));
        Some(out)
    }
}

fn told(one: Finding) -> Value<'static> {
    let texts = [Cow::Borrowed(one.code), Cow::Owned(one.place), Cow::Owned(one.message)];
    Value::List(texts.map(Value::Str).to_vec())
}

fn json_of(items: Vec<Value<'static>>) -> Option<Vec<u8>> {
    let mut out = String::new();
    write_spaced(&Value::List(items), &mut out)?;
    Some(out.into_bytes())
}
