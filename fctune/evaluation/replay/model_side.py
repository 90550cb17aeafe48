"""Recorded calls of an API on the model's side, so that they can be judged by the model's tools.

Input: what a recording says, and the ToolMapping. Output: the same with model-facing calls; what
cannot be mapped is malformed, with the reason, as it is no call of a tool that the model has.
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import replace
from typing import TYPE_CHECKING

from fctune.evaluation.decode import Decoded
from fctune.tools.spec import ToolCall, ToolCatalog

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping


def on_model_side(
    decoded: Decoded, mapping: ToolMapping | None, done: Container[str] = ()
) -> Decoded:
    """Return what was said with the calls of an API written as the model-facing ones.

    Args:
        decoded: as read.
        mapping: the entries; None leaves everything as it is.
        done: tools whose calls are on the model's side already, though their API has their name.
    """
    if mapping is None:
        return decoded
    calls = _mapped(decoded.calls, mapping, done)
    if isinstance(calls, str):
        text = json.dumps([one.as_dict() for one in decoded.calls], ensure_ascii=False)
        return Decoded(text=text, malformed=True, detail=calls)
    if decoded.repaired is None:
        return replace(decoded, calls=calls)
    repaired = _mapped(decoded.repaired, mapping, done)
    return replace(decoded, calls=calls, repaired=None if isinstance(repaired, str) else repaired)


def _mapped(
    calls: tuple[ToolCall, ...], mapping: ToolMapping, done: Container[str]
) -> tuple[ToolCall, ...] | str:
    """Return the model-facing calls, or why one of them cannot be mapped."""
    from fctune.tools.mapping.apply import to_model
    from fctune.tools.mapping.spec import ApiCall

    found: list[ToolCall] = []
    for call in calls:
        if call.name in done:
            found.append(call)
            continue
        mapped = to_model(ApiCall(call.name, call.arguments), mapping, call.name)
        if not isinstance(mapped, ToolCall):
            return str(mapped[0])
        found.append(mapped)
    return tuple(found)


def named_like_their_api(catalog: ToolCatalog, mapping: ToolMapping | None) -> frozenset[str]:
    """Return the tools that have their API's name and the model's parameters."""
    if mapping is None:
        return frozenset()
    from fctune.tools.mapping.catalogs import is_model_facing

    return frozenset(spec.name for spec in catalog if is_model_facing(spec, mapping))
