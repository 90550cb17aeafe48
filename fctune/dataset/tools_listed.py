"""What each tool list of a build shows: the names of its tools and their fingerprints.

Input: the texts of `tools` columns. Output: a Listed. Each list is read once, for the index of the
tools and for the catalogue of the manifest.

Before: '[{"name": "look", ...}, {"name": "now", ...}]', '[{"name": "now", ...}]'
After:  names ("look", "now"); tools [[0, 1], [1]]; a fingerprint for each of the three
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import orjson

from fctune.dataset.columns import Listed
from fctune.dataset.row_bytes import RowBytes, ToolTexts
from fctune.jsonl import without_collector
from fctune.tools.spec import ToolSpec, fingerprints_of_sorted

# Digits alike, and both signs of an exponent: a number with a point or an exponent then holds one
# of three texts, which are found faster than a pattern.
_ALIKE = bytes.maketrans(b"123456789+", b"000000000-")
_SHOWN = {"name", "description", "parameters"}
_LISTS_AT_ONCE = 32

_Tools = tuple[list[str], list[str]]
"""The tools of a list: their names, and their fingerprints in hexadecimal."""


def read_listed(source: RowBytes) -> Listed:
    """Return what the tool lists of a build show."""
    texts = ToolTexts(source)
    with without_collector():
        return listed(map(texts.text, range(len(source.lists))))


def listed(texts: Iterable[str]) -> Listed:
    """Return what some lists show, each in the canonical form of tools."""
    names: dict[str, int] = {}
    tools, starts, fingerprints = array("q"), array("q", [0]), bytearray()
    left = iter(texts)
    while some := [*islice(left, _LISTS_AT_ONCE)]:
        for shown, prints in _fingerprinted_quickly(some) or [*map(_fingerprinted, some)]:
            tools.extend([names.setdefault(name, len(names)) for name in shown])
            fingerprints += bytes.fromhex("".join(prints))
            starts.append(len(tools))
    return Listed(
        tuple(names),
        np.array(tools, dtype=np.int64),
        np.array(starts, dtype=np.int64),
        bytes(fingerprints),
    )


def spec_of(tool: Mapping[str, Any]) -> ToolSpec:
    """Return a listed tool as the model sees it."""
    return ToolSpec(tool["name"], tool["description"], tool["parameters"])


def _fingerprinted(text: str) -> _Tools:
    """Return the tools of a list."""
    quickly = _fingerprinted_quickly([text])
    if quickly is not None:
        return quickly[0]
    specs = [*map(spec_of, json.loads(text))]
    return [spec.name for spec in specs], [spec.fingerprint for spec in specs]


def _fingerprinted_quickly(texts: Sequence[str]) -> list[_Tools] | None:
    """Return the tools of each list, made with orjson; None where it reads or writes otherwise."""
    try:
        lists = [*map(orjson.loads, texts)]
        written = [
            orjson.dumps(_shown(tool), option=orjson.OPT_SORT_KEYS)
            for tools in lists
            for tool in tools
        ]
    except (ValueError, TypeError):  # half a surrogate pair, or too deep for orjson
        return None
    # It reads whole numbers beyond 64 bits as floats, and writes floats in its own way.
    if _may_hold_float(b"\n".join(written)):
        return None
    prints = iter(fingerprints_of_sorted(written))
    return [([tool["name"] for tool in tools], [*islice(prints, len(tools))]) for tools in lists]


def _shown(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    return tool if tool.keys() == _SHOWN else spec_of(tool).as_dict()


def _may_hold_float(written: bytes) -> bool:
    alike = written.translate(_ALIKE)
    return b".0" in alike or b"e0" in alike or b"e-0" in alike
