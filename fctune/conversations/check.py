"""The rules of a conversation that the engine can train on.

Input: turns, tools and system text. Output: one issue per breach: order, pairing of calls and
results, every call against its schema, and text that the engine or a tokenizer takes for its own.
Synthesis and the readers use the same rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.turns import Conversation, ModelTurn, ResultTurn, Turn, UserTurn
from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.check import check_call
from fctune.tools.spec import ToolCatalog

# Control tokens of the chat templates of llamafactory 0.9.5 data/template.py; a tokenizer takes
# them for the real ones wherever they stand, unless split_special_tokens is set. The general
# shapes <|name|>, <name|>, [|name|] and <｜name｜> cover the families that are still to come.
_SPECIAL = (
    r"<\|/?\w{1,40}\|?>|<\w{1,40}\|>|<｜[^｜>\n]{1,40}｜>|\[\|[a-z]{1,40}\|\]"
    r"|<_(?:user|bot|system|end)>|<sep>|<\w{1,40}_soft_token>"
    r"|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad|unk|eod|sop)>|\[/?INST\]|<</?SYS>>"
    r"|\[/?(?:TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT)\]|\[gMASK\]"
    r"|<(?:beginning|end)_of_sentence>|</?(?:seed|minimax):tool_call>"
)
# llamafactory 0.9.5 data/formatter.py StringFormatter: `{{idx}}` is replaced in the slot after
# the content was put into it; `{{content}}` is the slot's own name.
_PLACEHOLDER = r"\{\{(?:idx|content)\}\}"
# llamafactory 0.9.5 data/mm_plugin.py counts these against the row's files and stops on more.
_MEDIA = r"<(?:image|video|audio)>"
_TOOL_TAG = r"</?tool_(?:call|response)>"
_THINK_TAG = r"</?think>"
_SURROGATE = "[\ud800-\udfff]"

_CODES = {
    "special": "text-special-token",
    "placeholder": "text-placeholder",
    "media": "text-media-tag",
    "tool": "text-tool-tag",
    "think": "text-think-tag",
    "surrogate": "json-lone-surrogate",
}
_SPECIAL_OR_HALF = f"(?P<special>{_SPECIAL})|(?P<surrogate>{_SURROGATE})"
_write_exactly = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_FRAME = regex(_SPECIAL_OR_HALF)
_WORDS = regex(
    f"{_SPECIAL_OR_HALF}|(?P<placeholder>{_PLACEHOLDER})|(?P<media>{_MEDIA})|(?P<tool>{_TOOL_TAG})"
)
_MODEL_WORDS = regex(f"{_WORDS.pattern}|(?P<think>{_THINK_TAG})")
# Every pattern above holds `<`, `{{` or one of these; texts without any, nearly all, skip the slow
# search.
_MARKS = ("INST]", "S]", "PROMPT]", "MASK]", "|]")
# The engine's JSON reader takes a column of nothing but dates for dates and then fails on them.
_TIMESTAMP = regex(r"\s*\d{4}-\d{1,2}-\d{1,2}([T ][\d:.,+Z -]*)?\s*")


def check_conversation(conversation: Conversation) -> list[Issue]:
    """Return every breach of the rules; none means that the engine trains the row as meant."""
    places = [f"turns[{index}]" for index in range(len(conversation.turns))]
    return [
        *check_system(conversation.system),
        *check_catalog(conversation.catalog),
        *check_turns(conversation.turns, conversation.catalog, places),
    ]


def check_turns(turns: Sequence[Turn], catalog: ToolCatalog, places: Sequence[str]) -> list[Issue]:
    """Return every breach within the turns.

    Args:
        turns: the turns in order.
        catalog: the tools that they may call.
        places: the place of each turn, to name in issues.
    """
    issues = _check_order(turns, places)
    unknown: set[str] = set()
    for turn, place in zip(turns, places, strict=True):
        issues.extend(_check_texts(turn, place))
        if isinstance(turn, ModelTurn) and turn.calls:
            issues.extend(check_calls(turn, catalog, place, unknown))
    return issues


def check_system(system: str) -> list[Issue]:
    """Return what is wrong with the system text."""
    issues = list(_hazards(_FRAME, system, "system"))
    if _TIMESTAMP.fullmatch(system):
        issues.append(issue("system-timestamp", "system", f"got {system!r}"))
    return issues


def check_catalog(catalog: ToolCatalog) -> list[Issue]:
    """Return the control tokens, halves of characters and non-JSON numbers among the tools."""
    return list(_check_catalog_text(catalog.json)) if catalog.specs else []


@lru_cache(maxsize=4096)
def _check_catalog_text(text: str) -> tuple[Issue, ...]:
    issues = list(_hazards(_FRAME, text, "tools"))
    try:
        json.dumps(json.loads(text), allow_nan=False)
    except ValueError:
        issues.append(issue("json-nan", "tools", "got NaN or Infinity"))
    return tuple(issues)


def _check_order(turns: Sequence[Turn], places: Sequence[str]) -> list[Issue]:
    """Check what llamafactory 0.9.5 data/converter.py checks, and the pairing that it does not."""
    issues: list[Issue] = []
    before: Turn | None = None
    for turn, place in zip(turns, places, strict=True):
        owed = len(before.calls) if isinstance(before, ModelTurn) else 0
        if isinstance(turn, ResultTurn):
            if not owed:
                issues.append(issue("result-orphan", place, "got a result that answers no call"))
            elif owed != len(turn.results):
                found = f"got {len(turn.results)} results for {owed} calls"
                issues.append(issue("result-count", place, found))
        elif owed:
            found = f"{owed} calls of the model turn before have no result"
            issues.append(issue("result-missing", place, found))
        elif isinstance(turn, UserTurn) and isinstance(before, UserTurn | ResultTurn):
            issues.append(issue("role-order", place, "got a user turn, expected a model turn"))
        elif isinstance(turn, ModelTurn) and not isinstance(before, UserTurn | ResultTurn):
            issues.append(issue("role-order", place, "got a model turn, expected a user turn"))
        before = turn
    return issues


def _check_texts(turn: Turn, place: str) -> Iterator[Issue]:
    match turn:
        case UserTurn(text):
            if not text.strip():
                yield issue("turn-empty", place, "got a user turn without words")
            yield from _hazards(_WORDS, text, place)
        case ModelTurn(text, calls):
            if not text.strip() and not calls:
                yield issue("turn-empty", place, "got a model turn without words or calls")
            yield from _hazards(_MODEL_WORDS, text, place)
        case ResultTurn(results):
            for index, text in enumerate(results):
                yield from _hazards(_WORDS, text, f"{place}[{index}]" if index else place)


def check_calls(
    turn: ModelTurn, catalog: ToolCatalog, place: str, unknown: set[str]
) -> Iterator[Issue]:
    """Judge the calls of a turn; a tool that is not listed is named once per conversation."""
    for index, call in enumerate(turn.calls):
        where = f"{place}.calls[{index}]" if len(turn.calls) > 1 else f"{place}.call"
        if call is UNREADABLE_CALL:
            continue
        try:
            written = _write_exactly(call.as_dict())
        except ValueError:
            yield issue("json-nan", f"{where}.arguments", "got NaN or Infinity")
            continue
        yield from _hazards(_MODEL_WORDS, written, where)
        if call.name in unknown:
            continue
        found = check_call(call, catalog, where)
        if found and found[0].code == "call-unknown-tool":
            unknown.add(call.name)
        yield from found


def _hazards(pattern: re.Pattern[str], text: str, where: str) -> Iterator[Issue]:
    """Name the first find of each kind."""
    marked = "<" in text or "{{" in text or ("]" in text and any(m in text for m in _MARKS))
    if not marked and (text.isascii() or not _holds_half(text)):
        return
    seen: set[str] = set()
    for found in pattern.finditer(text):
        kind = found.lastgroup
        if kind is None or kind in seen:
            continue
        seen.add(kind)
        shown = found.group().encode("utf-8", "backslashreplace").decode()
        yield issue(_CODES[kind], where, f"got {shown}")


def _holds_half(text: str) -> bool:
    """Tell whether half of a surrogate pair stands in a text; a search for it takes ten times."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
