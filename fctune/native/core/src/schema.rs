//! Arguments judged by the JSON Schema of a tool.
//!
//! Input: a canonical schema, and arguments. Output: what
//! `validator_of(spec).is_valid(arguments)` of `fctune/tools/check.py` says, which is the judgement
//! of `jsonschema-rs` by draft 2020-12; `None` where a keyword or a form is not known here.
//! `schema_read` makes it.

use std::cmp::Ordering;

use crate::json::{Entry, Value};
use crate::schema_pattern::Pattern;
use crate::schema_values::{compare, each_once, is_multiple, Choices};

pub const NULL: u8 = 1;
pub const BOOLEAN: u8 = 2;
pub const INTEGER: u8 = 4;
pub const NUMBER: u8 = 8;
pub const STRING: u8 = 16;
pub const ARRAY: u8 = 32;
pub const OBJECT: u8 = 64;
pub const ANY: u8 = 127;
const FEW: usize = 8;

/// One schema. Rules that few schemas have stand apart.
#[derive(Debug)]
pub struct Schema {
    pub types: u8,
    pub object: Option<Box<ObjectRules>>,
    pub items: Option<Box<Schema>>,
    pub choices: Option<Box<Choices>>,
    pub rare: Option<Box<Rare>>,
}

/// What an object may hold.
#[derive(Debug, Default)]
pub struct ObjectRules {
    /// In the order of their names.
    pub properties: Vec<Property>,
    /// How many properties are required.
    pub required: usize,
    /// Required keys that are no property.
    pub required_beside: Vec<Box<str>>,
    /// What keys must fulfil that are no property; `None`: nothing.
    pub others: Option<Schema>,
}

#[derive(Debug)]
pub struct Property {
    pub name: Box<str>,
    pub required: bool,
    pub schema: Schema,
}

/// Rules that few schemas have.
#[derive(Debug, Default)]
pub struct Rare {
    pub minimum: Option<Value<'static>>,
    pub maximum: Option<Value<'static>>,
    pub above: Option<Value<'static>>,
    pub below: Option<Value<'static>>,
    pub multiple: Option<i64>,
    pub length: Sizes,
    pub count: Sizes,
    pub keys: Sizes,
    pub unique: bool,
    pub pattern: Option<Pattern>,
    pub constant: Option<Choices>,
    pub first: Vec<Schema>,
    pub all: Vec<Schema>,
    pub any: Option<Vec<Schema>>,
    pub one: Option<Vec<Schema>>,
    pub not: Option<Schema>,
}

/// At least and at most so many.
#[derive(Debug, Default)]
pub struct Sizes {
    pub least: Option<u64>,
    pub most: Option<u64>,
}

impl Sizes {
    fn hold(&self, size: impl FnOnce() -> usize) -> bool {
        if self.least.is_none() && self.most.is_none() {
            return true;
        }
        let size = size() as u64;
        self.least.is_none_or(|least| size >= least) && self.most.is_none_or(|most| size <= most)
    }
}

impl Schema {
    /// The schema that says nothing, or forbids everything.
    pub fn plain(types: u8) -> Schema {
        Schema { types, object: None, items: None, choices: None, rare: None }
    }

    /// Whether arguments fulfil the schema; `None` where that is in doubt.
    pub fn is_valid(&self, arguments: &[Entry<'_>]) -> Option<bool> {
        if let (OBJECT | ANY, Some(rules), None, None) = (self.types, &self.object, &self.choices, &self.rare)
        {
            return rules.hold(arguments);
        }
        self.holds(&Value::Dict(arguments.to_vec()))
    }

    fn holds(&self, value: &Value<'_>) -> Option<bool> {
        if self.types & types_of(value) == 0 {
            return Some(false);
        }
        if let Some(choices) = &self.choices {
            if !choices.hold(value)? {
                return Some(false);
            }
        }
        match (value, &self.object, &self.items) {
            (Value::Dict(entries), Some(rules), _) => {
                if !rules.hold(entries)? {
                    return Some(false);
                }
            }
            (Value::List(items), _, Some(schema)) => {
                let first = self.rare.as_ref().map_or(0, |rare| rare.first.len());
                for item in items.iter().skip(first) {
                    if !schema.holds(item)? {
                        return Some(false);
                    }
                }
            }
            _ => {}
        }
        self.rare.as_ref().map_or(Some(true), |rare| rare.hold(value))
    }
}

/// The types that a value has.
pub fn types_of(value: &Value<'_>) -> u8 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOLEAN,
        Value::Int(_) => INTEGER | NUMBER,
        Value::Float(number) if number.fract() == 0.0 => INTEGER | NUMBER,
        Value::Float(_) => NUMBER,
        Value::Str(_) => STRING,
        Value::List(_) => ARRAY,
        Value::Dict(_) => OBJECT,
    }
}

impl ObjectRules {
    fn hold(&self, entries: &[Entry<'_>]) -> Option<bool> {
        let (mut required, mut beside) = (0, 0);
        for (key, value) in entries {
            if let Some(property) = self.property(key) {
                required += usize::from(property.required);
                if !property.schema.holds(value)? {
                    return Some(false);
                }
                continue;
            }
            if self.required_beside.binary_search_by(|one| one.as_ref().cmp(key)).is_ok() {
                beside += 1;
            }
            if let Some(others) = &self.others {
                if !others.holds(value)? {
                    return Some(false);
                }
            }
        }
        Some(required == self.required && beside == self.required_beside.len())
    }

    fn property(&self, key: &str) -> Option<&Property> {
        if self.properties.len() <= FEW {
            return self.properties.iter().find(|one| one.name.as_ref() == key);
        }
        let found = self.properties.binary_search_by(|one| one.name.as_ref().cmp(key));
        found.ok().map(|at| &self.properties[at])
    }
}

impl Rare {
    fn hold(&self, value: &Value<'_>) -> Option<bool> {
        let own = match value {
            Value::Int(_) | Value::Float(_) => self.hold_number(value)?,
            Value::Str(text) => self.hold_text(text)?,
            Value::List(items) => self.hold_list(items)?,
            Value::Dict(entries) => self.keys.hold(|| entries.len()),
            _ => true,
        };
        Some(own && self.hold_forms(value)?)
    }

    fn hold_number(&self, value: &Value<'_>) -> Option<bool> {
        let sides = [
            (&self.minimum, [Ordering::Greater, Ordering::Equal]),
            (&self.maximum, [Ordering::Less, Ordering::Equal]),
            (&self.above, [Ordering::Greater; 2]),
            (&self.below, [Ordering::Less; 2]),
        ];
        for (limit, lawful) in sides {
            if let Some(limit) = limit {
                if !lawful.contains(&compare(value, limit)?) {
                    return Some(false);
                }
            }
        }
        self.multiple.map_or(Some(true), |of| is_multiple(value, of))
    }

    fn hold_text(&self, text: &str) -> Option<bool> {
        if !self.length.hold(|| text.chars().count()) {
            return Some(false);
        }
        self.pattern.as_ref().map_or(Some(true), |pattern| pattern.is_in(text))
    }

    fn hold_list(&self, items: &[Value<'_>]) -> Option<bool> {
        if !self.count.hold(|| items.len()) {
            return Some(false);
        }
        for (schema, item) in self.first.iter().zip(items) {
            if !schema.holds(item)? {
                return Some(false);
            }
        }
        if self.unique {
            return each_once(items);
        }
        Some(true)
    }

    fn hold_forms(&self, value: &Value<'_>) -> Option<bool> {
        if let Some(constant) = &self.constant {
            if !constant.hold(value)? {
                return Some(false);
            }
        }
        for (forms, least, most) in [
            (Some(&self.all), self.all.len(), usize::MAX),
            (self.any.as_ref(), 1, usize::MAX),
            (self.one.as_ref(), 1, 1),
        ] {
            let Some(forms) = forms else { continue };
            let mut fitting = 0;
            for form in forms {
                fitting += usize::from(form.holds(value)?);
            }
            if fitting < least || fitting > most {
                return Some(false);
            }
        }
        match &self.not {
            Some(schema) => schema.holds(value).map(|is| !is),
            None => Some(true),
        }
    }
}
