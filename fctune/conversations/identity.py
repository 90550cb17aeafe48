"""The id of a conversation: a hash of what it says, whatever file or format said it.

Input: system, catalogue and turns. Output: 16 hexadecimal digits. Key order in arguments and in
schemas does not matter; the order of turns, calls, tools and list elements does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import xxhash

from fctune.conversations.turns import ModelTurn, ResultTurn, Turn, UserTurn
from fctune.tools.spec import ToolCatalog

_write_canonically = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def identify(system: str, catalog: ToolCatalog, turns: Sequence[Turn]) -> str:
    """Return the id; 64 bits, so that ten million rows collide with a chance of 1 in 370,000.

    >>> identify("s", ToolCatalog(), (UserTurn("a"), ModelTurn("b")))
    '80b14951a88cea4f'
    """
    content = [system, catalog.fingerprint, [_plain(turn) for turn in turns]]
    return xxhash.xxh3_128_hexdigest(_write_canonically(content).encode())[:16]


def _plain(turn: Turn) -> list[Any]:
    match turn:
        case UserTurn(text):
            return ["user", text]
        case ModelTurn(text, calls):
            return ["model", text, [call.as_dict() for call in calls]]
        case ResultTurn(results):
            return ["result", *results]
