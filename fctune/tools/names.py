"""Lawful tool names: what every OpenAI-compatible server accepts, and how others become so.

Input: any name. Output: a name that matches LAWFUL_NAME and is free; the original stays in the
tool's origin, so that the map is reversible.

Before: "user.get", "查询 物流"
After:  "user_get", "tool_c1e2dd97"
"""

from __future__ import annotations

import hashlib
from collections.abc import Container

from fctune.patterns import regex

LAWFUL_NAME = regex(r"^[a-zA-Z0-9_-]{1,64}\Z")
MAX_NAME = 64
_UNLAWFUL = regex(r"[^a-zA-Z0-9_-]+")


def lawful_name(raw: str, taken: Container[str] = ()) -> str:
    """Return a lawful name for `raw` that is not taken; a lawful and free name stays as it is.

    Runs of other characters become one underscore. Where letters or digits of other scripts were
    dropped, eight hex digits of the sha256 of the whole name tell it apart from its neighbours; the
    same goes for names that are too long. A name already taken gets `_2`, `_3` and so on.

    >>> lawful_name("user.get"), lawful_name("a b", {"a_b"})
    ('user_get', 'a_b_2')
    >>> lawful_name("查询物流")
    'tool_c1e2dd97'
    """
    name = _UNLAWFUL.sub("_", raw).strip("_") if not LAWFUL_NAME.match(raw) else raw
    lost = any(char.isalnum() and not char.isascii() for char in raw)
    if lost or not name or len(name) > MAX_NAME:
        digest = hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        name = f"{(name or 'tool')[: MAX_NAME - 9]}_{digest}"
    free, number = name, 2
    while free in taken:
        suffix = f"_{number}"
        free, number = name[: MAX_NAME - len(suffix)] + suffix, number + 1
    return free
