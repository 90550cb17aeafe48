//! One door for tests: call a function by its name with JSON, get JSON back.
//!
//! Input: `name` and a JSON value. Output: JSON text, or `None` for an unknown name or a doubt.

use crate::json::{write_sorted, write_spaced, Value};

pub fn call(name: &str, given: &Value<'_>) -> Option<String> {
    let mut out = String::new();
    match name {
        "json.spaced" => write_spaced(given, &mut out)?,
        "json.sorted" => write_sorted(given, &mut out)?,
        // Functions of other modules: one arm each, in the order of the alphabet.
        "claims.find" | "meant.find" => {
            let (_, turns, tools) = crate::row::from_probe(given)?;
            let find = if name == "claims.find" { crate::claims::find } else { crate::meant::find };
            out = crate::row::written(&find(&turns, &crate::tools::Tools::of(tools)?)?);
        }
        "personal.find" => {
            let (system, turns, _) = crate::row::from_probe(given)?;
            out = crate::row::written(&crate::personal::find(system, &turns)?);
        }
        "lists.plain" => out = crate::lists::shown(given)?,
        "near.said" => out = crate::near_rows::shown(given)?,
        "tools.judged" => out = crate::tools::judged(given)?,
        "text.of" => write_spaced(&Value::Bool(is_text(given)?), &mut out)?,
        "tools.listed" => out = crate::tools::listed(given)?,
        _ if name.starts_with("ground.") => {
            write_spaced(&crate::ground_probe::call(&name["ground.".len()..], given)?, &mut out)?;
        }
        _ if crate::words_probe::has(name) => out = crate::words_probe::call(name, given)?,
        _ if name.starts_with("grounding.") => out = crate::ground_shown::call(name, given)?,
        _ => return None,
    }
    Some(out)
}

/// Whether numbers are bytes of a text.
fn is_text(given: &Value<'_>) -> Option<bool> {
    let byte = |one: &Value<'_>| match one {
        Value::Int(number) => u8::try_from(*number).ok(),
        _ => None,
    };
    let bytes = given.as_list()?.iter().map(byte).collect::<Option<Vec<_>>>()?;
    Some(crate::abi::text_of(&bytes).is_some())
}
