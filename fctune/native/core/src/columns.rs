//! What became of the lines of a block, as the columns that `fctune/native/rows.py` takes up.
//!
//! Input: bytes that hold whole lines, each with its line end. Output: `Columns`, all numbers
//! little-endian: one record of `RECORD` bytes a line; what is written of the rows (heads), their
//! wordings and values; the shapes that are new (the number of the first as u64, then of each its
//! tool list, the ends of its called names and of the codes of its findings as u32, lesson, language,
//! flags and a zero) and those names and codes, with zeros between them; the tool lists that were
//! judged here (number and end of text as u32) and their texts; marks, which is what audits
//! found as the JSON list that a dataset holds (`fctune.dataset.record.marks_of`); why rows are
//! rejected, as JSON (`[[line, tool list, has default system text, [[code, place, message]]]]`), such
//! a row standing whole among the heads; and what near duplicates are found by, where asked for: of
//! each line the hash of its facts, how many tokens it has, how many numbers its brief has, then the
//! tokens and the briefs, all u64. The columns are kept for the next block, as memory that was just
//! used is quicker than new one.

use std::borrow::Cow;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;

use crate::context::{Context, Listed};
use crate::faults::Rejected;
use crate::json::{write_spaced, write_text, Value};
use crate::row::Finding;
use crate::scan::{scan, Outcome, Scanned};
use crate::shapes::{Shape, Shapes};

/// Bytes of one record.
pub const RECORD: usize = 64;
/// Lines that are read at once: a block may hold nothing but line ends.
const MAX_LINES: usize = 4096;
const DOUBT: u8 = 0;
const SURE: u8 = 1;
/// Status of a line of which Python must tell the tools first.
pub const TOOLS: u8 = 2;
const SYSTEM: u8 = 3;
const REFUSED: u8 = 4;
const REJECTED: u8 = 5;
const LESSONS: [&str; 5] = ["general", "no_call", "ask_back", "call", "multi_turn"];
const LANGUAGES: [&str; 3] = ["en", "zh", "other"];

/// What became of some lines; see the head of this file.
#[derive(Default)]
pub struct Columns {
    records: Vec<u8>,
    heads: Vec<u8>,
    wordings: Vec<u8>,
    values: Vec<u8>,
    shapes: Vec<u8>,
    names: Vec<u8>,
    lists: Vec<u8>,
    texts: Vec<u8>,
    marks: Vec<u8>,
    reasons: Vec<Value<'static>>,
    told: Vec<u8>,
    near: Vec<u8>,
    facts: Vec<u8>,
    counts: Vec<u8>,
    tokens: Vec<u8>,
    sizes: Vec<u8>,
    briefs: Vec<u8>,
}

/// Parts of the columns as Python sees them.
pub const PARTS: usize = 11;

/// Tells the context what a line lacks, by the status of the line; false where that is not known.
pub type Ask<'a> = dyn FnMut(u8, &[u8], &mut Context) -> bool + 'a;

/// Read the lines of a block from a place on; the columns are those of the context afterwards.
pub fn scan_all(block: &[u8], begin: usize, context: &mut Context, ask: &mut Ask<'_>) -> Option<()> {
    let mut columns = std::mem::take(&mut context.columns);
    let mut shapes = std::mem::take(&mut context.shapes);
    columns.clear();
    shapes.bound();
    columns.shapes.extend((shapes.count() as u64).to_le_bytes());
    let mut begin = begin;
    let mut line = 0;
    while begin < block.len() && line < MAX_LINES {
        let end = line_end(block, begin);
        let outcome = outcome_of(&block[begin..end], context, ask);
        columns.add(line, outcome, context, &mut shapes)?;
        let size = columns.records.len();
        columns.records[size - 8..].copy_from_slice(&(end as u64).to_le_bytes());
        (begin, line) = (end, line + 1);
    }
    columns.close(&std::mem::take(&mut context.judged))?;
    // Where this is not reached, both are lost, and the shapes count from 0 again.
    (context.columns, context.shapes) = (columns, shapes);
    Some(())
}

/// Where a line ends, with its line end.
fn line_end(block: &[u8], begin: usize) -> usize {
    let mut at = begin;
    // In pieces that the compiler looks through at once.
    for piece in block[begin..].chunks_exact(64) {
        if piece.iter().fold(false, |found, sign| found | (*sign == b'\n')) {
            break;
        }
        at += 64;
    }
    let found = block[at..].iter().position(|sign| *sign == b'\n');
    found.map_or(block.len(), |length| at + length + 1)
}

/// What became of a line; what it lacks is asked for, at most both a tool list and a system text.
fn outcome_of(line: &[u8], context: &mut Context, ask: &mut Ask<'_>) -> Outcome {
    // A fault of this library in one row is a doubt about that row.
    let read = |context: &mut Context| {
        catch_unwind(AssertUnwindSafe(|| scan(line, context))).unwrap_or(Outcome::Doubt)
    };
    let mut outcome = read(context);
    for _ in 0..2 {
        let status = match outcome {
            Outcome::Tools => TOOLS,
            Outcome::System => SYSTEM,
            _ => break,
        };
        let is_known = matches!(outcome, Outcome::Tools) && context.judge();
        if !is_known && !ask(status, line, context) {
            return Outcome::Doubt;
        }
        outcome = read(context);
    }
    outcome
}

impl Columns {
    /// The columns, in the order in which Python takes them.
    pub fn parts(&self) -> [&[u8]; PARTS] {
        let texts = [&self.records, &self.heads, &self.wordings, &self.values];
        let rest = [&self.shapes, &self.names, &self.lists, &self.texts, &self.marks, &self.told, &self.near];
        let [records, heads, wordings, values] = texts.map(Vec::as_slice);
        let [shapes, names, lists, texts, marks, told, near] = rest.map(Vec::as_slice);
        [records, heads, wordings, values, shapes, names, lists, texts, marks, told, near]
    }

    fn clear(&mut self) {
        let texts = [&mut self.records, &mut self.heads, &mut self.wordings, &mut self.values];
        texts.into_iter().for_each(Vec::clear);
        let rest = [
            &mut self.shapes,
            &mut self.names,
            &mut self.lists,
            &mut self.texts,
            &mut self.marks,
            &mut self.told,
            &mut self.near,
        ];
        rest.into_iter().for_each(Vec::clear);
        let said = [&mut self.facts, &mut self.counts, &mut self.tokens, &mut self.sizes, &mut self.briefs];
        said.into_iter().for_each(Vec::clear);
    }

    fn add(
        &mut self,
        line: usize,
        outcome: Outcome,
        context: &mut Context,
        shapes: &mut Shapes,
    ) -> Option<()> {
        match outcome {
            Outcome::Row(row) => self.add_row(*row, context, shapes)?,
            Outcome::Rejected(rejected) => self.add_rejected(line, *rejected)?,
            Outcome::Doubt => self.add_status(DOUBT),
            Outcome::Tools => self.add_status(TOOLS),
            Outcome::System => self.add_status(SYSTEM),
            Outcome::Refused => self.add_status(REFUSED),
        }
        if context.settings.near {
            self.facts.resize((line + 1) * 8, 0);
            self.counts.resize((line + 1) * 8, 0);
            self.sizes.resize((line + 1) * 8, 0);
        }
        Some(())
    }

    fn add_status(&mut self, status: u8) {
        let size = self.records.len();
        self.records.resize(size + RECORD, 0);
        self.records[size + RECORD - 16] = status;
    }

    fn add_rejected(&mut self, line: usize, rejected: Rejected) -> Option<()> {
        self.add_status(REJECTED);
        let (size, head) = (self.records.len(), u32::try_from(rejected.row.len()).ok()?);
        self.records[size - 32..size - 28].copy_from_slice(&head.to_le_bytes());
        self.heads.extend(rejected.row.as_bytes());
        self.reasons.push(Value::List(vec![
            Value::Int(line as i64),
            Value::Int(i64::from(rejected.list)),
            Value::Bool(rejected.is_default_system),
            Value::List(rejected.findings.into_iter().map(told).collect()),
        ]));
        Some(())
    }

    fn add_row(&mut self, row: Scanned, context: &mut Context, shapes: &mut Shapes) -> Option<()> {
        let sizes = (u16::try_from(row.wordings.len()), u16::try_from(row.values.len()));
        let (Ok(wordings), Ok(values)) = sizes else {
            self.add_status(DOUBT);
            return Some(());
        };
        let shape = self.shape_of(&row, context, shapes)?;
        let marks = self.mark(&row.findings);
        for number in [row.id, row.prompt, row.answer, row.frame] {
            self.records.extend(number.to_le_bytes());
        }
        let head = u32::try_from(row.head.len()).ok()?;
        for number in [head, u32::try_from(row.tokens).ok()?, shape] {
            self.records.extend(number.to_le_bytes());
        }
        for count in [wordings, values] {
            self.records.extend(count.to_le_bytes());
        }
        self.records.extend([SURE, 0, 0, 0]);
        self.records.extend(u32::try_from(marks).ok()?.to_le_bytes());
        self.records.extend([0; 8]); // where the line ends, which is put there later
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

    /// The number of the shape of a row, which is told of where it is new.
    fn shape_of(&mut self, row: &Scanned, context: &mut Context, shapes: &mut Shapes) -> Option<u32> {
        let (calls, _) = context.calls(&row.calls);
        let found = row.findings.iter().map(|one| one.code).collect::<Vec<_>>().join("\0");
        let codes = if found.is_empty() { u32::MAX } else { context.calls(&found).0 };
        let lesson = LESSONS.iter().position(|name| *name == row.lesson)?;
        let language = LANGUAGES.iter().position(|name| *name == row.language)?;
        let (lesson, language) = (lesson as u8, language as u8);
        let flags = u8::from(row.is_default_system) | u8::from(row.is_long) << 1;
        let shape = Shape { list: row.list, calls, codes, lesson, language, flags };
        let (number, is_new) = shapes.number(shape, row.calls.len() + found.len());
        if is_new {
            self.shapes.extend(shape.list.to_le_bytes());
            for text in [&row.calls, &found] {
                self.names.extend(text.as_bytes());
                self.shapes.extend(u32::try_from(self.names.len()).ok()?.to_le_bytes());
            }
            self.shapes.extend([lesson, language, flags, 0]);
        }
        Some(number)
    }

    /// Write what audits found in a row; return how many bytes that is.
    fn mark(&mut self, findings: &[Finding]) -> usize {
        if findings.is_empty() {
            return 0;
        }
        let mut text = String::with_capacity(160 * findings.len());
        for one in findings {
            text.push_str(if text.is_empty() { "[" } else { "," });
            for (name, said) in
                [("{\"code\":", one.code), (",\"where\":", &one.place), (",\"message\":", &one.message)]
            {
                text.push_str(name);
                write_text(said, &mut text);
            }
            text.push('}');
        }
        text.push(']');
        self.marks.extend(text.as_bytes());
        text.len()
    }

    fn close(&mut self, judged: &[Rc<Listed>]) -> Option<()> {
        let mut written = String::new();
        write_spaced(&Value::List(std::mem::take(&mut self.reasons)), &mut written)?;
        self.told = written.into_bytes();
        for listed in judged {
            self.texts.extend(listed.text.as_bytes());
            self.lists.extend(listed.id.to_le_bytes());
            self.lists.extend(u32::try_from(self.texts.len()).ok()?.to_le_bytes());
        }
        for part in [&self.facts, &self.counts, &self.sizes, &self.tokens, &self.briefs] {
            self.near.extend(part);
        }
        Some(())
    }
}

fn told(one: Finding) -> Value<'static> {
    let texts = [Cow::Borrowed(one.code), Cow::Owned(one.place), Cow::Owned(one.message)];
    Value::List(texts.map(Value::Str).to_vec())
}
