//! What arguments lack or have too much, told as `fctune/tools/check.py` tells it.
//!
//! Input: the schema of a tool as it is written, and arguments that do not fulfil it. Output: one
//! finding a fault; `None` where a keyword is not known here, and where there are several faults
//! whose order releases of `jsonschema-rs` may change: only keys that one object lacks have one.

use crate::fault_words::{repr, shown_value};
use crate::json::{spaced, Entry, Value};
use crate::row::Finding;
use crate::schema::types_of;
use crate::schema_read::type_named;
use crate::schema_values::Choices;

/// These say nothing of a value.
const SILENT: [&str; 6] = ["default", "description", "examples", "format", "properties", "title"];
/// Lists of more are left to Python: each value is compared with each of them.
const MANY: usize = 64;

/// The faults of the arguments of a call, at a place such as `conversations[1].call.arguments`.
pub fn faults(schema: &Value<'_>, arguments: &[Entry<'_>], place: &str) -> Option<Vec<Finding>> {
    let mut found = Vec::new();
    let rules = Rules { schema: schema.as_dict()?, is_call: true };
    rules.judge(&Value::Dict(arguments.to_vec()), &mut place.to_owned(), &mut found)?;
    let one_object = || found.iter().all(|one| one.code == LACKS && one.place == found[0].place);
    (found.len() == 1 || (!found.is_empty() && one_object())).then_some(found)
}

const LACKS: &str = "call-missing-required";

struct Rules<'a> {
    schema: &'a [Entry<'a>],
    /// It is the schema of a whole call, which lists all keys that there are.
    is_call: bool,
}

impl<'a> Rules<'a> {
    fn get(&self, key: &str) -> Option<&'a Value<'a>> {
        self.schema.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Judge a value; the place is as it was when this returns.
    fn judge(&self, value: &Value<'_>, place: &mut String, found: &mut Vec<Finding>) -> Option<()> {
        for (key, rule) in self.schema {
            match key.as_ref() {
                "type" => self.judge_type(rule.as_str()?, value, place, found)?,
                "enum" => {
                    if !Choices::of(few(rule.as_list()?)?)?.hold(value)? {
                        let options = spaced(flat(rule)?)?;
                        let message = format!("got {}, expected one of {options}", shown_value(value)?);
                        found.push(Finding { code: "call-enum", place: place.clone(), message });
                    }
                }
                "required" => self.judge_required(rule, value, place, found)?,
                "items" => self.judge_items(rule, value, place, found)?,
                "additionalProperties" if matches!(rule, Value::Bool(false)) => {}
                key if SILENT.contains(&key) => {}
                _ => return None,
            }
        }
        self.judge_properties(value, place, found)
    }

    fn judge_type(&self, name: &str, value: &Value<'_>, place: &str, found: &mut Vec<Finding>) -> Option<()> {
        if types_of(value) & type_named(name)? == 0 {
            let message = format!("got {}, expected {name}", shown_value(value)?);
            found.push(Finding { code: "call-type", place: place.to_owned(), message });
        }
        Some(())
    }

    fn judge_required(
        &self,
        rule: &Value<'_>,
        value: &Value<'_>,
        place: &str,
        found: &mut Vec<Finding>,
    ) -> Option<()> {
        if !matches!(value, Value::Dict(_)) {
            return Some(());
        }
        for name in few(rule.as_list()?)? {
            let name = name.as_str()?;
            if value.get(name).is_none() {
                let message = format!("misses required {}", repr(name)?);
                found.push(Finding { code: LACKS, place: place.to_owned(), message });
            }
        }
        Some(())
    }

    fn judge_items(
        &self,
        rule: &'a Value<'a>,
        value: &Value<'_>,
        place: &mut String,
        found: &mut Vec<Finding>,
    ) -> Option<()> {
        let Value::List(items) = value else { return Some(()) };
        let rules = Rules { schema: rule.as_dict()?, is_call: false };
        let size = place.len();
        for (at, item) in items.iter().enumerate() {
            place.push_str(&format!("[{at}]"));
            rules.judge(item, place, found)?;
            place.truncate(size);
        }
        Some(())
    }

    fn judge_properties(
        &self,
        value: &Value<'_>,
        place: &mut String,
        found: &mut Vec<Finding>,
    ) -> Option<()> {
        let Value::Dict(entries) = value else { return Some(()) };
        let properties = match self.get("properties") {
            None if self.get("additionalProperties").is_some() => return None,
            None => return Some(()),
            Some(listed) => few(listed.as_dict()?)?,
        };
        let closed = self.is_call || !properties.is_empty() || self.get("additionalProperties").is_some();
        let size = place.len();
        for (key, item) in entries {
            place.push('.');
            place.push_str(key);
            if let Some((_, rule)) = properties.iter().find(|(name, _)| name == key) {
                Rules { schema: rule.as_dict()?, is_call: false }.judge(item, place, found)?;
            } else if closed {
                let message = format!("{} is not a parameter", repr(key)?);
                found.push(Finding { code: "call-unknown-parameter", place: place.clone(), message });
            }
            place.truncate(size);
        }
        Some(())
    }
}

fn few<T>(listed: &[T]) -> Option<&[T]> {
    (listed.len() <= MANY).then_some(listed)
}

/// A list of plain values, which are told in the order in which they are written.
fn flat<'a>(options: &'a Value<'a>) -> Option<&'a Value<'a>> {
    let nested = |one: &Value<'_>| matches!(one, Value::List(_) | Value::Dict(_));
    (!options.as_list()?.iter().any(nested)).then_some(options)
}
