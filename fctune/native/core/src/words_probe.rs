//! The doors for tests of `chars`, `hash` and `words`: many texts in one call.
//!
//! Input: a list of JSON values. Output: a list of results, each null where it is in doubt; hashes
//! as decimal digits, because JSON here has no numbers beyond `i64`.

use std::borrow::Cow;

use crate::json::{spaced, Value};
use crate::{chars, frames, hash, row_hashes, words};

type Answer<'a> = Option<Value<'a>>;

/// Whether a name is of these functions.
pub fn has(name: &str) -> bool {
    ["chars.", "hash.", "words."].iter().any(|start| name.starts_with(start))
}

/// Call one function for each element of a list; `None` for an unknown name or no list.
pub fn call(name: &str, given: &Value<'_>) -> Option<String> {
    let each = match name {
        "chars.lower" => lower,
        "chars.fold" => fold,
        "chars.is_space" => is_space,
        "chars.is_word" => is_word,
        "chars.is_decimal" => is_decimal,
        "chars.strip" => strip,
        "hash.xxh3_64" => xxh3_64,
        "words.in" => words_in,
        "words.wording_hashes" => wording_hashes,
        "words.prompt_hash" => prompt_hash,
        "words.frame_of" => frame_of,
        "words.language" => language,
        "words.value_hash" => value_hash,
        _ => return None,
    };
    let found = given.as_list()?.iter().map(|one| each(one).unwrap_or(Value::Null)).collect();
    spaced(&Value::List(found))
}

fn text_of<'a>(text: impl Into<String>) -> Value<'a> {
    Value::Str(Cow::Owned(text.into()))
}

fn first(given: &Value<'_>) -> Option<char> {
    given.as_str()?.chars().next()
}

fn texts_in<'a>(given: &'a Value<'_>) -> Option<Vec<&'a str>> {
    given.as_list()?.iter().map(Value::as_str).collect()
}

fn lower<'a>(given: &Value<'_>) -> Answer<'a> {
    chars::lower(given.as_str()?).map(text_of)
}

fn fold<'a>(given: &Value<'_>) -> Answer<'a> {
    chars::fold(given.as_str()?).map(text_of)
}

fn is_space<'a>(given: &Value<'_>) -> Answer<'a> {
    first(given).map(chars::is_space).map(Value::Bool)
}

fn is_word<'a>(given: &Value<'_>) -> Answer<'a> {
    first(given).and_then(chars::is_word).map(Value::Bool)
}

fn is_decimal<'a>(given: &Value<'_>) -> Answer<'a> {
    first(given).and_then(chars::is_decimal).map(Value::Bool)
}

fn strip<'a>(given: &Value<'_>) -> Answer<'a> {
    Some(text_of(chars::strip(given.as_str()?)))
}

/// Of a text whose characters are the bytes.
fn xxh3_64<'a>(given: &Value<'_>) -> Answer<'a> {
    let bytes: Result<Vec<u8>, _> = given.as_str()?.chars().map(u8::try_from).collect();
    Some(text_of(hash::xxh3_64(&bytes.ok()?).to_string()))
}

fn words_in<'a>(given: &Value<'_>) -> Answer<'a> {
    String::from_utf8(words::words_in(given.as_str()?)?).ok().map(text_of)
}

fn wording_hashes<'a>(given: &Value<'_>) -> Answer<'a> {
    let all: Option<Vec<_>> = texts_in(given)?.into_iter().map(words::words_in).collect();
    let found = row_hashes::wording_hashes(all?.iter().map(Vec::as_slice))?;
    Some(Value::List(found.into_iter().map(|hash| text_of(hash.to_string())).collect()))
}

/// Of the fingerprint and the texts behind it.
fn prompt_hash<'a>(given: &Value<'_>) -> Answer<'a> {
    let texts = texts_in(given)?;
    let (fingerprint, asked) = texts.split_first()?;
    Some(text_of(row_hashes::prompt_hash(fingerprint, asked).to_string()))
}

/// Of a text and its call's arguments.
fn frame_of<'a>(given: &Value<'_>) -> Answer<'a> {
    let [text, arguments] = given.as_list()? else { return None };
    let mut values = Vec::new();
    frames::strings_in(arguments, &mut values);
    let found = frames::frame_of(&words::words_in(text.as_str()?)?, &values)?;
    Some(text_of(found.to_string()))
}

fn language<'a>(given: &Value<'_>) -> Answer<'a> {
    words::language(given.as_str()?).map(text_of)
}

/// Of a name and arguments.
fn value_hash<'a>(given: &Value<'_>) -> Answer<'a> {
    let [name, arguments] = given.as_list()? else { return None };
    words::value_hash(name.as_str()?, arguments.as_dict()?).map(|hash| text_of(hash.to_string()))
}
