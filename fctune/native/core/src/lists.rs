//! Tool lists that stand in canonical form already, which most do.
//!
//! Follows `plain_tools` in `fctune/conversations/quick_schemas.py` and `estimate_tools` in
//! `fctune/dataset/estimates.py`. Input: the text of the `tools` of a raw row. Output: a Plain, or
//! `None` where any tool is not plain: Python judges that list.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::json::{parse, spaced, write_spaced, write_text, Entry, Value};
use crate::json_write::Form;
use crate::row_write::body_of;
use crate::{chars, json, plain, sha256};

const MAX_NAME: usize = 64;
const MAX_SCHEMAS: usize = 20;
/// A float from here on may have been an integer that lost digits.
const ROUNDED: f64 = 1e15;
const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];
const WORDS: f64 = 80.0;

/// What is known of a plain list.
pub struct Plain {
    /// The `tools` column of a dataset row.
    pub text: String,
    /// Of the catalogue.
    pub fingerprint: String,
    /// The length of the text by estimate.
    pub tokens: i64,
}

/// Judge a list.
pub fn plain(raw: &str) -> Option<Plain> {
    let Value::List(items) = parse(raw)? else { return None };
    let tools = items.into_iter().map(tool).collect::<Option<Vec<_>>>()?;
    let names: HashSet<&str> = tools.iter().filter_map(|tool| tool.get("name")?.as_str()).collect();
    if tools.is_empty() || names.len() != tools.len() {
        return None;
    }
    let tools = Value::List(tools);
    let mut text = String::with_capacity(raw.len() + 64);
    write_spaced(&tools, &mut text)?;
    if plain::holds_mark(&text) || text.contains("\"$ref\"") {
        return None;
    }
    let mut canonical = String::with_capacity(text.len());
    write_canonical(&tools, &mut canonical)?;
    let tokens = estimate(&text);
    Some(Plain { text, fingerprint: sha256::hex(canonical.as_bytes()), tokens })
}

/// A plain tool: name, description and parameters, in that order.
fn tool(raw: Value<'_>) -> Option<Value<'_>> {
    let Value::Dict(mut body) = raw else { return None };
    if body.len() == 2 && body.iter().all(|(key, _)| key == "type" || key == "function") {
        let at = body.iter().position(|(key, _)| key == "function")?;
        let Value::Dict(inner) = body.swap_remove(at).1 else { return None };
        body = inner;
    }
    let (mut name, mut description, mut parameters) = (None, Cow::Borrowed(""), None);
    for (key, value) in body {
        match (key.as_ref(), value) {
            ("name", Value::Str(text)) => name = Some(text),
            ("description", Value::Str(text)) => description = text,
            ("parameters", Value::Dict(entries)) => parameters = Some(entries),
            _ => return None,
        }
    }
    let (name, parameters) = (name.filter(|name| is_lawful(name))?, parameters?);
    let kind = parameters.iter().find(|(key, _)| key == "type")?.1.as_str()?;
    if kind != "object" || !parameters.iter().any(|(key, _)| key == "properties") {
        return None;
    }
    let description = match description {
        Cow::Borrowed(text) => Cow::Borrowed(chars::strip(text)),
        Cow::Owned(text) => Cow::Owned(chars::strip(&text).to_owned()),
    };
    Some(Value::Dict(vec![
        (Cow::Borrowed("name"), Value::Str(name)),
        (Cow::Borrowed("description"), Value::Str(description)),
        (Cow::Borrowed("parameters"), schema(parameters, 0)?),
    ]))
}

fn is_lawful(name: &str) -> bool {
    let lawful = |sign: u8| sign.is_ascii_alphanumeric() || sign == b'_' || sign == b'-';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(lawful)
}

/// A plain schema, its `required` at its end.
fn schema(raw: Vec<Entry<'_>>, depth: usize) -> Option<Value<'_>> {
    if depth > MAX_SCHEMAS {
        return None;
    }
    let mut schema: Vec<Entry<'_>> = Vec::with_capacity(raw.len());
    let mut required = None;
    for (key, value) in raw {
        let value = match (key.as_ref(), value) {
            ("required", Value::List(names)) => {
                required = Some((key, names));
                continue;
            }
            ("properties", Value::Dict(entries)) => {
                let plain = |(name, inner)| Some((name, inner_schema(inner, depth)?));
                Value::Dict(entries.into_iter().map(plain).collect::<Option<_>>()?)
            }
            ("items", inner) => inner_schema(inner, depth)?,
            (_, value) if is_plain(&key, &value) => value,
            _ => return None,
        };
        schema.push((key, value));
    }
    if let Some((key, names)) = required {
        let listed = schema.iter().find(|(key, _)| key == "properties")?.1.as_dict()?;
        if !are_listed(&names, listed) {
            return None;
        }
        if !names.is_empty() {
            schema.push((key, Value::List(names)));
        }
    }
    Some(Value::Dict(schema))
}

fn inner_schema(raw: Value<'_>, depth: usize) -> Option<Value<'_>> {
    match raw {
        Value::Dict(entries) => schema(entries, depth + 1),
        _ => None,
    }
}

/// Whether all names are properties, each named once.
fn are_listed(names: &[Value<'_>], listed: &[Entry<'_>]) -> bool {
    let mut left: HashSet<&str> = listed.iter().map(|(name, _)| name.as_ref()).collect();
    names.iter().all(|name| name.as_str().is_some_and(|name| left.remove(name)))
}

/// Whether a keyword that holds no schema is plain.
fn is_plain(key: &str, value: &Value<'_>) -> bool {
    match (key, value) {
        ("type", Value::Str(text)) => TYPES.contains(&text.as_ref()),
        ("description" | "format" | "title", Value::Str(_)) => true,
        ("minimum" | "maximum", Value::Int(_) | Value::Float(_)) | ("default", _) => is_exact(value),
        ("enum", Value::List(items)) => !items.is_empty() && is_exact(value),
        _ => false,
    }
}

/// Whether a value holds no number that may have lost digits; how deep it is was told before.
fn is_exact(value: &Value<'_>) -> bool {
    match value {
        Value::Float(number) => number.abs() < ROUNDED,
        Value::List(items) => items.iter().all(is_exact),
        Value::Dict(entries) => entries.iter().all(|(_, item)| is_exact(item)),
        _ => true,
    }
}

/// Write as `json.dumps(value, sort_keys=True, separators=(",", ":"))` does.
fn write_canonical(value: &Value<'_>, out: &mut String) -> Option<()> {
    match value {
        Value::List(items) => ASCII.list(items, out, write_canonical),
        Value::Dict(entries) => ASCII.sorted(entries, out, write_canonical),
        Value::Str(text) => {
            write_ascii(text, out);
            Some(())
        }
        _ => json::write_spaced(value, out),
    }
}

/// As Python writes with `separators=(",", ":")`.
const ASCII: Form = Form { comma: ",", colon: ":", key: write_ascii };

/// Write a text as a JSON string in ASCII.
fn write_ascii(text: &str, out: &mut String) {
    let begin = out.len();
    write_text(text, out);
    if text.bytes().all(|sign| sign < 0x7f) {
        return;
    }
    let written = out.split_off(begin);
    for sign in written.chars() {
        if sign < '\x7f' {
            out.push(sign);
            continue;
        }
        let mut units = [0; 2];
        sign.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
    }
}

fn estimate(text: &str) -> i64 {
    let count = text.chars().count();
    let wide = (text.len() - count) as f64 / 2.0;
    let quotes = text.bytes().filter(|sign| *sign == b'"').count() as f64;
    (WORDS + body_of(count as f64 - wide, wide, quotes)).round_ties_even() as i64
}

/// What a test sees: text, fingerprint and tokens of a list.
pub fn shown(given: &Value<'_>) -> Option<String> {
    let found = plain(given.as_str()?)?;
    let texts = [found.text, found.fingerprint].map(|text| Value::Str(Cow::Owned(text)));
    let [text, fingerprint] = texts;
    spaced(&Value::List(vec![text, fingerprint, Value::Int(found.tokens)]))
}
