//! What a sequence of roles says of a row.
//!
//! Follows `fctune/conversations/quick_plan.py`. Input: the roles of ShareGPT turns. Output: a Plan,
//! or `None` where the sequence is not lawful as it stands.

use crate::row::Kind;

/// Rows of more turns are left to Python.
pub const MAX_TURNS: usize = 200;

/// Who speaks in a turn of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    Of(Kind),
}

/// What a shape says of the turns of a row. Places count the turns behind the system turn.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// The first turn is a system turn.
    pub head: bool,
    pub kinds: Vec<Kind>,
    /// `call` or `multi_turn`; "" without calls.
    pub lesson: &'static str,
    /// The first model turn is a call.
    pub decides: bool,
    /// Results that answer no call, which reject a row; places among all turns.
    pub orphans: Vec<usize>,
}

impl Plan {
    /// Add its shape, as `fctune.conversations.identity.number_of_items` has it.
    pub fn add_shape(&self, out: &mut Vec<u8>) {
        for kind in &self.kinds {
            out.extend_from_slice(match kind {
                Kind::User => b"u",
                Kind::Model => b"m",
                Kind::Call => b"c1",
                Kind::Result => b"r1",
            });
        }
    }

    /// The places of the model's words before its first call; none without calls.
    pub fn asks(&self) -> impl Iterator<Item = usize> + '_ {
        let first = self.kinds.iter().position(|kind| *kind == Kind::Call).unwrap_or(0);
        (0..first).filter(|place| self.kinds[*place] == Kind::Model)
    }
}

/// The plan of a sequence of roles; `None` where it is not lawful, but for results without a call.
pub fn plan_of(roles: impl ExactSizeIterator<Item = Role>) -> Option<Plan> {
    if roles.len() > MAX_TURNS {
        return None;
    }
    let kinds = Vec::with_capacity(roles.len());
    let mut plan = Plan { head: false, kinds, lesson: "", decides: false, orphans: Vec::new() };
    let mut exchanges = 0;
    let mut called = false;
    for (at, role) in roles.enumerate() {
        let kind = match role {
            Role::Of(kind) => kind,
            Role::System if at == 0 => {
                plan.head = true;
                continue;
            }
            Role::System => return None,
        };
        let before = plan.kinds.last().copied();
        if !follows(before, kind) {
            if kind != Kind::Result || !matches!(before, Some(Kind::User | Kind::Model)) {
                return None;
            }
            plan.orphans.push(at);
        }
        match kind {
            Kind::User => called = false,
            Kind::Call if !called => {
                called = true;
                exchanges += 1;
            }
            _ => {}
        }
        plan.kinds.push(kind);
    }
    if !matches!(plan.kinds.last(), Some(Kind::Model | Kind::Call)) {
        return None;
    }
    plan.decides = plan.kinds.get(1) == Some(&Kind::Call);
    plan.lesson = match exchanges {
        0 => "",
        1 => "call",
        _ => "multi_turn",
    };
    Some(plan)
}

fn follows(before: Option<Kind>, kind: Kind) -> bool {
    match before {
        None | Some(Kind::Model) => kind == Kind::User,
        Some(Kind::User | Kind::Result) => matches!(kind, Kind::Model | Kind::Call),
        Some(Kind::Call) => kind == Kind::Result,
    }
}

/// Who a role is.
pub fn role_called(name: &[u8]) -> Option<Role> {
    Some(Role::Of(match name {
        b"system" | b"developer" => return Some(Role::System),
        b"human" | b"user" => Kind::User,
        b"gpt" | b"assistant" | b"model" | b"bot" | b"chatgpt" => Kind::Model,
        b"function_call" | b"function-call" | b"tool_call" | b"tool_calls" => Kind::Call,
        b"observation" | b"tool" | b"function" | b"function_response" | b"function-response"
        | b"tool_response" | b"ipython" => Kind::Result,
        _ => return None,
    }))
}

/// The role of a kind of turn in a row of a dataset.
pub fn role_of(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "human",
        Kind::Model => "gpt",
        Kind::Call => "function_call",
        Kind::Result => "observation",
    }
}
