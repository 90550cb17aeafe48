"""Which formats a row may be of, told from its keys alone, so that few detectors look at its texts.

Input: a row. Output: the names of the formats that may detect it. A format is left out only where
its `detect` cannot hold: it needs a key that the row, or any of its messages, does not have.

Before: {"conversations": [...], "tools": "[]"}
After:  {"openai_responses", "tagged", "hermes", ..., "openai", "sharegpt"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Keys = frozenset[str]

_TURNS = frozenset({"conversations", "conversation", "items", "messages"})
_HOLDERS = frozenset(
    {"attributes", "Attributes", "span_attributes", "SpanAttributes", "tags", "events"}
)
_SPANS = frozenset({"resourceSpans", "resource_spans"})
_PREFIXES = ("gen_ai", "llm", "pydantic_ai", "openinference")
_ANSWERS = frozenset({"response", "response_body", "responseBody", "result", "output", "choices"})
_RUNS = frozenset({"chat_history", "history", "inputs", "outputs"})
# What only messages with these keys can have been written by.
_LISTED_ITEMS = frozenset({"input", "output", "items", "conversation", "conversations"})


def _any_of(*keys: str) -> Callable[[Keys], bool]:
    wanted = frozenset(keys)
    return lambda found: not wanted.isdisjoint(found)


def _all_of(*keys: str) -> Callable[[Keys], bool]:
    wanted = frozenset(keys)
    return lambda found: wanted <= found


def _is_span(found: Keys) -> bool:
    return not (_HOLDERS | _SPANS).isdisjoint(found) or any(
        key.startswith(_PREFIXES) for key in found
    )


_turns = _any_of(*_TURNS)
_messages = _any_of("messages")
_NEEDS: Mapping[str, Callable[[Keys], bool]] = {
    "when2call": _all_of("question", "correct_answer", "answers"),
    "bfcl": _any_of("question", "ground_truth"),
    "acebench": _all_of("id"),
    "toolalpaca": _all_of("Function_Description"),
    "toolbench": _any_of("answer_generation", "api_list", "functions"),
    "api_bank": _any_of("turns", "role"),
    "seal_tools": _all_of("query", "calling"),
    "xlam": _all_of("query", "answers", "tools"),
    "otel": _is_span,
    "langfuse": _all_of("input", "output"),
    "exchange": lambda found: not _ANSWERS.isdisjoint(found),
    "gemini": _all_of("contents"),
    "openai_responses": _any_of("input", "output", *_TURNS),
    "bedrock": _messages,
    "anthropic": _messages,
    "vercel": _messages,
    "langchain": lambda found: "messages" in found or not _RUNS.isdisjoint(found),
    "lf_v1": _messages,
    "ms_swift": _messages,
    "mistral": _any_of("text", "messages"),
    "tagged": _any_of("trace", *_TURNS),
    "hermes": _turns,
    "seal_prompt": _turns,
    "react": _turns,
    "toolace": _turns,
    "text_call": _turns,
    "openai": _any_of("messages", "traj", "conversations"),
    "sharegpt": _turns,
    "glaive_v2": _all_of("chat"),
    "alpaca_tools": _all_of("output"),
    "alpaca": _all_of("instruction", "output"),
}
# These need messages whose content is more than text, or that have one of these keys.
_OF_PARTS = frozenset({"bedrock", "lf_v1", "vercel", "openai_responses", "langchain"})
_TEXT = (str, type(None))


def candidates(row: Mapping[str, Any]) -> Keys | None:
    """Return the names of the formats that may detect a row; None where all may.

    >>> sorted(candidates({"query": "a", "answers": [], "tools": []}))
    ['xlam']
    """
    keys = tuple(row)
    if len(keys) > _MAX_KEYS:
        return None
    try:
        found = _by_keys(keys)
    except (TypeError, AttributeError):  # a key that is no text
        return None
    messages = row.get("messages")
    if type(messages) is not list or not _OF_PARTS & found:
        return found
    if not _LISTED_ITEMS.isdisjoint(keys) or not _RUNS.isdisjoint(keys):
        return found
    return found if _may_have_parts(messages) else found - _OF_PARTS


_MAX_KEYS = 64


@lru_cache(maxsize=1024)
def _by_keys(keys: tuple[str, ...]) -> Keys:
    found = frozenset(keys)
    return frozenset(name for name, may in _NEEDS.items() if may(found))


def _may_have_parts(messages: list[Any]) -> bool:
    for message in messages:
        if type(message) is not dict or type(message.get("content")) not in _TEXT:
            return True
        if "type" in message or "parts" in message:
            return True
    return False
