r"""thoughts: the reasoning of model turns, kept in the template's form or removed.

Input: a Conversation that was read by `read_with_thoughts`. Output: the conversation without its
thoughts, which is the row that `read_conversation` gives; or with those that the template can hold,
which `formats.sharegpt.to_row` then writes in the template's words. A thought that holds a control
token, a tag of calls or the words of a thought would be read as the real ones and is removed.

Before: ModelTurn("Noon.", thought="I know.")
After:  ModelTurn("Noon."), and thought-removed; or, kept for qwen3, the row's
        "<think>\nI know.\n</think>\n\nNoon."
"""

from __future__ import annotations

from dataclasses import replace

from fctune.conversations.check import check_turns
from fctune.conversations.identity import identify
from fctune.conversations.turns import Conversation, ModelTurn, Turn, UserTurn
from fctune.dataset.stepped import Stepped
from fctune.issues import Issue, issue
from fctune.tools.spec import ToolCatalog

_NO_TOOLS = ToolCatalog()


def thoughts(conversation: Conversation, *, words: tuple[str, str] | None) -> Stepped:
    """Keep the thoughts of a conversation where a template can hold them, or remove them.

    Args:
        conversation: a lawful row.
        words: what the template writes before and behind a thought, as `thought_words_of` gives
            it; None removes all thoughts.

    Returns:
        The row, with the repair `thought-removed` for each turn that lost its thought.
    """
    turns: list[Turn] = []
    issues: list[Issue] = []
    for index, turn in enumerate(conversation.turns):
        if isinstance(turn, ModelTurn) and turn.thought:
            reason = "removed a thought" if words is None else _unfit(turn.thought, words)
            if reason:
                issues.append(issue("thought-removed", f"turns[{index}]", reason))
                turn = replace(turn, thought="")
        turns.append(turn)
    if not issues:
        return Stepped((conversation,))
    id_ = identify(conversation.system, conversation.catalog, turns)
    return Stepped((replace(conversation, id=id_, turns=tuple(turns)),), tuple(issues))


def _unfit(thought: str, words: tuple[str, str]) -> str:
    """Return why the template cannot hold a thought, or ""."""
    if any(word.strip() in thought for word in words):
        return "removed a thought that holds the words of a thought"
    turns = (UserTurn("?"), ModelTurn(thought))
    faults = check_turns(turns, _NO_TOOLS, ("", "thought"))
    return f"removed a thought: {faults[0].message} in it" if faults else ""
