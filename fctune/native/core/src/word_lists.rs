//! Lists of words that audits know, from the files that Python reads too.
//!
//! Follows `fctune/conversations/word_lists.py`. Input: nothing. Output: the lines of a list, which
//! stand in the library since it was built.

pub const SAME_NAMES: &str = include_str!("../../../conversations/words/same_names.txt");
pub const NEUTRAL: &str = include_str!("../../../conversations/words/neutral.txt");
pub const STOP_WORDS: &str = include_str!("../../../conversations/words/stop_words.txt");
pub const DEED_VERBS: &str = include_str!("../../../conversations/words/deed_verbs.txt");
pub const DEED_KINDS: &str = include_str!("../../../conversations/words/deed_kinds.txt");
pub const PAST_FORMS: &str = include_str!("../../../conversations/words/past_forms.txt");
pub const CHINESE_VERBS: &str = include_str!("../../../conversations/words/chinese_verbs.txt");
pub const CHINESE_NOUNS: &str = include_str!("../../../conversations/words/chinese_nouns.txt");
pub const GENERAL_THINGS: &str = include_str!("../../../conversations/words/general_things.txt");
pub const CODE_TAGS: &str = include_str!("../../../conversations/words/code_tags.txt");

/// The lines of a list, without those of its head.
pub fn lines_of(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with("# "))
}

/// The words of a list that has nothing but words.
pub fn words_of(list: &'static str) -> impl Iterator<Item = &'static str> {
    lines_of(list).flat_map(str::split_whitespace)
}
