//! A line of ShareGPT, taken apart: the texts of its turns and what their roles say.
//!
//! Follows `fctune/conversations/quick_turns.py` (`read_sharegpt`) and `QuickReader._open`. Input:
//! a line and what it says. Output: a Raw, or `None` where it is not plain.

use crate::abi::text_of;
use crate::context::Context;
use crate::line::{Line, Part, Space};
use crate::plain;
use crate::plan::{plan_of, Plan};
use crate::scan::Outcome;

/// A row as it was read: its texts, without that of a system turn, and its plan.
pub struct Raw<'a> {
    pub plan: Plan,
    pub line: &'a Line<'a>,
    /// Of its turns, without that of a system turn.
    pub parts: &'a [Part],
    pub texts: Vec<&'a str>,
    /// All texts are of ASCII, that of a system turn too.
    pub is_ascii: bool,
    /// The text of a system turn.
    late: Option<&'a str>,
    column: Option<&'a str>,
}

impl<'a> Raw<'a> {
    /// The row of a line; `None` where it is not plain, or no UTF-8.
    pub fn of(line: &'a Line<'a>, space: &'a Space) -> Option<Raw<'a>> {
        let plan = plan_of(space.parts.iter().map(|part| part.role))?;
        let said = text_of(space.said.filled())?;
        let column = if line.has_system { Some(text_of(space.system.filled())?) } else { None };
        let mut texts = Vec::with_capacity(space.parts.len());
        let (mut late, mut parts, mut begin) = (None, space.parts.as_slice(), 0);
        if plan.head {
            begin = parts[0].end;
            late = Some(said.get(..begin)?);
            parts = &parts[1..];
        }
        for part in parts {
            texts.push(said.get(begin..part.end)?);
            begin = part.end;
        }
        let first = *texts.first()?;
        let lists = !line.tools.is_none_or(<[u8]>::is_empty);
        let mut turns = plan.kinds.iter().zip(&texts);
        let plain = plain::is_plain_row(said, first)
            && turns.all(|(kind, text)| plain::starts_plain(*kind, text, lists))
            && (lists || !plain::may_list_tools(first));
        plain.then(|| Raw { plan, line, parts, is_ascii: said.is_ascii(), texts, late, column })
    }

    /// The system text, and whether it is the default one.
    pub fn system<'s>(&'s self, context: &'s Context) -> Result<(&'s str, bool), Outcome> {
        let text = match (self.column, self.late) {
            (None, None) => return Ok((&context.settings.system, true)),
            (Some(_), Some(_)) => return Err(Outcome::Doubt),
            (Some(text), None) | (None, Some(text)) => text,
        };
        match context.system(text) {
            None => Err(Outcome::System),
            Some(false) => Err(Outcome::Doubt),
            Some(true) if plain::is_blank(text) => Ok((&context.settings.system, true)),
            Some(true) => Ok((text, false)),
        }
    }
}
