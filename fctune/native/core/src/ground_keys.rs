//! What the name of a parameter tells of its values, for the grounding audit.
//!
//! Input: a name in lower case, without line ends. Output: whether its values are free text, words
//! to search for, names, or values that only stand as they are.
//! Follows `_FREE`, `_SEARCH`, `_NAMES` and `_EXACT` of `fctune/conversations/grounding_words.py`.

use std::sync::LazyLock;

use crate::ground_patterns::{begins_word, ends_word};

#[rustfmt::skip]
const FREE: &[&str] = &[
    "body", "message", "content", "text", "note", "comment", "descri", "summary", "reason", "subject",
    "title", "sql", "script", "sourcecode", "source_code", "codesnippet", "code_snippet", "codeblock",
    "code_block", "expression", "formula", "equation", "prompt", "caption", "review", "feedback",
    "detail", "instruction", "html", "regex", "pattern", "template", "problem", "bio", "story", "poem",
    "lyrics", "paragraph", "sentence", "answer", "thought", "purpose",
];
#[rustfmt::skip]
const SEARCH: &[&str] = &[
    "query", "search", "keyword", "term", "topic", "tag", "intent", "theme", "interest", "categor",
    "genre", "hobb", "skill", "symptom", "ingredient", "preference", "criteria", "filter", "question",
    "field", "feature", "label", "industry",
];
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "name", "author", "recipient", "sender", "user", "artist", "owner", "contact", "customer", "guest",
    "passenger",
];
#[rustfmt::skip]
const EXACT: &[&str] = &[
    "password", "passwd", "secret", "apikey", "api_key", "accesskey", "access_key", "appid", "app_id",
    "phone", "username", "user_name",
];

/// What the parts of a name tell of it, a bit each.
const OF_FREE: u8 = 1;
const OF_SEARCH: u8 = 2;
const OF_NAME: u8 = 4;
const OF_EXACT: u8 = 8;

/// The parts of names by their first letter, with what they tell.
static PARTS: LazyLock<[Vec<(&str, u8)>; 26]> = LazyLock::new(|| {
    let mut parts: [Vec<(&str, u8)>; 26] = Default::default();
    for (names, bit) in [(FREE, OF_FREE), (SEARCH, OF_SEARCH), (NAMES, OF_NAME), (EXACT, OF_EXACT)] {
        for name in names {
            parts[usize::from(name.as_bytes()[0] - b'a')].push((name, bit));
        }
    }
    parts
});

fn has_any(key: &str, bit: u8) -> bool {
    let bytes = key.as_bytes();
    let begins = |(at, byte): (usize, &u8)| match byte {
        b'a'..=b'z' => PARTS[usize::from(byte - b'a')]
            .iter()
            .any(|(part, known)| *known == bit && bytes[at..].starts_with(part.as_bytes())),
        _ => false,
    };
    bytes.iter().enumerate().any(begins)
}

/// `_FREE.search`, of a key without line ends.
pub fn is_free(key: &str) -> bool {
    key == "code" || has_any(key, OF_FREE)
}

/// `_SEARCH.search`; `None` where a word character is not known.
pub fn is_search(key: &str) -> Option<bool> {
    if has_any(key, OF_SEARCH) {
        return Some(true);
    }
    for (at, _) in key.match_indices('q') {
        if !ends_word(key, at)? && !begins_word(key, at + 1)? {
            return Some(true);
        }
    }
    Some(false)
}

/// `_NAMES.search`.
pub fn is_name(key: &str) -> bool {
    has_any(key, OF_NAME)
}

/// `_EXACT.search`, of a key without line ends.
pub fn is_exact(key: &str) -> bool {
    has_any(key, OF_EXACT)
        || key.ends_with("token")
        || key.ends_with("mail")
        || key.ends_with("_id")
        || key == "id"
}
