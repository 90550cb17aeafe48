"""read_conversation: one raw row of any known format to one lawful Conversation, or its faults.

Input: the parsed JSON of a row, and where it comes from. Output: Accepted with the repairs made,
or Rejected with every issue found. Bad rows never raise.

Before: {"messages": [{"role": "user", "content": "Time?"}, {"role": "assistant", "tool_calls":
         [{"id": "1", "function": {"name": "now", "arguments": "{}"}}]}], "tools": [...]}
After:  Conversation(turns=(UserTurn("Time?"), ModelTurn("", (ToolCall("now", {}),))), ...)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fctune.conversations.assemble import Assembled, assemble
from fctune.conversations.check import check_catalog, check_system, check_turns
from fctune.conversations.draft import Draft
from fctune.conversations.identity import identify
from fctune.conversations.lesson import classify
from fctune.conversations.listed import KnownTools, known_tools
from fctune.conversations.registered import FormatChoice, format_of
from fctune.conversations.turns import Conversation, ModelTurn
from fctune.issues import Accepted, Issue, Origin, Rejected, Verdict, blocking, issue
from fctune.jsonl.faults import json_kind
from fctune.tools.spec import ToolCatalog

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping

DEFAULT_SYSTEM = "You are a helpful assistant."

# After these a turn or a call of the row is missing from the draft.
_LOSSES = frozenset({"role-unknown", "turn-invalid", "turn-part-unsupported"})


def read_conversation(
    value: Any,
    origin: Origin,
    *,
    tools: ToolCatalog | None = None,
    format: FormatChoice = None,
    system: str = DEFAULT_SYSTEM,
    mapping: ToolMapping | None = None,
) -> Verdict[Conversation]:
    """Read one raw row.

    Args:
        value: the row as parsed.
        origin: its file and line.
        tools: the tools of rows that do not say which tools they have; a row's own tools win.
        format: a raw format or its name; several are asked before the built-in ones; told from
            the row's content by those where None.
        system: the system text of rows without one. Never empty: some templates render a row
            without system text in another way than the model's own chat template does.
        mapping: writes calls and tools of an API as the model-facing ones, before they are checked.

    Raises:
        UsageFault: no format has that name.
    """
    return _read(value, origin, _Asked(tools, format, system, mapping))


def read_with_thoughts(
    value: Any,
    origin: Origin,
    *,
    tools: ToolCatalog | None = None,
    format: FormatChoice = None,
    system: str = DEFAULT_SYSTEM,
    mapping: ToolMapping | None = None,
) -> Verdict[Conversation]:
    """Read one raw row as `read_conversation` does, and keep the thoughts of the model.

    They stand in `ModelTurn.thought`; `fctune.dataset.thoughts` judges what a template can hold.
    """
    return _read(value, origin, _Asked(tools, format, system, mapping, thoughts=True))


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a row is read; see `read_conversation`."""

    tools: ToolCatalog | None
    format: FormatChoice
    system: str
    mapping: ToolMapping | None
    thoughts: bool = False


def _read(value: Any, origin: Origin, asked: _Asked) -> Verdict[Conversation]:
    if not isinstance(value, Mapping):
        found = f"got {json_kind(value)}, expected an object"
        return Rejected(origin, (issue("json-not-object", "", found),), value)
    chosen = format_of(value, asked.format)
    if chosen is None:
        keys = ", ".join(sorted(str(key) for key in value)[:8])
        found = f"got the keys {keys or 'none'}"
        return Rejected(origin, (issue("format-unknown", "", found),), value)
    draft = chosen.read(value)
    known = known_tools(draft.tools)
    assembled, catalog, tool_issues = _turns_and_tools(draft, known, asked)
    system_text, system_issues = system_of(draft.system, asked.system)
    issues = [*_check_marks(value), *draft.issues, *tool_issues, *system_issues, *assembled.issues]
    issues += check_system(system_text)
    issues += known.hazards if catalog is known.catalog else check_catalog(catalog)
    issues += _check_assembled(draft, assembled, catalog)
    if blocking(issues):
        return Rejected(origin, tuple(issues), value)
    turns = assembled.turns
    return Accepted(
        Conversation(
            id=identify(system_text, catalog, turns),
            system=system_text,
            catalog=catalog,
            turns=turns,
            lesson=classify(catalog, turns),
            origin=origin,
        ),
        tuple(issues),
    )


def _check_marks(row: Mapping[str, Any]) -> list[Issue]:
    """Name a row whose answer its source marks as a bad one, as preference data has them."""
    marks = [key for key in ("kto_tag", "label") if row.get(key) is False]
    return [issue("turn-untrainable", key, f"got {key} false, a bad answer") for key in marks]


def _turns_and_tools(
    draft: Draft, known: KnownTools, asked: _Asked
) -> tuple[Assembled, ToolCatalog, Sequence[Issue]]:
    """Return the turns of a row and the tools that they may call, on the model's side."""
    tools, mapping = asked.tools, asked.mapping
    assembled = assemble(draft, tools, thoughts=asked.thoughts)
    catalog, issues = _catalog_of(draft, known, assembled, tools)
    if mapping is None:
        return assembled, catalog, issues
    from fctune.conversations.mapping import to_model_side  # few builds have one

    side = to_model_side(assembled, catalog, mapping, own=catalog is not tools)
    return side.assembled, side.catalog, [*issues, *side.issues]


def _catalog_of(
    draft: Draft, known: KnownTools, assembled: Assembled, tools: ToolCatalog | None
) -> tuple[ToolCatalog, Sequence[Issue]]:
    """Return the tools of the row, or those given where the row does not name its own.

    A row that lists no tools and makes no call means it; one that calls has lost its list.
    """
    if not known.catalog.specs and known.is_silent and tools is not None:
        calls = any(isinstance(turn, ModelTurn) and turn.calls for turn in assembled.turns)
        return (tools if calls or draft.tools is None else known.catalog), ()
    return known.catalog, known.issues


def system_of(given: Sequence[str], default: str) -> tuple[str, list[Issue]]:
    """Join the system texts of a row, or write the default one.

    Args:
        given: the system texts of the row, in order.
        default: that of rows without one.

    Returns:
        The text, and what is to tell of it.
    """
    texts = list(dict.fromkeys(text for text in given if text.strip()))
    if not texts:
        written = default if default.strip() else DEFAULT_SYSTEM
        return written, [issue("system-default", "system", f"wrote {written!r}")]
    issues = []
    if len(texts) > 1:
        issues.append(issue("system-twice", "system", f"joined {len(texts)} system texts"))
    return "\n\n".join(texts), issues


def _check_assembled(draft: Draft, assembled: Assembled, catalog: ToolCatalog) -> list[Issue]:
    """Check the turns; not their order where the draft lost some, as that would be a guess."""
    found = check_turns(assembled.turns, catalog, assembled.places)
    if not any(lost.code in _LOSSES for lost in draft.issues):
        return found
    order = {"role-order", "result-orphan", "result-missing", "result-count"}
    return [breach for breach in found if breach.code not in order]
