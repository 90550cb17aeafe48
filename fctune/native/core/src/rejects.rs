//! Rejected rows as lines of the file of rejects, but for the place where each came from.
//!
//! Follows `Rejected.as_row` in `fctune/issues.py`. What stands around the place and the message of
//! an issue, and what is told of a default system text, Python gives once
//! (`fctune/dataset/refused.py`).

use crate::faults::Rejected;
use crate::json::{write_text, Value};

/// What is written of codes; see the head of this file.
#[derive(Default)]
pub struct Words {
    /// By code, what stands before the place of an issue, and behind its message.
    around: Vec<(String, String, String)>,
    /// The issues of a row without a system text of its own.
    default: String,
}

impl Words {
    /// Take them from the settings; where these have none, no row is rejected here.
    pub fn of(given: &Value<'_>) -> Option<Words> {
        let Some(told) = given.get("told") else { return Some(Words::default()) };
        let mut words = Words { around: Vec::new(), default: told.get("default")?.as_str()?.to_owned() };
        for (code, around) in told.get("around")?.as_dict()? {
            let [before, behind] = around.as_list()? else { return None };
            let [before, behind] = [before.as_str()?, behind.as_str()?].map(str::to_owned);
            words.around.push((code.to_string(), before, behind));
        }
        Some(words)
    }

    /// Write a row; return the codes that reject it, with commas between them. `None` where
    /// nothing is known of one.
    pub fn write(&self, rejected: &Rejected, out: &mut String) -> Option<String> {
        let mut codes: Vec<&str> = rejected.findings.iter().map(|one| one.code).collect();
        codes.sort_unstable();
        codes.dedup();
        let mut told = String::new();
        if rejected.is_default_system {
            told.push_str(&self.default);
        }
        for one in &rejected.findings {
            let (_, before, behind) = self.around.iter().find(|(code, ..)| code == one.code)?;
            told.push_str(if told.is_empty() { "" } else { "," });
            told.push_str(before);
            write_text(&one.place, &mut told);
            told.push_str(",\"message\":");
            write_text(&one.message, &mut told);
            told.push_str(behind);
        }
        let quoted = codes.join("\",\"");
        let row = &rejected.row;
        out.push_str(&format!("\"codes\":[\"{quoted}\"],\"issues\":[{told}],\"row\":{row}}}\n"));
        Some(codes.join(","))
    }
}
