//! Words around a call in words that make it none: denials, questions, talk about tools.
//!
//! Input: texts. Output: what the patterns `_DENIES`, `_ASKS` and `_ABOUT_TOOLS` of
//! `fctune/conversations/meant.py` say of them.

use std::sync::LazyLock;

use crate::ground_chars::{is_certain, is_space, is_word};
use crate::patterns::{is_edge, sign_before, Pattern};

const DENIALS: [&str; 13] = [
    "not",
    "n't",
    "n’t",
    "cannot",
    "unable",
    "without",
    "instead of",
    "never",
    "无法",
    "不能",
    "没有",
    "不会",
    "不需要",
];
const QUESTIONS: [&str; 8] =
    ["would you like", "if you", "请提供", "请告诉", "请问", "需要您", "需要你", "如果"];
const REQUESTS: [&str; 11] = [
    "please provide",
    "please tell",
    "please give",
    "please specify",
    "please confirm",
    "please let",
    "could you",
    "can you",
    "i need",
    "i'll need",
    "i’ll need",
];
// `.` finds line ends too here: any character that is certain.
const ABOUT_TOOLS: &str = "\\b(?:what|which|list|show|tell|explain|describe|how)\\b[^\u{fffe}]{0,60}\
    \\b(?:tools?|functions?|apis?|commands?|capabilit\\w+|can you do|could you do)\\b|\
    (?:哪些|什么|列出|介绍|解释)[^\u{fffe}]{0,20}(?:工具|函数|接口|功能|能力)|\
    \\b(?:write|code|implement|script|snippet)\\b[^\u{fffe}]{0,60}\
    \\b(?:function|code|script|python|javascript)\\b|(?:写|编写)[^\u{fffe}]{0,20}(?:代码|函数|脚本)";
static ABOUT: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(ABOUT_TOOLS));

/// Whether the words before a call deny it.
pub fn denies(before: &str) -> bool {
    let lowered = before.to_ascii_lowercase();
    let signs = lowered.char_indices().rev().take(40);
    let within = signs.take_while(|(_, sign)| !matches!(sign, '.' | '。')).last();
    let limit = within.map_or(lowered.len(), |(at, _)| at);
    DENIALS.iter().any(|denial| lowered.rfind(denial).is_some_and(|at| at + denial.len() >= limit))
}

/// Whether a text asks the user for something.
pub fn asks(text: &str) -> bool {
    if text.trim_end_matches(is_space).ends_with(['?', '？']) {
        return true;
    }
    let lowered = text.to_ascii_lowercase();
    let begins = |at: usize| !sign_before(&lowered, at).is_some_and(is_word);
    QUESTIONS.iter().any(|words| lowered.contains(words))
        || REQUESTS.iter().any(|words| lowered.match_indices(words).any(|(at, _)| begins(at)))
        || lowered.match_indices("once").any(|(at, words)| begins(at) && is_edge(&lowered, at + words.len()))
}

/// Whether a user asks about the tools, or for code; `None` where a character is not known.
pub fn is_about_tools(asked: &str) -> Option<bool> {
    if !is_certain(asked) {
        return None;
    }
    Some(ABOUT.is_in(&asked.to_ascii_lowercase()))
}
