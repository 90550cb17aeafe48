"""The id of a conversation: a hash of what it says, whatever file or format said it.

Input: system, catalogue and turns. Output: 64 bits, as a number or as 16 hexadecimal digits. Key
order in arguments and in schemas does not matter; the order of turns, calls, tools and list
elements does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson
import xxhash

from fctune.conversations.turns import ModelTurn, ResultTurn, Turn, UserTurn
from fctune.tools.spec import ToolCall, ToolCatalog


def identify(system: str, catalog: ToolCatalog, turns: Sequence[Turn]) -> str:
    """Return the id; 64 bits, so that ten million rows collide with a chance of 1 in 370,000.

    >>> identify("s", ToolCatalog(), (UserTurn("a"), ModelTurn("b")))
    '028c00b8b27e637c'
    """
    return f"{identify_number(system, catalog, turns):016x}"


def identify_number(system: str, catalog: ToolCatalog, turns: Sequence[Turn]) -> int:
    """Return the id as a number."""
    shape: list[str] = []
    items: list[str] = []
    for turn in turns:
        match turn:
            case UserTurn(text):
                shape.append("u")
                items.append(text)
            case ModelTurn(text, calls, thought):
                if thought:
                    shape.append("t")
                    items.append(thought)
                shape.append(f"c{len(calls)}" if calls else "m")
                items.append(text)
                items += [token(value_hash(call)) for call in calls]
            case ResultTurn(results):
                shape.append(f"r{len(results)}")
                items += results
    return number_of_items(system, catalog.fingerprint, "".join(shape), items)


def number_of_items(system: str, fingerprint: str, shape: str, items: Sequence[str]) -> int:
    """Return the hash of all that is said, in one piece.

    Args:
        system: the system text.
        fingerprint: of the catalogue.
        shape: `u` for a user turn, `m` for words of the model, `c2` for words and two calls, `r2`
            for two results, `t` for a thought before a model turn.
        items: the texts in order; a call is the token of its hash.
    """
    text = "\0".join((system, fingerprint, shape, *items))
    if text.count("\0") != len(items) + 2:  # what is between two zeros could be told in two ways
        return number_of([system, fingerprint, shape, list(items)])
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def value_hash(call: ToolCall) -> int:
    """Return the hash of a call: its tool and arguments, whatever the order of keys."""
    return number_of([call.name, call.arguments])


def token(value: int) -> str:
    """Return the hash of a call as the id has it."""
    return f"{value:x}"


def number_of(value: Any) -> int:
    """Return the hash of a JSON value, whatever the order of keys.

    >>> number_of({"a": 1, "b": 2}) == number_of({"b": 2, "a": 1})
    True
    """
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits, half of a surrogate pair, or nested too deep
        data = json.dumps(value, sort_keys=True, separators=(",", ":"), default=dict).encode()
    return xxhash.xxh3_64_intdigest(data)
