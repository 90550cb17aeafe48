//! Audit: the model says that it did something, and nothing was called.
//!
//! Input: the turns of a row and its tools. Output: a finding for each model turn that tells of a
//! deed for which a tool is listed, in an exchange without any call; `None` where a character is not
//! known. Follows `fctune/conversations/claims.py`.

use std::collections::HashSet;

use crate::claim_text::{end_of, quoted};
use crate::claim_words::{kinds_of_past, nouns_of, verbs_of, Kinds};
use crate::claims_chinese;
use crate::ground_chars::{is_certain, is_word};
use crate::ground_folds::{stem, words};
use crate::ground_signs::{head, tail};
use crate::patterns::{is_edge, sign_before};
use crate::row::{Finding, Kind, Turn};
use crate::tools::Tools;

const CODE: &str = "success-claimed";
const MAX_READ: usize = 4000;
const ADVERBS: [&str; 6] = ["just ", "now ", "already ", "also ", "successfully ", "gone ahead and "];
const PAIRS: [(&str, &str); 4] =
    [("set", " up"), ("looked", " up"), ("looked", " for"), ("searched", " for")];
const UNSURE: [&str; 17] = [
    "if", "once", "after", "when", "until", "unless", "before", "not", "never", "would", "could", "should",
    "may", "might", "whether", "assuming", "suppose",
];

/// A deed that words tell of: what, done to what, and the words.
pub struct Claim<'t> {
    pub kinds: Kinds,
    pub objects: HashSet<String>,
    pub told: &'t str,
}

/// A verb that was found, and what stands around it.
struct Deed<'t> {
    kinds: Kinds,
    before: &'t str,
    rest: &'t str,
    told: &'t str,
}

/// What the audit finds.
pub fn find(turns: &[Turn<'_>], tools: &Tools) -> Option<Vec<Finding>> {
    let mut findings = Vec::new();
    if tools.tools.is_empty() {
        return Some(findings);
    }
    let mut acted = false;
    let mut called: Vec<&str> = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        match turn.kind {
            Kind::User => acted = false,
            Kind::Call => {
                acted = true;
                called.push(&turn.call.as_ref()?.name);
            }
            Kind::Result => acted = true,
            Kind::Model if acted => {}
            Kind::Model => {
                if let Some((told, name)) = claimed(&turn.text, tools, &called)? {
                    let message = format!("got {}, and {name} was not called", quoted(told)?);
                    findings.push(Finding { code: CODE, place: format!("turns[{at}]"), message });
                }
            }
        }
    }
    Some(findings)
}

/// The first claim of a text that a listed tool fits, unless that one was called; and the tool.
fn claimed<'t>(text: &'t str, tools: &'t Tools, called: &[&str]) -> Option<Option<(&'t str, &'t str)>> {
    let read = head(text, MAX_READ);
    let claims = claims_of(read)?;
    if claims.is_empty() || text.contains("```") {
        return Some(None); // "I have added a test" tells of the code
    }
    let deeds = tools.tools.iter().map(verbs_of).collect::<Option<Vec<_>>>()?;
    let mut things: Vec<Option<Vec<String>>> = vec![None; deeds.len()];
    for claim in claims {
        let mut fitting = Vec::new();
        for (at, tool) in tools.tools.iter().enumerate().filter(|(at, _)| claim.kinds & deeds[*at] != 0) {
            if things[at].is_none() {
                things[at] = Some(nouns_of(tool)?);
            }
            if things[at].iter().flatten().any(|noun| claim.objects.contains(noun)) {
                fitting.push(tool.name.as_str());
            }
        }
        if !fitting.is_empty() && !fitting.iter().any(|name| called.contains(name)) {
            return Some(Some((claim.told, fitting[0])));
        }
    }
    Some(None)
}

fn claims_of(text: &str) -> Option<Vec<Claim<'_>>> {
    let mut claims = Vec::new();
    let (has_person, has_passive) = (persons(text).next().is_some(), text.contains(" been "));
    if has_person || has_passive {
        if !is_certain(text) {
            return None;
        }
        let mut deeds = if has_person { active(text) } else { Vec::new() };
        if has_passive {
            deeds.extend(passive(text));
        }
        for deed in deeds.iter().filter(|deed| !is_unsure(deed.before)) {
            let words = words(deed.rest)?;
            let objects = words.split_terminator(' ').map(|word| stem(word).to_string()).collect();
            claims.push(Claim { kinds: deed.kinds, objects, told: deed.told });
        }
    }
    if !text.is_ascii() {
        claims.extend(claims_chinese::claims_of(text));
    }
    Some(claims)
}

/// Where `I have `, `I've ` or `I just ` and the like begin, and where they end.
fn persons(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    text.match_indices('I').filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        if let Some(form) = [" have ", "'ve ", "’ve "].iter().find(|form| rest.starts_with(**form)) {
            return Some((at, at + 1 + form.len()));
        }
        let is_deed =
            [" just ", " already ", " now ", " successfully "].iter().any(|form| rest.starts_with(form));
        is_deed.then_some((at, at + 2))
    })
}

/// I have turned off the light | I just sent it
fn active(text: &str) -> Vec<Deed<'_>> {
    let (mut deeds, mut next) = (Vec::new(), 0);
    for (start, from) in persons(text) {
        if start < next || sign_before(text, start).is_some_and(is_word) {
            continue;
        }
        let Some((kinds, verb_end)) = deed_at(text, from) else { continue };
        let is_rest = |sign| !matches!(sign, '.' | '!' | '?' | '\n' | '。' | '！' | '？');
        let end = end_of(text, verb_end, 120, is_rest);
        let before = tail(&text[..start], 60);
        deeds.push(Deed { kinds, before, rest: &text[verb_end..end], told: &text[start..end] });
        next = end;
    }
    deeds
}

/// Your table has been booked
fn passive(text: &str) -> Vec<Deed<'_>> {
    let beens = beens(text);
    let (mut deeds, mut next, mut at) = (Vec::new(), 0, 0);
    while at < beens.len() {
        let (begin, start) = (beens[at].0, start_of_rest(text, beens[at].0, next));
        let Some(start) = start else {
            at += 1;
            continue;
        };
        // The longest words before a verb are taken, so those up to the last verb within reach.
        let mut last = at;
        while let Some((later, ..)) = beens.get(last + 1) {
            let clean = end_of(text, begin, later - begin, is_passive_rest) >= *later;
            if !clean || text[start..*later].chars().count() > 80 {
                break;
            }
            last += 1;
        }
        let (been, end, kinds) = beens[last];
        let rest = &text[start..been];
        deeds.push(Deed { kinds, before: rest, rest, told: &text[start..end] });
        next = end;
        at = last + 1;
    }
    deeds
}

fn is_passive_rest(sign: char) -> bool {
    !matches!(sign, '.' | '!' | '?' | '\n' | '。' | '！' | '？' | ',' | ';')
}

/// Where the 3 to 80 characters begin that stand before ` has been`, not before a limit.
fn start_of_rest(text: &str, begin: usize, limit: usize) -> Option<usize> {
    let signs = text.get(limit..begin)?.char_indices().rev().take(80);
    let (mut count, mut start) = (0, begin);
    for (at, _) in signs.take_while(|(_, sign)| is_passive_rest(*sign)) {
        (count, start) = (count + 1, limit + at);
    }
    (count >= 3).then_some(start)
}

/// Each ` has been VERBED`: where it begins and ends, and the kinds of the verb.
fn beens(text: &str) -> Vec<(usize, usize, Kinds)> {
    let found = text.match_indices(" been ").filter_map(|(at, been)| {
        let begin = [" has", " have"].iter().find_map(|form| text[..at].strip_suffix(form))?.len();
        let (kinds, end) = deed_at(text, at + been.len())?;
        Some((begin, end, kinds))
    });
    found.collect()
}

/// The kinds of the verb at a place, behind up to three adverbs, and where it ends.
fn deed_at(text: &str, mut at: usize) -> Option<(Kinds, usize)> {
    for _ in 0..3 {
        let adverb = ADVERBS.iter().find(|adverb| text[at..].starts_with(**adverb));
        at += adverb.map_or(0, |adverb| adverb.len());
    }
    let end = end_of(text, at, usize::MAX, is_word);
    let verb = &text[at..end];
    for (first, second) in PAIRS {
        let whole = end + second.len();
        if verb == first && text[end..].starts_with(second) && is_edge(text, whole) {
            return kinds_of_past(&text[at..whole]).map(|kinds| (kinds, whole));
        }
    }
    kinds_of_past(verb).map(|kinds| (kinds, end))
}

/// Whether words before a deed make it no deed: conditions, denials, reports of others, questions.
fn is_unsure(before: &str) -> bool {
    let most = if before.ends_with('\n') { 41 } else { 40 };
    let signs = before.char_indices().rev().take(most);
    let within = signs.take_while(|(_, sign)| !matches!(sign, '.' | '!' | '?')).last();
    let limit = within.map_or(before.len(), |(at, _)| at);
    let mut at = 0;
    while at < before.len() {
        let end = end_of(before, at, usize::MAX, is_word);
        let word = &before[at..end];
        if end >= limit && (word.eq_ignore_ascii_case("you") || is_doubt(word)) {
            return true;
        }
        let soon = before.get(end..end + 8).is_some_and(|next| next.eq_ignore_ascii_case(" soon as"));
        if soon && word.eq_ignore_ascii_case("as") && end + 8 >= limit && is_edge(before, end + 8) {
            return true;
        }
        at = end_of(before, end, 1, |_| true);
    }
    false
}

fn is_doubt(word: &str) -> bool {
    UNSURE.iter().any(|known| word.eq_ignore_ascii_case(known))
}
