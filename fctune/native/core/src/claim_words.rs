//! The words of deeds, for the audit of claims: verbs by kind, their past forms, things in Chinese.
//!
//! Input: words, or a tool. Output: kinds of deeds, one bit each, and names of things. `None` where a
//! character is not known. Follows `fctune/conversations/claim_words.py`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::ground_folds::{stem, words};
use crate::ground_signs::{head, is_han};
use crate::ground_tables::is_stop_word;
use crate::tools::Tool;
use crate::word_lists::{
    lines_of, words_of, CHINESE_NOUNS, CHINESE_VERBS, DEED_KINDS, DEED_VERBS, GENERAL_THINGS, PAST_FORMS,
};

/// A set of kinds.
pub type Kinds = u32;

/// What is looked up, made once.
struct Tables {
    kinds: HashMap<&'static str, Kinds>,
    past: HashMap<String, Kinds>,
    chinese: HashMap<(char, char), Kinds>,
    /// A thing in Chinese, and the stems of its English names.
    things: Vec<(&'static str, Vec<&'static str>)>,
    /// A bit for the last six bits of the first character of each Chinese verb, by the six before.
    first: [u64; 64],
    general: HashSet<&'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let kinds = kinds_of_verbs();
    let of = |verbs: &[&str]| verbs.iter().fold(0, |sum, verb| sum | kinds.get(verb).copied().unwrap_or(0));
    let mut past: HashMap<String, Kinds> =
        kinds.iter().map(|(verb, kinds)| (past_of(verb), *kinds)).collect();
    past.extend(lines_of(PAST_FORMS).filter_map(|line| {
        let (form, verb) = line.split_once('|')?;
        Some((form.to_string(), of(&[verb])))
    }));
    let mut first = [0; 64];
    let mut chinese = HashMap::new();
    for (word, verbs) in by_first_word(CHINESE_VERBS) {
        if let [one, two] = word.chars().collect::<Vec<_>>()[..] {
            chinese.insert((one, two), of(&verbs));
            first[(one as usize >> 6) & 63] |= 1 << (one as u32 & 63);
        }
    }
    let things = by_first_word(CHINESE_NOUNS).collect();
    let general = words_of(GENERAL_THINGS).map(stem).collect();
    Tables { kinds, past, chinese, things, first, general }
});

fn by_first_word(list: &'static str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    lines_of(list).filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.collect()))
    })
}

fn kinds_of_verbs() -> HashMap<&'static str, Kinds> {
    let mut names: Vec<&str> = Vec::new();
    let mut bit = |name: &'static str| {
        let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        1 << at
    };
    let mut kinds = HashMap::new();
    for line in lines_of(DEED_VERBS) {
        let mut verbs = line.split(' ').peekable();
        let own: Kinds = verbs.peek().map_or(0, |name| bit(name));
        verbs.for_each(|verb| *kinds.entry(verb).or_insert(0) |= own);
    }
    for (verb, others) in by_first_word(DEED_KINDS) {
        *kinds.entry(verb).or_insert(0) |= others.iter().fold(0, |sum, name| sum | bit(name));
    }
    kinds
}

fn past_of(verb: &str) -> String {
    let signs = verb.as_bytes();
    match signs {
        [.., b'e'] => format!("{verb}d"),
        [.., before, b'y'] if !b"aeou".contains(before) => format!("{}ied", &verb[..verb.len() - 1]),
        _ => format!("{verb}ed"),
    }
}

/// The kinds of a past form, which may be two words; none for any other word.
pub fn kinds_of_past(form: &str) -> Option<Kinds> {
    TABLES.past.get(form).copied()
}

/// The kinds of a Chinese verb; none for any other two characters.
pub fn kinds_of_chinese(first: char, second: char) -> Option<Kinds> {
    if TABLES.first[(first as usize >> 6) & 63] >> (first as u32 & 63) & 1 == 0 {
        return None;
    }
    TABLES.chinese.get(&(first, second)).copied()
}

/// The stems of the things that a Chinese text names.
pub fn things_in(text: &str) -> impl Iterator<Item = &'static str> + '_ {
    TABLES.things.iter().filter(|(word, _)| text.contains(word)).flat_map(|(_, nouns)| nouns.iter().copied())
}

/// The kinds of deeds that a tool does, by its name and the first words of its description.
pub fn verbs_of(tool: &Tool) -> Option<Kinds> {
    let mut found = 0;
    for word in words(&tool.name)?.split_terminator(' ') {
        found |= TABLES.kinds.get(word).copied().unwrap_or(0);
    }
    for word in words(head(&tool.description, 60))?.split_terminator(' ').take(2) {
        found |= kinds_of_base(word);
    }
    if !tool.description.is_ascii() {
        let signs = tool.description.chars();
        for (first, second) in signs.clone().zip(signs.skip(1)) {
            found |= kinds_of_chinese(first, second).unwrap_or(0);
        }
    }
    Some(found)
}

fn kinds_of_base(word: &str) -> Kinds {
    let forms = [word, word.strip_suffix('s').unwrap_or(word), word.strip_suffix("es").unwrap_or(word)];
    forms.iter().find_map(|form| TABLES.kinds.get(form).copied()).unwrap_or(0)
}

/// The things that a tool is about; where its name has none, those of its description.
pub fn nouns_of(tool: &Tool) -> Option<Vec<String>> {
    let is_verb = |word: &str| TABLES.kinds.contains_key(word);
    let parts = words(&tool.name)?;
    let first = parts.split_terminator(' ').next().unwrap_or_default();
    let named = parts.split_terminator(' ').filter(|word| *word != first || !is_verb(word));
    let mut found: Vec<String> = named.filter_map(noun).collect();
    if found.is_empty() {
        let told = words(head(&tool.description, 200))?;
        found = told.split_terminator(' ').filter(|word| !is_verb(word)).filter_map(noun).collect();
    }
    if tool.description.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)) {
        let signs: Vec<char> = head(&tool.description, 200).chars().filter(|sign| is_han(*sign)).collect();
        found.extend(signs.windows(2).map(|pair| pair.iter().collect()));
    }
    Some(found)
}

/// The stem of a word, where it names a thing.
fn noun(word: &str) -> Option<String> {
    let root = stem(word);
    (!is_stop_word(word) && !TABLES.general.contains(root)).then(|| root.to_string())
}
