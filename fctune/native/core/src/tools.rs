//! The tool list of a row: read once, and what its calls are judged by.
//!
//! Input: the text of the `tools` column. Output: `Tools`, which follows `ToolEntry` and `CalledTool`
//! of `fctune/conversations/quick_tools.py`; `None` where it is in doubt. What only calls need is
//! made when a tool is first called, as most tools never are.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use crate::chars::lower;
use crate::json::{parse, spaced, write_spaced, Entry, Value};
use crate::json_strings::end_of_string;
use crate::schema::Schema;

/// Lists of more tools have an index.
const FEW: usize = 32;

/// The tools of one list, in its order.
#[derive(Debug, Default)]
pub struct Tools {
    pub names: Vec<String>,
    pub tools: Vec<Tool>,
    index: OnceCell<HashMap<String, usize>>,
}

/// One tool.
#[derive(Debug)]
pub struct Tool {
    pub name: String,
    pub description: String,
    spec: String,
    said: OnceCell<Option<String>>,
    schema: OnceCell<Option<Schema>>,
}

impl Tools {
    /// The tools of a `tools` column; an empty text lists none.
    pub fn of(text: &str) -> Option<Tools> {
        if text.is_empty() {
            return Some(Tools::default());
        }
        let listed = parse(text)?;
        let listed = listed.as_list()?;
        let places = places_of(text);
        if places.len() != listed.len() {
            return None;
        }
        let tools =
            listed.iter().zip(places).map(|(one, place)| Tool::of(one, place)).collect::<Option<Vec<_>>>()?;
        let names = tools.iter().map(|tool| tool.name.clone()).collect();
        Some(Tools { names, tools, index: OnceCell::new() })
    }

    /// The tool of a name.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        if self.tools.len() <= FEW {
            return self.tools.iter().find(|tool| tool.name == name);
        }
        let index = self.index.get_or_init(|| {
            // Were a name listed twice, the first would count.
            self.names.iter().enumerate().rev().map(|(at, name)| (name.clone(), at)).collect()
        });
        index.get(name).map(|at| &self.tools[*at])
    }
}

impl Tool {
    fn of(value: &Value<'_>, text: &str) -> Option<Tool> {
        value.get("parameters")?.as_dict()?;
        Some(Tool {
            name: value.get("name")?.as_str()?.to_string(),
            description: value.get("description")?.as_str()?.to_string(),
            spec: text.to_string(),
            said: OnceCell::new(),
            schema: OnceCell::new(),
        })
    }

    /// The text of the tool in the `tools` column.
    pub fn spec(&self) -> &str {
        &self.spec
    }

    /// The tool as the model sees it, in lower case, which may state a value.
    pub fn said(&self) -> Option<&str> {
        let made = || {
            let mut written = String::with_capacity(self.spec.len());
            write_spaced(&parse(&self.spec)?, &mut written)?;
            if written.is_ascii() {
                written.make_ascii_lowercase();
                return Some(written);
            }
            lower(&written).map(Cow::into_owned)
        };
        self.said.get_or_init(made).as_deref()
    }

    /// What its calls are judged by.
    pub fn schema(&self) -> Option<&Schema> {
        let made = || Schema::of(parse(&self.spec)?.get("parameters")?);
        self.schema.get_or_init(made).as_ref()
    }

    /// Whether arguments fulfil the schema, judged as `fctune.tools.check.validator_of` does.
    pub fn is_valid(&self, arguments: &[Entry<'_>]) -> Option<bool> {
        self.schema()?.is_valid(arguments)
    }
}

/// The texts of the objects of a list, which is known to be JSON.
fn places_of(text: &str) -> Vec<&str> {
    let (mut found, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => match end_of_string(bytes, at + 1, b'"') {
                Some(end) => at = end,
                None => break,
            },
            b'[' | b'{' => {
                depth += 1;
                if depth == 2 {
                    begin = at;
                }
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    found.push(&text[begin..=at]);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Judge calls for a test: `{"tools": text, "calls": [[name, arguments], ...]}`.
pub fn judged(given: &Value<'_>) -> Option<String> {
    let tools = Tools::of(given.get("tools")?.as_str()?)?;
    let mut verdicts = Vec::new();
    for call in given.get("calls")?.as_list()? {
        let [name, arguments] = call.as_list()? else { return None };
        let tool = tools.tool(name.as_str()?)?;
        verdicts.push(tool.is_valid(arguments.as_dict()?).map_or(Value::Null, Value::Bool));
    }
    spaced(&Value::List(verdicts))
}

/// What a test sees of a list: of each tool its name, its description and what it says.
pub fn listed(given: &Value<'_>) -> Option<String> {
    let tools = Tools::of(given.as_str()?)?;
    let text = |said: &str| Value::Str(Cow::Owned(said.to_string()));
    let shown = |tool: &Tool| {
        let said = tool.said().map_or(Value::Null, text);
        Value::List(vec![text(&tool.name), text(&tool.description), said])
    };
    spaced(&Value::List(tools.tools.iter().map(shown).collect()))
}
