//! Reads a pattern into the steps that `patterns` runs.
//!
//! Input: a pattern in the language of Python's `re`, as far as `patterns` says. Output: its steps,
//! or `None` where it is not understood.

use crate::patterns::{Check, Set, Step, MAX_GROUPS};

const DIGITS: u128 = 0x3ff << 48;
const LETTERS: u128 = 0x3ff_ffff;

/// The steps of a pattern.
pub fn compiled(pattern: &str, checks: &[(char, Check)]) -> Option<Vec<Step>> {
    let mut reader = Reader { signs: pattern.chars().collect(), at: 0, groups: 0, checks };
    let mut steps = reader.alternatives()?;
    steps.push(Step::Done);
    (reader.at == reader.signs.len() && reader.groups < MAX_GROUPS).then_some(steps)
}

struct Reader<'c> {
    signs: Vec<char>,
    at: usize,
    groups: usize,
    checks: &'c [(char, Check)],
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.signs.get(self.at).copied()
    }

    fn taken(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn alternatives(&mut self) -> Option<Vec<Step>> {
        let mut steps = self.sequence()?;
        if self.taken('|') {
            let others = self.alternatives()?;
            let size = steps.len();
            steps = moved(steps, 1);
            steps.insert(0, Step::Fork(1, size + 2));
            steps.push(Step::Jump(size + 2 + others.len()));
            steps.extend(moved(others, size + 2));
        }
        Some(steps)
    }

    fn sequence(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        while !matches!(self.peek(), None | Some('|' | ')')) {
            let item = self.item()?;
            let (least, most) = self.repeats()?;
            steps = repeated(steps, &item, least, most);
        }
        Some(steps)
    }

    fn repeats(&mut self) -> Option<(usize, Option<usize>)> {
        Some(match self.peek() {
            Some('?') => self.after((0, Some(1))),
            Some('*') => self.after((0, None)),
            Some('+') => self.after((1, None)),
            Some('{') => {
                self.at += 1;
                let least = self.number()?;
                let most = if self.taken(',') { self.number()? } else { least };
                self.taken('}').then_some((least, Some(most)))?
            }
            _ => (1, Some(1)),
        })
    }

    fn after<T>(&mut self, value: T) -> T {
        self.at += 1;
        value
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|sign| sign.is_ascii_digit()) {
            self.at += 1;
        }
        self.signs[start..self.at].iter().collect::<String>().parse().ok()
    }

    fn item(&mut self) -> Option<Vec<Step>> {
        let sign = self.peek()?;
        self.at += 1;
        Some(match sign {
            '(' => return self.group(),
            '[' => vec![Step::Of(self.set()?)],
            '.' => vec![Step::NoLineEnd],
            '\\' if self.taken('b') => vec![Step::Edge],
            '\\' => vec![self.escaped()?],
            '?' | '*' | '+' | '{' | '^' | '$' => return None,
            _ => vec![Step::Sign(sign)],
        })
    }

    /// What stands behind a backslash.
    fn escaped(&mut self) -> Option<Step> {
        let sign = self.peek()?;
        if let Some((_, check)) = self.checks.iter().find(|(name, _)| *name == sign) {
            return Some(self.after(Step::Check(*check)));
        }
        if let Some(group) = sign.to_digit(10) {
            return Some(self.after(Step::Same(group as usize)));
        }
        Some(match escape(sign) {
            Some(set) => self.after(Step::Of(set)),
            None => Step::Sign(self.plain()?),
        })
    }

    /// A character behind a backslash that stands for itself.
    fn plain(&mut self) -> Option<char> {
        let sign = self.peek()?;
        self.at += 1;
        (!sign.is_alphanumeric()).then_some(sign)
    }

    fn group(&mut self) -> Option<Vec<Step>> {
        if self.taken('?') {
            return self.special();
        }
        self.groups += 1;
        let number = self.groups;
        let inner = self.alternatives()?;
        let mut steps = vec![Step::Mark(2 * number)];
        steps.extend(moved(inner, 1));
        steps.push(Step::Mark(2 * number + 1));
        self.taken(')').then_some(steps)
    }

    fn special(&mut self) -> Option<Vec<Step>> {
        if self.taken(':') {
            let steps = self.alternatives()?;
            return self.taken(')').then_some(steps);
        }
        let before = self.taken('<');
        let wanted = self.taken('=');
        if !wanted && !self.taken('!') {
            return None;
        }
        let set = match self.item()?.pop()? {
            Step::Of(set) => set,
            Step::Sign(sign) => set_of(sign),
            _ => return None,
        };
        let step = if before { Step::Before(set, wanted) } else { Step::Behind(set, wanted) };
        self.taken(')').then(|| vec![step])
    }

    fn set(&mut self) -> Option<Set> {
        let mut set = Set { negated: self.taken('^'), ..Set::default() };
        let start = self.at;
        loop {
            let sign = self.peek()?;
            self.at += 1;
            match sign {
                ']' if self.at > start + 1 => return Some(set),
                '\\' => match escape(self.peek()?) {
                    Some(other) => {
                        self.at += 1;
                        set.ascii |= other.ascii;
                        set.spaces |= other.spaces;
                        set.words |= other.words;
                    }
                    None => add(&mut set, (self.plain()?, self.signs[self.at - 1])),
                },
                _ => {
                    let ranged = self.peek() == Some('-') && self.signs.get(self.at + 1) != Some(&']');
                    let last = if ranged { *self.signs.get(self.at + 1)? } else { sign };
                    self.at += if ranged { 2 } else { 0 };
                    add(&mut set, (sign, last));
                }
            }
        }
    }
}

fn set_of(sign: char) -> Set {
    let mut set = Set::default();
    add(&mut set, (sign, sign));
    set
}

fn add(set: &mut Set, (first, last): (char, char)) {
    for code in (first as u32)..=(last as u32).min(127) {
        set.ascii |= 1 << code;
    }
    if last as u32 > 127 {
        set.beyond.push((first, last));
    }
}

/// The set that a backslash and a letter write.
fn escape(sign: char) -> Option<Set> {
    let spaces: u128 = 0b1_1111 << 9 | 0b1_1111 << 28;
    match sign {
        'd' => Some(Set { ascii: DIGITS, ..Set::default() }),
        's' => Some(Set { ascii: spaces, spaces: true, ..Set::default() }),
        'w' => {
            let ascii = DIGITS | LETTERS << 65 | LETTERS << 97 | 1 << 95;
            Some(Set { ascii, words: true, ..Set::default() })
        }
        _ => None,
    }
}

/// Steps whose targets move with them.
fn moved(steps: Vec<Step>, by: usize) -> Vec<Step> {
    let step = |step| match step {
        Step::Fork(first, second) => Step::Fork(first + by, second + by),
        Step::Jump(target) => Step::Jump(target + by),
        other => other,
    };
    steps.into_iter().map(step).collect()
}

/// Steps with an item behind them, so many times.
fn repeated(mut steps: Vec<Step>, item: &[Step], least: usize, most: Option<usize>) -> Vec<Step> {
    for _ in 0..least {
        let at = steps.len();
        steps.extend(moved(item.to_vec(), at));
    }
    let Some(most) = most else {
        let at = steps.len();
        let end = at + item.len() + 2;
        steps.push(Step::Fork(at + 1, end));
        steps.extend(moved(item.to_vec(), at + 1));
        steps.push(Step::Jump(at));
        return steps;
    };
    let end = steps.len() + (most - least) * (item.len() + 1);
    for _ in least..most {
        let at = steps.len();
        steps.push(Step::Fork(at + 1, end));
        steps.extend(moved(item.to_vec(), at + 1));
    }
    steps
}
