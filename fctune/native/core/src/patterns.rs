//! Patterns, as Python's `re` finds them: the part of its language that the audits write.
//!
//! Input: a pattern of this crate and a text whose characters are certain (`ground_chars`).
//! Output: the finds of `search`, `findall` and `fullmatch`, by the same backtracking. Known are
//! characters, sets, `. \d \s \w \b`, groups, `|`, `? * + {m,n}`, and a look at one character before
//! or behind. The patterns must bound what they repeat, as those of Python do.

use crate::ground_chars::{is_space, is_word};
use crate::patterns_read;
use crate::patterns_starts::Starts;

/// Patterns by their names, each compiled when it is first used; all with the same checks, or none.
macro_rules! patterns {
    (with $checks:expr; $($name:ident = $pattern:expr;)*) => {
        $(static $name: LazyLock<Pattern> = LazyLock::new(|| Pattern::with($pattern, $checks));)*
    };
    ($($name:ident = $pattern:expr;)*) => { patterns! { with &[]; $($name = $pattern;)* } };
}
pub(crate) use patterns;

/// Groups that a pattern may have, the whole find included.
pub const MAX_GROUPS: usize = 16;
const UNSET: usize = usize::MAX;

/// A set of characters.
#[derive(Debug, Clone, Default)]
pub struct Set {
    pub ascii: u128,
    pub beyond: Vec<(char, char)>,
    pub spaces: bool,
    pub words: bool,
    pub negated: bool,
}

impl Set {
    /// Whether a character is of the set.
    pub fn has(&self, sign: char) -> bool {
        let code = sign as u32;
        let found = if code < 128 {
            self.ascii >> code & 1 == 1
        } else {
            self.beyond.iter().any(|(first, last)| (*first..=*last).contains(&sign))
                || (self.spaces && is_space(sign))
                || (self.words && is_word(sign))
        };
        found != self.negated
    }

    /// Whether it may have characters that are neither ASCII nor listed.
    pub fn is_open(&self) -> bool {
        self.negated || self.spaces || self.words
    }
}

/// One step of a compiled pattern.
#[derive(Debug, Clone)]
pub enum Step {
    Sign(char),
    Of(Set),
    NoLineEnd,
    Edge,
    Before(Set, bool),
    Behind(Set, bool),
    Fork(usize, usize),
    Jump(usize),
    Mark(usize),
    /// What a function says of the place.
    Check(Check),
    /// The text of a group once more.
    Same(usize),
    Done,
}

/// Tells something of a place in a text.
pub type Check = fn(&str, usize) -> bool;

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    steps: Vec<Step>,
    starts: Starts,
}

/// A find: the whole, and its groups.
#[derive(Debug, Clone)]
pub struct Find<'t> {
    text: &'t str,
    marks: [usize; 2 * MAX_GROUPS],
}

impl<'t> Find<'t> {
    /// The text of a group, "" where it took no part.
    pub fn get(&self, group: usize) -> &'t str {
        match self.marks[2 * group] {
            UNSET => "",
            start => &self.text[start..self.marks[2 * group + 1]],
        }
    }

    /// The whole find.
    pub fn whole(&self) -> &'t str {
        &self.text[self.marks[0]..self.marks[1]]
    }

    /// Where the find begins.
    pub fn start(&self) -> usize {
        self.marks[0]
    }

    /// Where the find ends.
    pub fn end(&self) -> usize {
        self.marks[1]
    }
}

enum Task {
    Try(usize, usize),
    Restore(usize, usize),
}

impl Pattern {
    /// Compile a pattern of this crate; it panics on one that is not understood, as a test shows.
    pub fn new(pattern: &str) -> Pattern {
        Pattern::with(pattern, &[])
    }

    /// Compile a pattern in which `\0`, `\<` and so on stand for functions that check a place.
    pub fn with(pattern: &str, checks: &[(char, Check)]) -> Pattern {
        let steps = patterns_read::compiled(pattern, checks).expect("a pattern of this crate");
        let starts = Starts::of(&steps);
        Pattern { steps, starts }
    }

    /// Whether the pattern is found anywhere in a text.
    pub fn is_in(&self, text: &str) -> bool {
        self.next(text, 0, &mut Vec::new()).is_some()
    }

    /// The find that is the whole text.
    pub fn full<'t>(&self, text: &'t str) -> Option<Find<'t>> {
        self.tried(text, 0, true, &mut Vec::new())
    }

    /// The find with which the text begins.
    pub fn first<'t>(&self, text: &'t str) -> Option<Find<'t>> {
        self.tried(text, 0, false, &mut Vec::new())
    }

    /// All finds from left to right that do not overlap; none may be empty.
    pub fn each<'p, 't: 'p>(&'p self, text: &'t str) -> impl Iterator<Item = Find<'t>> + 'p {
        let (mut at, mut tasks) = (0, Vec::new());
        std::iter::from_fn(move || {
            let found = self.next(text, at, &mut tasks)?;
            at = found.end();
            Some(found)
        })
    }

    /// The same where finds can begin only at these places, which are in order.
    pub fn each_at<'p, 't: 'p>(
        &'p self,
        text: &'t str,
        places: impl Iterator<Item = usize> + 'p,
    ) -> impl Iterator<Item = Find<'t>> + 'p {
        let (mut end, mut tasks) = (0, Vec::new());
        places.filter_map(move |at| {
            let found = if at < end { None } else { self.tried(text, at, false, &mut tasks) };
            end = found.as_ref().map_or(end, Find::end);
            found
        })
    }

    fn next<'t>(&self, text: &'t str, from: usize, tasks: &mut Vec<Task>) -> Option<Find<'t>> {
        let mut at = from;
        loop {
            at = self.starts.next(text.as_bytes(), at)?;
            if let Some(found) = self.tried(text, at, false, tasks) {
                return Some(found);
            }
            at += sign_at(text, at)?.len_utf8();
        }
    }

    fn tried<'t>(&self, text: &'t str, from: usize, full: bool, tasks: &mut Vec<Task>) -> Option<Find<'t>> {
        let mut marks = [UNSET; 2 * MAX_GROUPS];
        tasks.clear();
        tasks.push(Task::Try(0, from));
        while let Some(task) = tasks.pop() {
            match task {
                Task::Restore(mark, value) => marks[mark] = value,
                Task::Try(step, at) => {
                    let end = self.run(text, (step, at), &mut marks, tasks);
                    if let Some(end) = end.filter(|end| !full || *end == text.len()) {
                        (marks[0], marks[1]) = (from, end);
                        return Some(Find { text, marks });
                    }
                }
            }
        }
        None
    }

    /// Follow one way to its end; `None` where it ends before the pattern does.
    fn run(
        &self,
        text: &str,
        from: (usize, usize),
        marks: &mut [usize; 2 * MAX_GROUPS],
        tasks: &mut Vec<Task>,
    ) -> Option<usize> {
        let (mut step, mut at) = from;
        loop {
            match &self.steps[step] {
                Step::Sign(wanted) => at = past(text, at, |sign| sign == *wanted)?,
                Step::Of(set) => at = past(text, at, |sign| set.has(sign))?,
                Step::NoLineEnd => at = past(text, at, |sign| sign != '\n')?,
                Step::Edge => at = is_edge(text, at).then_some(at)?,
                Step::Before(set, wanted) => {
                    let found = sign_before(text, at).is_some_and(|sign| set.has(sign));
                    at = (found == *wanted).then_some(at)?;
                }
                Step::Behind(set, wanted) => {
                    let found = sign_at(text, at).is_some_and(|sign| set.has(sign));
                    at = (found == *wanted).then_some(at)?;
                }
                Step::Fork(first, second) => {
                    tasks.push(Task::Try(*second, at));
                    step = *first;
                    continue;
                }
                Step::Jump(target) => {
                    step = *target;
                    continue;
                }
                Step::Mark(mark) => {
                    tasks.push(Task::Restore(*mark, marks[*mark]));
                    marks[*mark] = at;
                }
                Step::Check(holds) => at = holds(text, at).then_some(at)?,
                Step::Same(group) => at = again(text, at, &marks[2 * group..2 * group + 2])?,
                Step::Done => return Some(at),
            }
            step += 1;
        }
    }
}

/// The character at a place of a text.
pub fn sign_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        byte if byte.is_ascii() => Some(*byte as char),
        _ => text[at..].chars().next(),
    }
}

/// The character before a place of a text.
pub fn sign_before(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at.checked_sub(1)?)? {
        byte if byte.is_ascii() => Some(*byte as char),
        _ => text[..at].chars().next_back(),
    }
}

/// Whether `\b` holds at a place of a text.
pub fn is_edge(text: &str, at: usize) -> bool {
    sign_before(text, at).is_some_and(is_word) != sign_at(text, at).is_some_and(is_word)
}

fn past(text: &str, at: usize, is_wanted: impl Fn(char) -> bool) -> Option<usize> {
    let sign = sign_at(text, at)?;
    is_wanted(sign).then_some(at + sign.len_utf8())
}

fn again(text: &str, at: usize, group: &[usize]) -> Option<usize> {
    let wanted = text.get(group[0]..group[1])?;
    text[at..].starts_with(wanted).then_some(at + wanted.len())
}
