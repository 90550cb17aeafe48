//! What one worker knows: how rows are read, and the tool lists and system texts met so far.
//!
//! Follows `QuickReader` in `fctune/conversations/quick.py`. Tool lists and system texts are judged
//! by Python, which tells this library of each (`Context::tell`), but for lists in canonical form
//! (`Context::judge`); a row with one that is not known yet is told as such, and read again afterwards.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::bounded::Bounded;
use crate::columns::Columns;
use crate::json::{unescape, Value};
use crate::line::Space;
use crate::lists;
use crate::rejects::Words;
use crate::row_write::Buffers;
use crate::seeded::Map;
use crate::shapes::Shapes;
use crate::tools::Tools;

/// Number of the first list that is judged here; Python counts from 0.
const JUDGED: u32 = 1 << 31;

/// An audit that was ported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    Claims,
    Meant,
    Grounding,
    Personal,
}

/// What becomes of a row that may be too long by estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Long {
    Off,
    Marked,
    Doubt,
}

/// How rows are read; the same for all rows of a build.
pub struct Settings {
    /// The system text of rows without one.
    pub system: String,
    /// In the order in which Python asks them.
    pub audits: Vec<Audit>,
    pub cutoff: i64,
    pub long: Long,
    /// Whether near duplicates are looked for.
    pub near: bool,
    /// Whether lists that stand in canonical form need no judge.
    pub plain_lists: bool,
    /// What is told of rejected rows.
    pub words: Words,
}

/// A tool list that was judged, by Python or here.
pub struct Listed {
    pub id: u32,
    /// Rows with it can be read here.
    pub is_sure: bool,
    pub fingerprint: String,
    /// The text of the `tools` column; empty where the row lists none.
    pub text: String,
    /// Its length by estimate.
    pub tokens: i64,
    tools: OnceCell<Option<Tools>>,
}

impl Listed {
    /// The tools, read when first asked for; `None` where they are in doubt.
    pub fn tools(&self) -> Option<&Tools> {
        self.tools.get_or_init(|| Tools::of(&self.text)).as_ref()
    }
}

/// See the head of this file.
pub struct Context {
    pub settings: Settings,
    /// Where lines are read; between them it is here.
    pub space: Space,
    pub buffers: Buffers,
    lists: Map<Box<str>, Rc<Listed>>,
    /// The same by their text as the line has it, with its escapes.
    written: Bounded<Rc<Listed>>,
    missing: Option<Rc<Listed>>,
    systems: Bounded<bool>,
    calls: Bounded<u32>,
    calls_next: u32,
    /// The text of the tools that Python was not told of yet, asked for last.
    pub lacking: String,
    /// The lists that were judged here and that Python does not know yet.
    pub judged: Vec<Rc<Listed>>,
    judged_next: u32,
    pub shapes: Shapes,
    /// What became of the lines of the last block.
    pub columns: Columns,
}

impl Context {
    pub fn of(given: &Value<'_>) -> Option<Context> {
        let audits = given.get("audits")?.as_list()?.iter().map(audit_of).collect::<Option<_>>()?;
        let Value::Int(cutoff) = given.get("cutoff")? else { return None };
        let long = match given.get("long")?.as_str()? {
            "off" => Long::Off,
            "marked" => Long::Marked,
            "doubt" => Long::Doubt,
            _ => return None,
        };
        let system = given.get("system")?.as_str()?.to_owned();
        let near = matches!(given.get("near"), Some(Value::Bool(true)));
        let plain_lists = matches!(given.get("plain_lists"), Some(Value::Bool(true)));
        let words = Words::of(given)?;
        Some(Context {
            settings: Settings { system, audits, cutoff: *cutoff, long, near, plain_lists, words },
            space: Space::default(),
            buffers: Buffers::default(),
            lists: Map::default(),
            written: Bounded::default(),
            missing: None,
            systems: Bounded::default(),
            calls: Bounded::default(),
            calls_next: 0,
            lacking: String::new(),
            judged: Vec::new(),
            judged_next: JUDGED,
            shapes: Shapes::default(),
            columns: Columns::default(),
        })
    }

    /// Take what Python has judged: a tool list (`raw`, `text`, ...), a system text (`system`), or
    /// that all tool lists are to be forgotten (`clear`), which bounds them.
    pub fn tell(&mut self, given: &Value<'_>) -> Option<()> {
        let Value::Bool(is_sure) = given.get("is_sure")? else { return None };
        if given.get("clear").is_some() {
            self.lists.clear();
            self.written.clear();
            self.shapes = Shapes::default();
            return Some(());
        }
        if let Some(system) = given.get("system") {
            self.systems.insert(system.as_str()?.as_bytes(), *is_sure);
            return Some(());
        }
        let (Value::Int(id), Value::Int(tokens)) = (given.get("id")?, given.get("tokens")?) else {
            return None;
        };
        let listed = Rc::new(Listed {
            id: u32::try_from(*id).ok()?,
            is_sure: *is_sure,
            fingerprint: given.get("fingerprint")?.as_str()?.to_owned(),
            text: given.get("text")?.as_str()?.to_owned(),
            tokens: *tokens,
            tools: OnceCell::new(),
        });
        match given.get("raw")? {
            Value::Null => self.missing = Some(listed),
            raw => {
                self.lists.insert(raw.as_str()?.into(), listed);
            }
        }
        Some(())
    }

    /// The list of a row, by what stands between the quotes of its `tools`; `None` where that is no
    /// string, `Some(None)` where Python has not told of it.
    pub fn listed(&mut self, written: Option<&[u8]>) -> Option<Option<Rc<Listed>>> {
        let Some(written) = written else { return Some(self.missing.clone()) };
        if let Some(known) = self.written.get(written) {
            return Some(Some(known.clone()));
        }
        let text = unescape(std::str::from_utf8(written).ok()?)?;
        let found = self.lists.get(text.as_ref()).cloned();
        if let Some(listed) = &found {
            self.written.insert(written, listed.clone());
        } else {
            self.lacking.clear();
            self.lacking.push_str(&text);
        }
        Some(found)
    }

    /// Judge the list that was lacking last; whether that could be done.
    pub fn judge(&mut self) -> bool {
        let wanted = self.settings.plain_lists && self.judged_next < u32::MAX;
        let Some(found) = wanted.then(|| lists::plain(&self.lacking)).flatten() else { return false };
        let listed = Rc::new(Listed {
            id: self.judged_next,
            is_sure: true,
            fingerprint: found.fingerprint,
            text: found.text,
            tokens: found.tokens,
            tools: OnceCell::new(),
        });
        self.judged.push(listed.clone());
        self.lists.insert(self.lacking.as_str().into(), listed);
        self.judged_next += 1;
        true
    }

    /// Whether a system text is sure; `None` where Python has not told of it.
    pub fn system(&self, text: &str) -> Option<bool> {
        self.systems.get(text.as_bytes()).copied()
    }

    /// The number of a sequence of called names, and whether it is new.
    pub fn calls(&mut self, names: &str) -> (u32, bool) {
        if let Some(known) = self.calls.get(names.as_bytes()) {
            return (*known, false);
        }
        let number = self.calls_next;
        self.calls_next += 1;
        self.calls.insert(names.as_bytes(), number);
        (number, true)
    }
}

fn audit_of(name: &Value<'_>) -> Option<Audit> {
    Some(match name.as_str()? {
        "claims" => Audit::Claims,
        "meant" => Audit::Meant,
        "grounding" => Audit::Grounding,
        "personal" => Audit::Personal,
        _ => return None,
    })
}
