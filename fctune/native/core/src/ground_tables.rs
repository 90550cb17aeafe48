//! Names of the same thing, and words without content; follows
//! `fctune/conversations/grounding_tables.py`.
//!
//! Input: a word. Output: its other names, or whether it has content.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::word_lists::{lines_of, words_of, NEUTRAL, SAME_NAMES, STOP_WORDS};

static NAMES: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut names: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in lines_of(SAME_NAMES) {
        for word in line.split('|').filter(|word| !word.is_empty()) {
            let others = names.entry(word).or_default();
            for other in line.split('|').filter(|other| !other.is_empty() && *other != word) {
                if !others.contains(&other) {
                    others.push(other);
                }
            }
        }
    }
    names
});
/// No name of the tables is longer, in bytes.
static LONGEST: LazyLock<usize> =
    LazyLock::new(|| NAMES.keys().chain(NEUTRAL_WORDS.iter()).map(|name| name.len()).max().unwrap_or(0));
static NEUTRAL_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words_of(NEUTRAL).collect());
static EMPTY_WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words_of(STOP_WORDS).collect());

/// The other names of a code or name (`SAME.get(name, ())`), in no certain order.
pub fn same(name: &str) -> &'static [&'static str] {
    if name.len() > *LONGEST {
        return &[];
    }
    NAMES.get(name).map_or(&[], Vec::as_slice)
}

/// Tell whether a word has no content of its own.
pub fn is_stop_word(word: &str) -> bool {
    EMPTY_WORDS.contains(word)
}

/// Tell whether a word names the absence of a choice.
pub fn is_neutral(word: &str) -> bool {
    word.len() <= *LONGEST && NEUTRAL_WORDS.contains(word)
}
