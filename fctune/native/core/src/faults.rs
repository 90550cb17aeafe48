//! Plain rows with a fault in a call, or with a result that answers none: rejected here, with the
//! words of Python.
//!
//! Follows `fctune/conversations/faulty.py`, and `_check_order` of `fctune/conversations/check.py`.
//! Input: a row of which nothing else is unlawful. Output: what is wrong with it, and the row as the
//! file of rejects has it; `None` where Python must tell.

use crate::abi::text_of;
use crate::context::Listed;
use crate::fault_json;
use crate::fault_schema;
use crate::fault_words::unknown_tool;
use crate::json::{parse, write_spaced, write_text, Value};
use crate::json_write::COMPACT;
use crate::plain;
use crate::raw::Raw;
use crate::row::{Call, Finding, Kind};
use crate::scan::is_nested;

/// Tools with longer schemas are left to Python: they are read once for each faulty call.
const MAX_SPEC: usize = 1 << 16;

/// A row that is rejected.
pub struct Rejected {
    /// As it was read, written as compact JSON.
    pub row: String,
    pub list: u32,
    pub is_default_system: bool,
    /// What is wrong with it; nothing is told of its system text and its tools.
    pub findings: Vec<Finding>,
}

/// The verdict on a row of which a call or a result is not lawful.
pub fn rejected(row: &Raw<'_>, listed: &Listed, is_default_system: bool) -> Option<Rejected> {
    let mut judge = Judge { listed, unreadable: Vec::new(), unlawful: Vec::new(), unknown: Vec::new() };
    for (at, (kind, text)) in row.plan.kinds.iter().zip(&row.texts).enumerate() {
        if *kind == Kind::Call {
            judge.call(text, &format!("conversations[{}]", at + usize::from(row.plan.head)))?;
        }
    }
    let mut findings = judge.unreadable;
    findings.extend(row.plan.orphans.iter().map(|at| Finding {
        code: "result-orphan",
        place: format!("conversations[{at}]"),
        message: "got a result that answers no call".to_owned(),
    }));
    findings.append(&mut judge.unlawful);
    if findings.is_empty() {
        return None;
    }
    let line = text_of(row.line.bytes)?;
    let mut row = String::with_capacity(line.len());
    write_compact(&parse(line)?, &mut row)?;
    Some(Rejected { row, list: listed.id, is_default_system, findings })
}

struct Judge<'a> {
    listed: &'a Listed,
    /// Calls that are no JSON; these are told first.
    unreadable: Vec<Finding>,
    unlawful: Vec<Finding>,
    /// Tools that are not listed; each is named once.
    unknown: Vec<String>,
}

impl Judge<'_> {
    fn call(&mut self, text: &str, place: &str) -> Option<()> {
        let tools = self.listed.tools().filter(|tools| !tools.names.is_empty())?;
        if is_nested(text) {
            return None;
        }
        let Some(value) = parse(text) else {
            let message = fault_json::message(text)?;
            self.unreadable.push(Finding { code: "call-invalid-json", place: place.to_owned(), message });
            return Some(());
        };
        let mut written = String::with_capacity(text.len() + 16);
        write_spaced(&value, &mut written)?;
        if written != text && plain::holds_mark(&written) {
            return None;
        }
        let Call { name, arguments, .. } = Call::of(value)?;
        if plain::is_blank(&name) {
            return None;
        }
        if self.unknown.iter().any(|known| *known == name) {
            return Some(());
        }
        let place = format!("{place}.call");
        let Some(tool) = tools.tool(&name) else {
            let message = unknown_tool(&name, &tools.names)?;
            self.unknown.push(name.to_string());
            self.unlawful.push(Finding { code: "call-unknown-tool", place, message });
            return Some(());
        };
        if !tool.is_valid(&arguments)? {
            let spec = parse(Some(tool.spec()).filter(|spec| spec.len() <= MAX_SPEC)?)?;
            let found =
                fault_schema::faults(spec.get("parameters")?, &arguments, &format!("{place}.arguments"))?;
            self.unlawful.extend(found);
        }
        Some(())
    }
}

/// Write as `orjson` does; `None` where there is a number.
fn write_compact(value: &Value<'_>, out: &mut String) -> Option<()> {
    match value {
        Value::List(items) => return COMPACT.list(items, out, write_compact),
        Value::Dict(entries) => return COMPACT.dict(entries, out, write_compact),
        Value::Str(text) => write_text(text, out),
        Value::Null => out.push_str("null"),
        _ => return None,
    }
    Some(())
}
