"""From a Draft to turns: calls decoded, speakers merged, results paired with their calls.

Input: a Draft of any format. Output: turns with the place of each, and every issue met. The turns
may still be unlawful; `fctune.conversations.check` judges them, so that all faults are collected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fctune.conversations.calls import decode_calls
from fctune.conversations.draft import Draft, DraftTurn, Role
from fctune.conversations.families import split_results
from fctune.conversations.listed import ListedTools
from fctune.conversations.rendered import split_rendered
from fctune.conversations.tags import take_thought
from fctune.conversations.turns import ModelTurn, ResultTurn, Turn, UserTurn
from fctune.issues import Issue, issue
from fctune.tools.spec import ToolCall, ToolCatalog

# Stands for words that could not be read; the issue that says so rejects the row.
_UNREADABLE_TEXT = "?"


@dataclass(frozen=True, slots=True)
class Assembled:
    """The turns of a draft, the raw place of each, and what was met on the way."""

    turns: tuple[Turn, ...]
    places: tuple[str, ...]
    issues: tuple[Issue, ...]


@dataclass(slots=True)
class _Group:
    """Draft turns that become one turn, while it grows."""

    role: Role
    place: str
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    results: list[DraftTurn] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known while turns are read: the tools, the issues met, whether thoughts stay."""

    tools: ListedTools
    issues: list[Issue]
    thoughts: bool


def assemble(
    draft: Draft, given: ToolCatalog | None = None, *, thoughts: bool = False
) -> Assembled:
    """Return the turns of a draft, repaired where a repair is certain.

    Args:
        draft: what the raw row says.
        given: the tools of rows that list none; calls in plain text are told by them.
        thoughts: keep the thoughts of the model; else they are removed, and that is told.

    Before: user, user, model(call a), model(call b), result b, result a, model, user
    After:  user, model(calls a, b), results(a, b), model
    """
    issues: list[Issue] = [] if thoughts else [*draft.thoughts]
    kept = _cut_tail(draft.turns, issues)
    groups: list[_Group] = []
    reading = _Reading(ListedTools(draft.tools, given), issues, thoughts)
    for turn in kept:
        _add(groups, turn, reading)
    turns: list[Turn] = []
    for index, group in enumerate(groups):
        calling = groups[index - 1] if index else None
        turns.append(_turn_of(group, calling, issues))
    return Assembled(tuple(turns), tuple(group.place for group in groups), tuple(issues))


def _cut_tail(turns: Sequence[DraftTurn], issues: list[Issue]) -> Sequence[DraftTurn]:
    end = len(turns)
    while end and turns[end - 1].role != "model":
        end -= 1
    if not turns:
        issues.append(issue("conversation-empty", "", "got no turns"))
    elif not end:
        issues.append(issue("no-model-turn", turns[0].where, "got no turn of the model"))
    elif end < len(turns):
        found = f"cut {len(turns) - end} turns after the last model turn"
        issues.append(issue("tail-cut", turns[end].where, found))
    return turns[:end]


def _add(groups: list[_Group], turn: DraftTurn, reading: _Reading) -> None:
    issues = reading.issues
    last = groups[-1] if groups else None
    is_model = turn.role == "model"
    said = _read_model_turn(turn, reading) if is_model else _Said(_words_of(turn))
    text, calls = said.text, said.calls
    group = last
    if group is None or group.role != turn.role or (group.calls and (text.strip() or not calls)):
        # Words after a call and before its result are another turn; the check tells why it fails.
        group = _Group(turn.role, turn.where)
        groups.append(group)
    elif turn.role == "user":
        issues.append(issue("turns-merged", turn.where, "joined to the user turn before"))
    elif turn.role == "model":
        code = "calls-merged" if group.calls else "turns-merged"
        issues.append(issue(code, turn.where, "joined to the model turn before"))
    if turn.role == "result":
        group.results.append(turn)
        return
    group.texts.append(text)
    group.thoughts += said.thoughts
    group.calls.extend(calls)
    group.ids.extend(said.ids)


@dataclass(frozen=True, slots=True)
class _Said:
    """What one draft turn of the model, or of the user, says."""

    text: str
    thoughts: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    ids: tuple[str, ...] = ()


def _words_of(turn: DraftTurn) -> str:
    return _UNREADABLE_TEXT if turn.text is None else turn.text


def _read_model_turn(turn: DraftTurn, reading: _Reading) -> _Said:
    """Return the words, the thoughts, the decoded calls and their ids, tags taken off."""
    text, issues = _words_of(turn), reading.issues
    raws = list(turn.calls)
    thoughts = [turn.thought] if turn.thought else []
    if "<think>" in text:
        text, thought = take_thought(text)
        if thought:
            thoughts.append(thought)
        if thought == "" or (thought is not None and not reading.thoughts):
            issues.append(issue("thought-removed", turn.where, "removed a thought"))
    text, rendered = split_rendered(text, turn.where, reading.tools)
    if rendered:
        found = f"read {len(rendered)} calls from the text"
        issues.append(issue("call-in-text", turn.where, found))
        raws += rendered
    calls: list[ToolCall] = []
    ids: list[str] = []
    for raw in raws:
        decoded, found_issues = decode_calls(raw)
        calls += decoded
        ids += [raw.id] * len(decoded)
        issues.extend(found_issues)
    # Blank words beside a call are layout of the export, not an answer.
    words = "" if calls and not text.strip() else text
    return _Said(words, tuple(thoughts if reading.thoughts else ()), tuple(calls), tuple(ids))


def _turn_of(group: _Group, calling: _Group | None, issues: list[Issue]) -> Turn:
    if group.role == "user":
        return UserTurn("\n".join(group.texts))
    if group.role == "model":
        words = group.texts if len(group.texts) == 1 else [t for t in group.texts if t.strip()]
        return ModelTurn("\n".join(words), tuple(group.calls), "\n\n".join(group.thoughts))
    ids = calling.ids if calling is not None and calling.role == "model" else []
    return ResultTurn(_pair(group.results, ids, issues))


def _pair(results: list[DraftTurn], ids: list[str], issues: list[Issue]) -> tuple[str, ...]:
    """Return the results in the order of the calls."""
    texts = tuple(_UNREADABLE_TEXT if turn.text is None else turn.text for turn in results)
    if len(results) == 1 and len(ids) > 1 and results[0].joined:
        return split_results(texts[0], len(ids)) or texts
    if len(results) > 1:
        found = f"joined {len(results)} results into one turn"
        issues.append(issue("results-merged", results[1].where, found))
    answered = [turn.id for turn in results]
    # Ids that are missing, or the same on every call, name nothing: order counts then.
    if not ids or not all(ids) or not all(answered) or len(set(ids)) == 1 < len(ids):
        return texts
    if len(set(ids)) != len(ids) and answered != ids:
        found = "ids of calls repeat, and the results stand in another order"
        issues.append(issue("result-orphan", results[0].where, found))
        return texts
    for turn in results:
        if turn.id not in ids:
            found = f"got a result for {turn.id!r}, which no call of the turn before has"
            issues.append(issue("result-orphan", turn.where, found))
    for missing in [id_ for id_ in ids if id_ not in answered] if len(answered) == len(ids) else []:
        issues.append(issue("result-missing", results[0].where, f"call {missing!r} has no result"))
    if sorted(answered) != sorted(ids) or answered == ids:
        return texts
    issues.append(issue("results-reordered", results[0].where, "put into the order of the calls"))
    by_id = dict(zip(answered, texts, strict=True))
    return tuple(by_id[id_] for id_ in ids)
