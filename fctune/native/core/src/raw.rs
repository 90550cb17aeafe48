//! A line of ShareGPT, parsed: the texts of its turns and what their roles say.
//!
//! Follows `fctune/conversations/quick_turns.py` (`read_sharegpt`) and `QuickReader._open`. Input:
//! the fields of a line. Output: a Raw, or `None` where it is not plain.

use crate::context::Context;
use crate::json::{Fields, Value};
use crate::plain;
use crate::plan::{plan_of, Plan};
use crate::scan::Outcome;

/// A row as it was parsed: its texts, without that of a system turn, and its plan.
pub struct Raw<'a> {
    pub plan: Plan,
    /// Of its turns, without that of a system turn.
    pub texts: Vec<&'a str>,
    /// The text of a system turn.
    pub late: Option<&'a str>,
    column: Option<&'a str>,
}

impl<'a> Raw<'a> {
    /// The row of a line; `None` where it is not plain.
    pub fn of(fields: &'a Fields<'a>) -> Option<Raw<'a>> {
        let (mut turns, mut column) = (None, None);
        for (key, inner) in &fields.entries {
            match (key.as_ref(), inner) {
                ("conversations", Value::List(items)) => turns = Some(items),
                ("system", Value::Null) => {}
                ("system", Value::Str(text)) => column = Some(text.as_ref()),
                _ => return None,
            }
        }
        let turns = turns?;
        let mut texts = Vec::with_capacity(turns.len());
        let mut roles = Vec::with_capacity(turns.len());
        for turn in turns {
            let [(from, Value::Str(role)), (key, Value::Str(text))] = turn.as_dict()? else {
                return None;
            };
            if from != "from" || key != "value" {
                return None;
            }
            roles.push(role.as_ref());
            texts.push(text.as_ref());
        }
        let raw = texts.concat();
        let plan = plan_of(roles.into_iter())?;
        let late = if plan.head { Some(texts.remove(0)) } else { None };
        let first = *texts.first()?;
        let lists = !fields.written.is_none_or(str::is_empty);
        let mut turns = plan.kinds.iter().zip(&texts);
        let plain = plain::is_plain_row(&raw, first)
            && turns.all(|(kind, text)| plain::starts_plain(*kind, text, lists))
            && (lists || !plain::may_list_tools(first));
        plain.then_some(Raw { plan, texts, late, column })
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
