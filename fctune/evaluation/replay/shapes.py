"""The shapes that recorded turns come in: a plain list, an OpenAI message, or its `tool_calls`.

Input: what a row holds as its prediction. Output: a list of `{"name", "arguments"}` and the words
beside it, or the words of a message without calls. The older `function_call` of OpenAI is read as
one call, and the parts of a content as one text. Arguments of OpenAI's `function` objects are JSON
text by its rules; text that is no JSON stays text, which makes the call malformed.

Before: {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}
After:  ([{"name": "f", "arguments": {}}], "")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fctune.evaluation.strict_json import NotStrict, json_at

# Keys of a call, or of a turn with calls.
_NAMED = frozenset(("name", "function", "arguments", "calls"))


def plain_calls(said: Any) -> tuple[Any, str]:
    """Return recorded calls as a list of names and arguments, and the words beside them.

    Args:
        said: a list or an object; what is of no known shape comes back as it is.
    """
    words = ""
    if isinstance(said, Mapping):
        for key, text in (("tool_calls", "content"), ("calls", "text")):
            if isinstance(said.get(key), list):
                words = _joined(said.get(text)) or ""
                said = said[key]
                break
        else:
            if isinstance(said.get("function_call"), Mapping):
                words = _joined(said.get("content")) or ""
                said = [{"function": said["function_call"]}]
    items = said if isinstance(said, list) else [said]
    if not any(_is_function(item) for item in items):
        return said, words
    return [_plain(item) for item in items], words


def words_alone(said: Any) -> str | None:
    """Return the text of a chat message without calls; None for anything else.

    >>> words_alone({"role": "assistant", "content": "Hi.", "tool_calls": None})
    'Hi.'
    >>> words_alone({"content": [{"type": "text", "text": "Hi."}]}), words_alone([])
    ('Hi.', None)
    """
    if not isinstance(said, Mapping) or not {"role", "content"} & said.keys():
        return None
    if _NAMED & said.keys() or said.get("tool_calls") or said.get("function_call"):
        return None
    text = _joined(said.get("content"))
    refusal = said.get("refusal")
    return refusal if not text and isinstance(refusal, str) else text


def _joined(content: Any) -> str | None:
    """Return the text of a content, which may come in parts; None where it is none."""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    return "" if content is None else content if isinstance(content, str) else None


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
