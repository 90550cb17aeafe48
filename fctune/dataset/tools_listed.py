"""What each tool list of a build shows: the names of its tools and their fingerprints.

Input: the texts of `tools` columns. Output: a Listed. Each list is read once, for the index of the
tools and for the catalogue of the manifest.

Before: '[{"name": "look", ...}, {"name": "now", ...}]', '[{"name": "now", ...}]'
After:  names ("look", "now"); tools [[0, 1], [1]]; a fingerprint for each of the three
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import orjson

from fctune.dataset.columns import Listed
from fctune.dataset.row_bytes import RowBytes, ToolTexts
from fctune.jsonl import without_collector
from fctune.tools.spec import ToolSpec, fingerprint_of_sorted

# Digits alike, and both signs of an exponent: a number with a point or an exponent then holds one
# of three texts, which are found faster than a pattern.
_ALIKE = bytes.maketrans(b"123456789+", b"000000000-")
_SHOWN = {"name", "description", "parameters"}


def read_listed(source: RowBytes) -> Listed:
    """Return what the tool lists of a build show."""
    texts = ToolTexts(source)
    with without_collector():
        return listed(map(texts.text, range(len(source.lists))))


def listed(texts: Iterable[str]) -> Listed:
    """Return what some lists show, each in the canonical form of tools."""
    names: dict[str, int] = {}
    tools, starts, fingerprints = array("q"), array("q", [0]), bytearray()
    for text in texts:
        for name, fingerprint in _fingerprinted(text):
            tools.append(names.setdefault(name, len(names)))
            fingerprints += bytes.fromhex(fingerprint)
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


def _fingerprinted(text: str) -> list[tuple[str, str]]:
    """Return the tools of a list, each with its fingerprint."""
    with suppress(ValueError, TypeError):  # half a surrogate pair, or too deep for orjson
        tools = orjson.loads(text)
        written = [orjson.dumps(_shown(tool), option=orjson.OPT_SORT_KEYS) for tool in tools]
        # It reads whole numbers beyond 64 bits as floats, and writes floats in its own way.
        if not any(map(_may_hold_float, written)):
            names = [tool["name"] for tool in tools]
            return [*zip(names, map(fingerprint_of_sorted, written), strict=True)]
    return [(tool["name"], spec_of(tool).fingerprint) for tool in json.loads(text)]


def _shown(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    return tool if tool.keys() == _SHOWN else spec_of(tool).as_dict()


def _may_hold_float(written: bytes) -> bool:
    alike = written.translate(_ALIKE)
    return b".0" in alike or b"e0" in alike or b"e-0" in alike
