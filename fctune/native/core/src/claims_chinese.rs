//! Deeds that Chinese words tell of, for the audit of claims.
//!
//! Input: the words of a model turn. Output: their claims. Follows what
//! `fctune/conversations/claims.py` does with its pattern `_CHINESE`.

use std::collections::HashSet;

use crate::claim_words::{kinds_of_chinese, things_in, Kinds};
use crate::claims::Claim;

const BEFORE: usize = 20;
const WITHIN: usize = 12;
const WITH: usize = 16;
const REST: usize = 20;
const UNSURE: [&str; 16] = [
    "如果", "一旦", "等", "之后", "当", "没有", "未", "不", "请", "是否", "吗", "可以", "能", "需要", "想",
    "要",
];

/// The claims of a text.
pub fn claims_of(text: &str) -> Vec<Claim<'_>> {
    let mut claims = Vec::new();
    if has_verb(text) {
        let mut offset = 0;
        for clause in text.split(['。', '！', '？', '\n', '，', ',']) {
            if has_verb(clause) {
                add_claims(clause, offset, &mut claims);
            }
            offset += clause.chars().count() + 1;
        }
    }
    claims
}

fn has_verb(text: &str) -> bool {
    let mut before = '\0';
    text.chars().any(|sign| kinds_of_chinese(std::mem::replace(&mut before, sign), sign).is_some())
}

/// A clause: its characters, and where the next verb begins from each of them on.
struct Clause {
    signs: Vec<char>,
    verbs: Vec<usize>,
}

/// A find: where each part of it begins, in characters of the clause.
struct Found {
    start: usize,
    mark: usize,
    with: usize,
    verb: usize,
    done: usize,
    rest: usize,
    end: usize,
}

fn add_claims<'t>(text: &'t str, offset: usize, claims: &mut Vec<Claim<'t>>) {
    let clause = Clause::of(text);
    let mut from = 0;
    while let Some(found) = clause.next(from) {
        from = found.end;
        let is_done = found.done < found.rest || clause.says_done(&found, offset);
        if !is_done || clause.is_unsure(&found) {
            continue;
        }
        let parts = [&clause.signs[found.start..found.mark], &clause.signs[found.with..found.verb + 2]];
        let mut around = parts.concat();
        around.extend(&clause.signs[found.rest..found.end]);
        let around_text: String = around.iter().collect();
        let mut objects: HashSet<String> = things_in(&around_text).map(str::to_string).collect();
        objects.extend(around.windows(2).map(|pair| pair.iter().collect::<String>()));
        let place = |at| clause.signs[..at].iter().map(|sign: &char| sign.len_utf8()).sum::<usize>();
        let told = &text[place(found.start)..place(found.end)];
        claims.push(Claim { kinds: clause.kinds_at(found.verb).unwrap_or(0), objects, told });
    }
}

impl Clause {
    fn of(text: &str) -> Clause {
        let mut clause = Clause { signs: text.chars().collect(), verbs: Vec::new() };
        let size = clause.signs.len();
        let mut verbs = vec![usize::MAX; size + 1];
        for at in (0..size).rev() {
            verbs[at] = if clause.kinds_at(at).is_some() { at } else { verbs[at + 1] };
        }
        clause.verbs = verbs;
        clause
    }

    fn kinds_at(&self, at: usize) -> Option<Kinds> {
        kinds_of_chinese(*self.signs.get(at)?, *self.signs.get(at + 1)?)
    }

    fn has(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(step, sign)| self.signs.get(at + step) == Some(&sign))
    }

    fn next(&self, from: usize) -> Option<Found> {
        let size = self.signs.len();
        let (mark, (with, verb)) = (from..size).find_map(|at| Some((at, self.deed_from(at)?)))?;
        let done = verb + 2;
        let ends = ["好了", "好", "了", "成功", "完成"];
        let rest =
            done + ends.iter().find(|word| self.has(done, word)).map_or(0, |word| word.chars().count());
        let start = from.max(mark.saturating_sub(BEFORE));
        Some(Found { start, mark, with, verb, done, rest, end: size.min(rest + REST) })
    }

    /// Where what stands before the verb begins, and the verb, of a deed whose mark is at a place.
    fn deed_from(&self, at: usize) -> Option<(usize, usize)> {
        match self.signs[at] {
            '已' | '成' | '刚' => self.marked(at, 3),
            '我' => {
                let within = (self.signs.get(at + 1) == Some(&'在'))
                    .then(|| (at + 2..=self.signs.len().min(at + 2 + WITHIN)).rev());
                within
                    .into_iter()
                    .flatten()
                    .find_map(|with| self.verb_near(with))
                    .or_else(|| self.verb_near(at + 1))
            }
            _ => self.verb_near(at + self.for_you(at)?),
        }
    }

    /// The same behind one to three of the marks of something done, as many as there are.
    fn marked(&self, at: usize, left: usize) -> Option<(usize, usize)> {
        ["已经", "已", "成功", "刚刚"].iter().filter(|mark| self.has(at, mark)).find_map(|mark| {
            let next = at + mark.chars().count();
            let more = if left > 1 { self.marked(next, left - 1) } else { None };
            more.or_else(|| self.verb_near(next + self.for_you(next)?)).or_else(|| self.verb_near(next))
        })
    }

    /// How many characters say for whom something is done.
    fn for_you(&self, at: usize) -> Option<usize> {
        match self.signs.get(at)? {
            '将' | '把' => Some(1),
            '为' | '帮' | '给' | '替' if matches!(self.signs.get(at + 1), Some('您' | '你')) => Some(2),
            _ => None,
        }
    }

    fn verb_near(&self, with: usize) -> Option<(usize, usize)> {
        let verb = *self.verbs.get(with)?;
        (verb <= with.saturating_add(WITH)).then_some((with, verb))
    }

    /// Whether the words of a find, up to the place that its verb has in the text, say that it is
    /// done. (They begin later than the text, so this looks beyond the verb, as Python does.)
    fn says_done(&self, found: &Found, offset: usize) -> bool {
        let end = found.end.min(found.start + offset + found.verb);
        let words = &self.signs[found.start..end];
        let pairs = words.windows(2).any(|pair| matches!(pair, ['成', '功'] | ['刚', '刚']));
        pairs || words.contains(&'已')
    }

    /// Whether it is no deed: conditions, denials, questions.
    fn is_unsure(&self, found: &Found) -> bool {
        let mut words: String = self.signs[found.start..found.mark].iter().collect();
        if found.rest < found.end {
            words.push(self.signs[found.end - 1]);
        }
        let is_future =
            words.match_indices('会').any(|(at, sign)| !words[at + sign.len()..].starts_with('议'));
        is_future || UNSURE.iter().any(|word| words.contains(word))
    }
}
