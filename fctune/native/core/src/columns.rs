//! What became of the lines of a block, as the columns that `fctune/native/rows.py` takes up.
//!
//! Input: bytes that hold whole lines, each with its line end. Output: `Columns`, all numbers
//! little-endian: of each line its status, and where it ends (u64); of each row that can be written
//! one record, as a segment packs it (`PACK` of `fctune/dataset/layout.py`), its line and
//! ordinal counted from 0 and its shape by its number here; what is written of these rows (heads),
//! their wordings and values; the shapes that are new (the number of the first as u64, then of each
//! its tool list, the ends of its called names and of the codes of its findings as u32, lesson,
//! language, flags and a zero) and those names and codes, with zeros between them; the tool lists that
//! were judged here (number and end of text as u32) and their texts; marks, which is what audits
//! found as the JSON list that a dataset holds (`fctune.dataset.record.marks_of`); why rows are
//! rejected, as JSON (`[[line, tool list, size, codes]]`), and these rows as `rejects.rs` writes
//! them; and what near duplicates are found by, where asked for: of each row the hash of its facts,
//! how many tokens it has, how many numbers its brief has, then the tokens and the briefs, all u64.
//! The columns are kept for the next block, as memory that was just used is quicker than new one.

use std::borrow::Cow;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;

use crate::context::{Context, Listed};
use crate::faults::Rejected;
use crate::json::{write_spaced, write_text, Value};
use crate::near::Said;
use crate::rejects::Words;
use crate::row::Finding;
use crate::scan::{scan, Outcome, Scanned};
use crate::shapes::{Shape, Shapes};

/// Lines that are read at once: a block may hold nothing but line ends.
const MAX_LINES: usize = 4096;
/// Room of a part beyond this is given back: a row may be of any size.
const KEPT: usize = 8 << 20;
const DOUBT: u8 = 0;
const SURE: u8 = 1;
/// Status of a line of which Python must tell the tools first.
pub const TOOLS: u8 = 2;
const SYSTEM: u8 = 3;
const REFUSED: u8 = 4;
const REJECTED: u8 = 5;
const LESSONS: [&str; 5] = ["general", "no_call", "ask_back", "call", "multi_turn"];
const LANGUAGES: [&str; 3] = ["en", "zh", "other"];

/// The parts of the columns, in the order in which Python takes them.
#[derive(Clone, Copy)]
enum Part {
    Records,
    Heads,
    Wordings,
    Values,
    Marks,
    Shapes,
    Names,
    Lists,
    Texts,
    Reasons,
    Rejects,
    Near,
    Statuses,
    Ends,
}

/// How many parts there are.
pub const PARTS: usize = Part::Ends as usize + 1;
/// What near duplicates are found by, until it becomes one part.
const FACTS: usize = 0;
const COUNTS: usize = 1;
const SIZES: usize = 2;
const TOKENS: usize = 3;
const BRIEFS: usize = 4;

/// What became of some lines; see the head of this file.
#[derive(Default)]
pub struct Columns {
    parts: [Vec<u8>; PARTS],
    reasons: Vec<Value<'static>>,
    said: [Vec<u8>; BRIEFS + 1],
}

/// Tells the context what a line lacks, by the status of the line; false where that is not known.
pub type Ask<'a> = dyn FnMut(u8, &[u8], &mut Context) -> bool + 'a;

/// Read the lines of a block from a place on; the columns are those of the context afterwards.
pub fn scan_all(block: &[u8], begin: usize, context: &mut Context, ask: &mut Ask<'_>) -> Option<()> {
    let mut columns = std::mem::take(&mut context.columns);
    let mut shapes = std::mem::take(&mut context.shapes);
    columns.clear();
    shapes.bound();
    columns.put(Part::Shapes, &(shapes.count() as u64).to_le_bytes());
    let mut begin = begin;
    let mut line = 0;
    while begin < block.len() && line < MAX_LINES {
        let end = line_end(block, begin);
        let outcome = outcome_of(&block[begin..end], context, ask);
        columns.add(line, outcome, context, &mut shapes)?;
        columns.put(Part::Ends, &(end as u64).to_le_bytes());
        (begin, line) = (end, line + 1);
    }
    columns.close(&std::mem::take(&mut context.judged))?;
    // Where this is not reached, both are lost: shapes count from 0 again.
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
        self.parts.each_ref().map(Vec::as_slice)
    }

    fn clear(&mut self) {
        for part in self.parts.iter_mut().chain(&mut self.said) {
            part.clear();
            part.shrink_to(KEPT);
        }
        self.reasons.clear();
    }

    fn put(&mut self, part: Part, bytes: &[u8]) {
        self.parts[part as usize].extend_from_slice(bytes);
    }

    fn size(&self, part: Part) -> Option<u32> {
        u32::try_from(self.parts[part as usize].len()).ok()
    }

    fn add(
        &mut self,
        line: usize,
        outcome: Outcome,
        context: &mut Context,
        shapes: &mut Shapes,
    ) -> Option<()> {
        let status = match outcome {
            Outcome::Row(row) => self.add_row(line, *row, context, shapes)?,
            Outcome::Rejected(rejected) => self.add_rejected(line, &rejected, &context.settings.words),
            Outcome::Doubt => DOUBT,
            Outcome::Tools => TOOLS,
            Outcome::System => SYSTEM,
            Outcome::Refused => REFUSED,
        };
        self.put(Part::Statuses, &[status]);
        Some(())
    }

    fn add_rejected(&mut self, line: usize, rejected: &Rejected, words: &Words) -> u8 {
        let mut written = String::with_capacity(rejected.row.len() + 1024);
        let Some(codes) = words.write(rejected, &mut written) else { return REFUSED };
        self.put(Part::Rejects, written.as_bytes());
        self.reasons.push(Value::List(vec![
            Value::Int(line as i64),
            Value::Int(i64::from(rejected.list)),
            Value::Int(written.len() as i64),
            Value::Str(Cow::Owned(codes)),
        ]));
        REJECTED
    }

    fn add_row(
        &mut self,
        line: usize,
        row: Scanned,
        context: &mut Context,
        shapes: &mut Shapes,
    ) -> Option<u8> {
        let sizes = (u16::try_from(row.wordings.len()), u16::try_from(row.values.len()));
        let (Ok(wordings), Ok(values)) = sizes else { return Some(DOUBT) };
        let shape = self.shape_of(&row, context, shapes)?;
        let marks = self.mark(&row.findings)?;
        let (line, head) = (u32::try_from(line).ok()?, u32::try_from(row.head.len()).ok()?);
        for number in [line, line] {
            self.put(Part::Records, &number.to_le_bytes());
        }
        self.put(Part::Records, &[0; 2]); // its part of a raw row
        self.put(Part::Records, &row.id.to_le_bytes());
        for number in [u32::try_from(row.tokens).ok()?, head, head, shape] {
            self.put(Part::Records, &number.to_le_bytes());
        }
        for number in [row.prompt, row.answer, row.frame] {
            self.put(Part::Records, &number.to_le_bytes());
        }
        for count in [wordings, values] {
            self.put(Part::Records, &count.to_le_bytes());
        }
        self.put(Part::Records, &[0; 10]); // of traces
        self.put(Part::Records, &marks.to_le_bytes());
        if let Some(said) = &row.said {
            self.add_said(said);
        }
        self.put(Part::Heads, &row.head);
        context.buffers.head = row.head;
        row.wordings.iter().for_each(|number| self.put(Part::Wordings, &number.to_le_bytes()));
        row.values.iter().for_each(|number| self.put(Part::Values, &number.to_le_bytes()));
        Some(SURE)
    }

    fn add_said(&mut self, said: &Said) {
        let (tokens, brief) = (said.tokens(), said.brief());
        let counts = [said.facts(), tokens.len() as u64, brief.len() as u64];
        for (part, count) in [FACTS, COUNTS, SIZES].into_iter().zip(counts) {
            self.said[part].extend(count.to_le_bytes());
        }
        tokens.iter().for_each(|token| self.said[TOKENS].extend(token.to_le_bytes()));
        brief.iter().for_each(|number| self.said[BRIEFS].extend(number.to_le_bytes()));
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
            self.put(Part::Shapes, &shape.list.to_le_bytes());
            for text in [&row.calls, &found] {
                self.put(Part::Names, text.as_bytes());
                self.put(Part::Shapes, &self.size(Part::Names)?.to_le_bytes());
            }
            self.put(Part::Shapes, &[lesson, language, flags, 0]);
        }
        Some(number)
    }

    /// Write what audits found in a row; return how many bytes that is.
    fn mark(&mut self, findings: &[Finding]) -> Option<u32> {
        if findings.is_empty() {
            return Some(0);
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
        self.put(Part::Marks, text.as_bytes());
        u32::try_from(text.len()).ok()
    }

    fn close(&mut self, judged: &[Rc<Listed>]) -> Option<()> {
        let mut written = String::new();
        write_spaced(&Value::List(std::mem::take(&mut self.reasons)), &mut written)?;
        self.put(Part::Reasons, written.as_bytes());
        for listed in judged {
            self.put(Part::Texts, listed.text.as_bytes());
            self.put(Part::Lists, &listed.id.to_le_bytes());
            self.put(Part::Lists, &self.size(Part::Texts)?.to_le_bytes());
        }
        self.said.iter().for_each(|said| self.parts[Part::Near as usize].extend_from_slice(said));
        Some(())
    }
}
