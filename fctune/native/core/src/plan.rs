//! What a sequence of roles says of a row.
//!
//! Follows `fctune/conversations/quick_plan.py`. Input: the roles of ShareGPT turns. Output: a Plan,
//! or `None` where the sequence is not lawful as it stands.

use crate::row::Kind;

const MAX_TURNS: usize = 200;

/// What a shape says of the turns of a row. Places count the turns behind the system turn.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// The first turn is a system turn.
    pub head: bool,
    pub kinds: Vec<Kind>,
    /// As `fctune.conversations.identity.number_of_items` has it.
    pub shape: String,
    /// `call` or `multi_turn`; "" without calls.
    pub lesson: &'static str,
    /// The first model turn is a call.
    pub decides: bool,
    /// Results that answer no call, which reject a row; places among all turns.
    pub orphans: Vec<usize>,
}

impl Plan {
    /// The places of the model's words before its first call; none without calls.
    pub fn asks(&self) -> impl Iterator<Item = usize> + '_ {
        let first = self.kinds.iter().position(|kind| *kind == Kind::Call).unwrap_or(0);
        (0..first).filter(|place| self.kinds[*place] == Kind::Model)
    }

    /// The places of the model's words to which no call of their exchange leads.
    pub fn idle(&self) -> impl Iterator<Item = usize> + '_ {
        let mut called = false;
        self.kinds.iter().enumerate().filter_map(move |(place, kind)| {
            match kind {
                Kind::User => called = false,
                Kind::Call => called = true,
                Kind::Model if !called => return Some(place),
                _ => {}
            }
            None
        })
    }
}

/// The plan of a sequence of roles; `None` where it is not lawful, but for results without a call.
pub fn plan_of<'a>(roles: impl Iterator<Item = &'a str>) -> Option<Plan> {
    let mut plan = Plan {
        head: false,
        kinds: Vec::new(),
        shape: String::new(),
        lesson: "",
        decides: false,
        orphans: Vec::new(),
    };
    let mut exchanges = 0;
    let mut called = false;
    for (at, role) in roles.enumerate() {
        if at >= MAX_TURNS {
            return None;
        }
        if at == 0 && matches!(role, "system" | "developer") {
            plan.head = true;
            continue;
        }
        let kind = kind_of(role)?;
        let before = plan.kinds.last().copied();
        if !follows(before, kind) {
            if kind != Kind::Result || !matches!(before, Some(Kind::User | Kind::Model)) {
                return None;
            }
            plan.orphans.push(at);
        }
        plan.shape.push_str(match kind {
            Kind::User => "u",
            Kind::Model => "m",
            Kind::Call => "c1",
            Kind::Result => "r1",
        });
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

fn kind_of(role: &str) -> Option<Kind> {
    Some(match role {
        "human" | "user" => Kind::User,
        "gpt" | "assistant" | "model" | "bot" | "chatgpt" => Kind::Model,
        "function_call" | "function-call" | "tool_call" | "tool_calls" => Kind::Call,
        "observation" | "tool" | "function" | "function_response" | "function-response" | "tool_response"
        | "ipython" => Kind::Result,
        _ => return None,
    })
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
