"""Rows of an API's log to the model's side: names, arguments and the list of tools.

Input: the assembled turns of a row, its tools, and a ToolMapping. Output: the same with every call
and tool of an API written as the model-facing one. The words, and the texts of results, stay.

Before: tools [shipmentQuery], call shipmentQuery({"orderNo": "SO1"})
After:  tools [check_logistics], call check_logistics({"order_id": "SO1"})
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from functools import lru_cache

from fctune.conversations.assemble import Assembled
from fctune.conversations.calls import UNREADABLE_CALL
from fctune.conversations.turns import ModelTurn, Turn
from fctune.issues import Issue, issue
from fctune.tools.mapping.apply import to_model
from fctune.tools.mapping.catalogs import is_model_facing, to_model_catalog
from fctune.tools.mapping.spec import ApiCall, ToolMapping
from fctune.tools.read import parse_catalog
from fctune.tools.spec import ToolCall, ToolCatalog


@dataclass(frozen=True, slots=True)
class ModelSide:
    """A row on the model's side, and what was met on the way."""

    assembled: Assembled
    catalog: ToolCatalog
    issues: tuple[Issue, ...]


def to_model_side(
    assembled: Assembled, catalog: ToolCatalog, mapping: ToolMapping, *, own: bool
) -> ModelSide:
    """Map a row.

    A call that cannot be mapped is named by its issues and stands as UNREADABLE_CALL, so that
    nothing more is said of it.

    Args:
        assembled: its turns.
        catalog: its tools.
        mapping: the entries.
        own: the row brought its tools itself; a tool among them that is named like its own API and
            has the model's parameters says that its calls are on the model's side already.
    """
    tools, issues = _tools_of(catalog.json, mapping)
    done = {spec.name for spec in catalog if own and is_model_facing(spec, mapping)}
    turns: list[Turn] = []
    found: list[Issue] = list(issues[:1])
    for turn, place in zip(assembled.turns, assembled.places, strict=True):
        if isinstance(turn, ModelTurn) and turn.calls:
            turn = replace(turn, calls=_calls_of(turn, place, mapping, done, found))
        turns.append(turn)
    return ModelSide(replace(assembled, turns=tuple(turns)), tools, tuple(found))


@lru_cache(maxsize=4096)
def _tools_of(text: str, mapping: ToolMapping) -> tuple[ToolCatalog, tuple[Issue, ...]]:
    """Map a list of tools by its JSON text; the rows of a log repeat few lists many times."""
    catalog, issues = to_model_catalog(parse_catalog(text)[0], mapping)
    return catalog, tuple(issues)


def _calls_of(
    turn: ModelTurn, place: str, mapping: ToolMapping, done: Container[str], found: list[Issue]
) -> tuple[ToolCall, ...]:
    calls: list[ToolCall] = []
    for index, call in enumerate(turn.calls):
        where = f"{place}.calls[{index}]" if len(turn.calls) > 1 else f"{place}.call"
        if call is UNREADABLE_CALL or call.name in done:
            calls.append(call)
            continue
        mapped = to_model(ApiCall(call.name, call.arguments), mapping, where)
        if not isinstance(mapped, ToolCall):
            found.extend(mapped)
            calls.append(UNREADABLE_CALL)
            continue
        if mapped != call:
            found.append(issue("call-mapped", where, f"got {call.name}, wrote {mapped.name}"))
        calls.append(mapped)
    return tuple(calls)
