//! A schema made ready to judge by.
//!
//! Input: the canonical schema of a tool. Output: a `Schema`, closed as `closed` of
//! `fctune/tools/check.py` closes it; `None` where it holds a keyword that is not ported, or a form
//! for which `jsonschema-rs` might refuse it.

use crate::json::{Entry, Value};
use crate::schema::{
    ObjectRules, Property, Rare, Schema, ANY, ARRAY, BOOLEAN, INTEGER, NULL, NUMBER, OBJECT, STRING,
};
use crate::schema_pattern::Pattern;
use crate::schema_values::{kept, Choices};

/// Beside these, keys of an object may be named elsewhere.
const COMBINATORS: [&str; 6] = ["allOf", "anyOf", "oneOf", "$ref", "if", "patternProperties"];
/// Of draft 2020-12 and those before it, and not ported.
const NOT_PORTED: [&str; 23] = [
    "additionalItems",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "extends",
    "id",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "disallow",
    "divisibleBy",
    "self",
];

const RARE: [&str; 17] = [
    "allOf",
    "const",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "pattern",
    "prefixItems",
    "uniqueItems",
];

/// Which schemas are closed.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The schema of a whole call, which lists all keys that there are.
    Call,
    /// A part of it that is closed where it lists keys.
    Inner,
    /// A part of it that is taken as it is.
    AsIs,
}

impl Schema {
    /// The schema that calls of a tool are judged by.
    pub fn of(parameters: &Value<'_>) -> Option<Schema> {
        parameters.as_dict()?;
        read(parameters, Place::Call)
    }
}

fn read(value: &Value<'_>, place: Place) -> Option<Schema> {
    let entries = match value {
        Value::Bool(true) => return Some(Schema::plain(ANY)),
        Value::Bool(false) => return Some(Schema::plain(0)),
        Value::Dict(entries) => entries,
        _ => return None,
    };
    let mut schema = Schema::plain(ANY);
    let mut rare: Option<Box<Rare>> = None;
    let inner = if place == Place::AsIs { Place::AsIs } else { Place::Inner };
    for (key, value) in entries {
        match key.as_ref() {
            "type" => schema.types = types(value)?,
            "enum" => schema.choices = Some(Box::new(Choices::of(value.as_list()?)?)),
            "items" => schema.items = Some(Box::new(read(value, inner)?)),
            "description" | "title" | "format" => _ = value.as_str()?,
            "properties" | "required" | "additionalProperties" => {}
            "default" => {}
            "anyOf" | "oneOf" => {
                let forms = forms(value, choice_place(entries, key, value, place)?)?;
                let rare = rare.get_or_insert_default();
                *(if key == "anyOf" { &mut rare.any } else { &mut rare.one }) = Some(forms);
            }
            _ => read_rare(key, value, &mut rare)?,
        }
    }
    schema.object = object(entries, place)?;
    schema.rare = rare;
    Some(schema)
}

/// Read a keyword that few schemas have.
fn read_rare(key: &str, value: &Value<'_>, rare: &mut Option<Box<Rare>>) -> Option<()> {
    match key {
        "examples" => return value.as_list().map(|_| ()),
        "deprecated" | "readOnly" | "writeOnly" => return boolean(value).map(|_| ()),
        _ if RARE.contains(&key) => {}
        _ if key.starts_with('$') || NOT_PORTED.contains(&key) => return None,
        _ => return Some(()), // means nothing
    }
    let rules = rare.get_or_insert_default();
    match key {
        "minimum" => rules.minimum = Some(number(value)?),
        "maximum" => rules.maximum = Some(number(value)?),
        "exclusiveMinimum" => rules.above = Some(number(value)?),
        "exclusiveMaximum" => rules.below = Some(number(value)?),
        "multipleOf" => rules.multiple = Some(multiple(value)?),
        "minLength" => rules.length.least = Some(size(value)?),
        "maxLength" => rules.length.most = Some(size(value)?),
        "minItems" => rules.count.least = Some(size(value)?),
        "maxItems" => rules.count.most = Some(size(value)?),
        "minProperties" => rules.keys.least = Some(size(value)?),
        "maxProperties" => rules.keys.most = Some(size(value)?),
        "uniqueItems" => rules.unique = boolean(value)?,
        "pattern" => rules.pattern = Some(Pattern::of(value.as_str()?)?),
        "const" => rules.constant = Some(Choices::of(std::slice::from_ref(value))?),
        "prefixItems" => rules.first = forms(value, Place::AsIs)?,
        "allOf" => rules.all = forms(value, Place::AsIs)?,
        _ => rules.not = Some(read(value, Place::AsIs)?),
    }
    Some(())
}

fn types(value: &Value<'_>) -> Option<u8> {
    if let Value::Str(name) = value {
        return type_named(name);
    }
    let mut types = 0;
    for name in value.as_list()? {
        let one = type_named(name.as_str()?)?;
        if types & one != 0 {
            return None; // a name that stands twice makes the schema unusable
        }
        types |= one;
    }
    (types != 0).then_some(types)
}

/// A type by its name.
pub fn type_named(name: &str) -> Option<u8> {
    Some(match name {
        "null" => NULL,
        "boolean" => BOOLEAN,
        "integer" => INTEGER,
        "number" => NUMBER,
        "string" => STRING,
        "array" => ARRAY,
        "object" => OBJECT,
        _ => return None,
    })
}

fn number(value: &Value<'_>) -> Option<Value<'static>> {
    matches!(value, Value::Int(_) | Value::Float(_)).then(|| kept(value))
}

fn multiple(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) if *number > 0 => Some(*number),
        _ => None,
    }
}

fn size(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(is) => Some(*is),
        _ => None,
    }
}

fn forms(value: &Value<'_>, place: Place) -> Option<Vec<Schema>> {
    let listed = value.as_list().filter(|listed| !listed.is_empty())?;
    listed.iter().map(|form| read(form, place)).collect()
}

/// How the forms of a choice are read: closed where one of them alone is for objects, as
/// `Optional[Model]` is written, and nothing beside it may name keys.
fn choice_place(entries: &[Entry<'_>], key: &str, value: &Value<'_>, place: Place) -> Option<Place> {
    let elsewhere = |other: &str| {
        other != key && (COMBINATORS.contains(&other) || other == "properties" || other == "dependentSchemas")
    };
    let alone = !entries.iter().any(|(other, _)| elsewhere(other));
    let objects = value.as_list()?.iter().filter(|form| may_be_object(form)).count();
    Some(if place != Place::AsIs && alone && objects == 1 { Place::Inner } else { Place::AsIs })
}

fn may_be_object(form: &Value<'_>) -> bool {
    match form.get("type") {
        None => true,
        Some(Value::Str(name)) => name == "object",
        Some(Value::List(names)) => names.iter().any(|name| name.as_str() == Some("object")),
        Some(_) => false,
    }
}

fn object(entries: &[Entry<'_>], place: Place) -> Option<Option<Box<ObjectRules>>> {
    let get = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let (properties, required, others) = (get("properties"), get("required"), get("additionalProperties"));
    let mut rules = ObjectRules::default();
    if let Some(properties) = properties {
        let listed = properties.as_dict()?;
        let inner = if place == Place::AsIs { Place::AsIs } else { Place::Inner };
        rules.properties = listed
            .iter()
            .map(|(name, value)| {
                let schema = read(value, inner)?;
                Some(Property { name: name.as_ref().into(), required: false, schema })
            })
            .collect::<Option<_>>()?;
        rules.properties.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let open = others.is_some() || entries.iter().any(|(key, _)| COMBINATORS.contains(&key.as_ref()));
        let listing = place == Place::Call || (place == Place::Inner && !listed.is_empty());
        if listing && !open {
            rules.others = Some(Schema::plain(0));
        }
    }
    if let Some(required) = required {
        require(&mut rules, required.as_list()?)?;
    }
    if let Some(others) = others {
        rules.others = Some(read(others, Place::AsIs)?);
    }
    let any = properties.is_some() || required.is_some() || others.is_some();
    Some(any.then(|| Box::new(rules)))
}

/// Mark what is required; `None` where a name stands twice, which makes the schema unusable.
fn require(rules: &mut ObjectRules, names: &[Value<'_>]) -> Option<()> {
    for name in names {
        let name = name.as_str()?;
        if let Ok(at) = rules.properties.binary_search_by(|one| one.name.as_ref().cmp(name)) {
            if std::mem::replace(&mut rules.properties[at].required, true) {
                return None;
            }
            rules.required += 1;
        } else {
            rules.required_beside.push(name.into());
        }
    }
    rules.required_beside.sort_unstable();
    rules.required_beside.windows(2).all(|pair| pair[0] != pair[1]).then_some(())
}
