"""The shapes that recorded calls come in: a plain list, an OpenAI message, or its `tool_calls`.

Input: what a row holds as its prediction. Output: a list of `{"name", "arguments"}`, and the words
beside it. Arguments of OpenAI's `function` objects are JSON text by its rules; text that is no JSON
stays text, which makes the call malformed.

Before: {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}
After:  ([{"name": "f", "arguments": {}}], "")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.evaluation.strict_json import NotStrict, json_at


def plain_calls(said: Any) -> tuple[Any, str]:
    """Return recorded calls as a list of names and arguments, and the words beside them.

    Args:
        said: a list or an object; what is of no known shape comes back as it is.
    """
    words = ""
    if isinstance(said, Mapping):
        for key, text in (("tool_calls", "content"), ("calls", "text")):
            if isinstance(said.get(key), list):
                beside = said.get(text)
                words = beside if isinstance(beside, str) else ""
                said = said[key]
                break
    items = said if isinstance(said, list) else [said]
    if not any(_is_function(item) for item in items):
        return said, words
    return [_plain(item) for item in items], words


def _is_function(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("function"), Mapping)


def _plain(item: Any) -> Any:
    if not _is_function(item):
        return item
    function = item["function"]
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            value, end = json_at(arguments, 0)
        except NotStrict:
            value, end = arguments, len(arguments)
        arguments = value if not arguments[end:].strip() else arguments
    return {"name": function.get("name"), "arguments": arguments}
