"""What reading a tool file left out, in words: whole tools, or examples alone.

Input: the issues of a tool file. Output: words for a warning, "" where nothing was left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fctune.patterns import regex

if TYPE_CHECKING:
    from fctune.issues import Issue

_EXAMPLE = "tool-example-invalid"
_PLACE = regex(r"^(.*?\[\d+\])(?:\.(examples\[\d+\]))?")


def left_out_words(issues: Iterable[Issue]) -> str:
    """Return how many tools and how many examples are left out.

    A tool with any other error than that of an example cannot be used.

    >>> from fctune.issues import issue
    >>> left_out_words([issue("tool-example-invalid", "tools[0].examples[1].call", "x")])
    '1 example is left out'
    """
    from fctune.issues import Severity

    tools: set[str] = set()
    examples: set[str] = set()
    for found in issues:
        if found.severity is not Severity.ERROR:
            continue
        place = _PLACE.match(found.where)
        if found.code == _EXAMPLE:
            examples.add(place.group(0) if place else found.where)
        else:
            tools.add(place.group(1) if place else found.where)
    counts = [(len(tools), "tool"), (len(examples), "example")]
    words = " and ".join(f"{n} {noun}{'s' if n > 1 else ''}" for n, noun in counts if n)
    verb = "is" if len(tools) + len(examples) == 1 else "are"
    return f"{words} {verb} left out" if words else ""
