//! What a row says, for the search for near duplicates: words, facts, tokens and brief.
//!
//! Input: the user's texts and the calls of a row. Output: `Said`, or `None` where a character or a
//! value is in doubt. Follows `said` in `fctune/dataset/near_signature.py` and `brief` in
//! `fctune/dataset/near_briefs.py`.

use crate::hash::xxh3_64;
use crate::json::{python_float, Entry, Value};
use crate::near_sketch::token_hash;
use crate::near_words::Words;
use crate::row::{Call, Kind, Turn};

/// Words from which on a value of a call is prose and no fact.
const LONG: f64 = 6.0;
/// Rows without calls that say less have no signature.
const MIN_WORDS: usize = 5;
const BETWEEN_FACTS: u8 = 30;
const BETWEEN_PARTS: u8 = 31;

/// What a row says.
pub struct Said {
    words: Words,
    facts: u64,
    calls: usize,
}

/// What the turns of a row say.
pub fn said(turns: &[Turn<'_>]) -> Option<Said> {
    let texts = turns.iter().filter(|turn| turn.kind == Kind::User).map(|turn| turn.text.as_ref());
    said_by(texts, turns.iter().filter_map(|turn| turn.call.as_ref()))
}

/// What texts and calls say.
pub fn said_by<'a>(
    texts: impl Iterator<Item = &'a str>,
    calls: impl Iterator<Item = &'a Call<'a>>,
) -> Option<Said> {
    let mut words = Words::default();
    for text in texts {
        words.push(text)?;
    }
    let mut facts = Vec::new();
    for number in words.numbers_from(0) {
        add_fact(&mut facts, number);
    }
    let mut told = Vec::new();
    for call in calls {
        let mut parts = Parts { out: Vec::new(), is_first: true };
        parts.out.extend(call.name.as_bytes());
        parts.out.push(b'(');
        add_entries(&call.arguments, &mut parts, &mut words)?;
        parts.out.push(b')');
        told.push(parts.out);
    }
    let calls = told.len();
    told.sort_unstable();
    told.iter().for_each(|call| add_fact(&mut facts, call));
    facts.pop();
    Some(Said { words, facts: xxh3_64(&facts), calls })
}

impl Said {
    /// The hash of numbers and calls.
    pub fn facts(&self) -> u64 {
        self.facts
    }

    /// How many words and calls there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.words.len(), self.calls)
    }

    /// Runs of three words, which may be repeated.
    pub fn shingles(&self) -> impl Iterator<Item = &[u8]> {
        self.words.shingles()
    }

    /// The numbers of the shingles, of which a signature is made; none for too little said.
    pub fn tokens(&self) -> Vec<u64> {
        if self.words.len() < MIN_WORDS && self.calls == 0 {
            return Vec::new();
        }
        self.words.shingles().map(token_hash).collect()
    }

    /// The hash of the facts, and behind it those of the shingles, ascending, each once.
    pub fn brief(&self) -> Vec<i64> {
        let mut found = Vec::with_capacity(self.words.len() + 2);
        found.push(self.facts as i64);
        found.extend(self.words.shingles().map(|shingle| xxh3_64(shingle) as i64));
        let (facts, shingles) = found.split_at_mut(1);
        shingles.sort_unstable();
        // The first may be equal to the second without being of its kind.
        let mut kept = usize::from(!shingles.is_empty());
        for at in 1..shingles.len() {
            if shingles[at] != shingles[at - 1] {
                shingles[kept] = shingles[at];
                kept += 1;
            }
        }
        let size = facts.len() + kept;
        found.truncate(size);
        found
    }
}

fn add_fact(facts: &mut Vec<u8>, fact: &[u8]) {
    facts.extend(fact);
    facts.push(BETWEEN_FACTS);
}

/// The parts of a call, with `BETWEEN_PARTS` between them.
struct Parts {
    out: Vec<u8>,
    is_first: bool,
}

impl Parts {
    fn next(&mut self) -> &mut Vec<u8> {
        if !self.is_first {
            self.out.push(BETWEEN_PARTS);
        }
        self.is_first = false;
        &mut self.out
    }

    fn add(&mut self, part: &[u8]) {
        self.next().extend(part);
    }
}

/// Add the facts of a value to `parts` and the words of its prose to `prose`.
fn flatten(value: &Value<'_>, parts: &mut Parts, prose: &mut Words) -> Option<()> {
    match value {
        Value::Str(text) => add_text(text, parts, prose)?,
        Value::Dict(entries) => add_entries(entries, parts, prose)?,
        Value::List(items) => {
            parts.add(b"[");
            items.iter().try_for_each(|item| flatten(item, parts, prose))?;
            parts.add(b"]");
        }
        Value::Null => parts.add(b"None"),
        Value::Bool(true) => parts.add(b"True"),
        Value::Bool(false) => parts.add(b"False"),
        Value::Int(number) => parts.add(number.to_string().as_bytes()),
        Value::Float(number) => parts.add(python_float(*number)?.as_bytes()),
    }
    Some(())
}

fn add_entries(entries: &[Entry<'_>], parts: &mut Parts, prose: &mut Words) -> Option<()> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    for (key, value) in sorted {
        let out = parts.next();
        out.extend(key.as_bytes());
        out.push(b':');
        flatten(value, parts, prose)?;
    }
    Some(())
}

fn add_text(text: &str, parts: &mut Parts, prose: &mut Words) -> Option<()> {
    let first = prose.len();
    prose.push(text)?;
    if prose.length_from(first) >= LONG {
        let numbers: Vec<&[u8]> = prose.numbers_from(first).collect();
        parts.add(&numbers.join(&b' '));
        return Some(());
    }
    if prose.len() > first {
        parts.add(prose.text_from(first));
    } else {
        parts.add(text.as_bytes());
    }
    prose.truncate(first);
    Some(())
}
