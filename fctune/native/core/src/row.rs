//! A clean row: its turns, in lawful order, with their calls decoded.
//!
//! Follows `fctune/conversations/quick_row.py`. Places such as `turns[1]` count all turns but the
//! system turn.

use std::borrow::Cow;

use crate::json::{Entry, Value};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    User,
    Model,
    Call,
    Result,
}

/// A lawful call of a listed tool.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    pub name: Cow<'a, str>,
    pub arguments: Vec<Entry<'a>>,
    /// The arguments as `write_spaced` writes them, where the row has them just so.
    pub written: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// The call that a value is: a name and arguments in this order, and nothing else.
    pub fn of(value: Value<'a>) -> Option<Call<'a>> {
        let Value::Dict(entries) = value else { return None };
        let [(first, Value::Str(name)), (second, Value::Dict(arguments))] =
            <[_; 2]>::try_from(entries).ok()?
        else {
            return None;
        };
        (first == "name" && second == "arguments").then_some(Call { name, arguments, written: None })
    }
}

/// One turn: a text, or one call.
#[derive(Debug, Clone)]
pub struct Turn<'a> {
    pub kind: Kind,
    pub text: Cow<'a, str>,
    pub call: Option<Call<'a>>,
}

/// What an audit found, as the `Issue` of Python says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub code: &'static str,
    pub place: String,
    pub message: String,
}

/// System text, turns and tools of a test's row; see `probe`.
pub fn from_probe<'a>(given: &'a Value<'a>) -> Option<(&'a str, Vec<Turn<'a>>, &'a str)> {
    let system = given.get("system")?.as_str()?;
    let tools = given.get("tools")?.as_str()?;
    let turns = given.get("turns")?.as_list()?.iter().map(turn_of).collect::<Option<Vec<_>>>()?;
    Some((system, turns, tools))
}

fn turn_of<'a>(given: &'a Value<'a>) -> Option<Turn<'a>> {
    let [kind, said] = given.as_list()? else { return None };
    let kind = match kind.as_str()? {
        "u" => Kind::User,
        "m" => Kind::Model,
        "c" => Kind::Call,
        "r" => Kind::Result,
        _ => return None,
    };
    if kind == Kind::Call {
        let name = Cow::Borrowed(said.get("name")?.as_str()?);
        let arguments = said.get("arguments")?.as_dict()?.to_vec();
        return Some(Turn {
            kind,
            text: Cow::Borrowed(""),
            call: Some(Call { name, arguments, written: None }),
        });
    }
    Some(Turn { kind, text: Cow::Borrowed(said.as_str()?), call: None })
}

/// Findings as the JSON that tests compare.
pub fn written(findings: &[Finding]) -> String {
    let rows = findings.iter().map(|one| {
        let parts = [one.code, &one.place, &one.message].map(|text| Value::Str(Cow::Borrowed(text)));
        Value::List(parts.to_vec())
    });
    // Of texts alone, which are never in doubt.
    crate::json::spaced(&Value::List(rows.collect())).unwrap_or_default()
}
