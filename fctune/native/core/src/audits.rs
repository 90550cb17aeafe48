//! The audits of a row, in the order in which Python asks them.
//!
//! Follows `fctune/conversations/quick_audits.py`.

use crate::context::{Audit, Listed};
use crate::row::{Finding, Turn};
use crate::{claims, ground, meant, personal};

/// What the audits find; `None` where one is in doubt.
pub fn find(audits: &[Audit], system: &str, turns: &[Turn<'_>], listed: &Listed) -> Option<Vec<Finding>> {
    let mut found = Vec::new();
    for audit in audits {
        found.extend(match audit {
            Audit::Personal => personal::find(system, turns)?,
            _ if listed.text.is_empty() => continue, // of tools, and there are none
            Audit::Claims => claims::find(turns, listed.tools()?)?,
            Audit::Meant => meant::find(turns, listed.tools()?)?,
            Audit::Grounding => grounding(system, turns, listed)?,
        });
    }
    Some(found)
}

fn grounding(system: &str, turns: &[Turn<'_>], listed: &Listed) -> Option<Vec<Finding>> {
    if !turns.iter().any(|turn| turn.call.is_some()) {
        return Some(Vec::new());
    }
    let tools = listed.tools()?;
    // Where that is in doubt, all may still stand there as it is.
    let found = ground::find(system, turns, tools);
    found.or_else(|| (ground::grounded(system, turns, tools)?).then(Vec::new))
}
