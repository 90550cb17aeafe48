"""From the text of a model to its calls: strict readers of the call formats that models are taught.

Input: the raw text of one model turn, special tokens kept, cut at the stop token. Output: Decoded.
No reader raises, whatever the text is, and none mends it: what looks like a call and cannot be
read as one is `malformed`, with a sentence that says why. A plain answer such as `42`, `"hi"`,
`[1]` or `true` is text.

The formats are those of llamafactory 0.9.5 data/tool_utils.py. Its own extractors are not used:
they raise on plain JSON answers and give up on a whole turn for one word after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fctune.engine.arguments import engine_templates, nearest
from fctune.errors import InputFault
from fctune.evaluation.strict_json import (
    NotStrict,
    after_space,
    json_at,
    json_kind,
    whole_json,
    writable,
)
from fctune.tools.spec import ToolCall

Decoder = Callable[[str], "Decoded"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one model turn says.

    Attributes:
        calls: the calls, in the order written; empty where the text is malformed.
        text: the words outside the calls; all of the text where it is malformed.
        malformed: a call was begun and cannot be read.
        detail: why it cannot be read.
        repaired: where the strict reader finds it malformed, the calls that a lenient one reads;
            None where it reads none either, or had nothing to mend.
        repairs: what the lenient reader mended, such as `closing tag`.
    """

    calls: tuple[ToolCall, ...] = ()
    text: str = ""
    malformed: bool = False
    detail: str = ""
    repaired: tuple[ToolCall, ...] | None = None
    repairs: tuple[str, ...] = ()

    @property
    def attempted(self) -> bool:
        """Whether the model tried to call a tool, readably or not."""
        return bool(self.calls) or self.malformed


class _Malformed(Exception):
    """A call was begun and cannot be read; the message says why."""


def decode_qwen(text: str) -> Decoded:
    """Read `<tool_call>` blocks, each one JSON object, and the words around them.

    >>> decode_qwen('Wait.<tool_call>{"name": "now", "arguments": {}}</tool_call>').calls
    (ToolCall(name='now', arguments={}),)
    """
    return _guarded(_read_qwen, text)


def decode_llama3(text: str) -> Decoded:
    """Read `{"name": ..., "parameters": {...}}` or a list of those, words before it allowed."""
    return _guarded(_read_llama3, text)


def decode_react(text: str) -> Decoded:
    """Read `Action: name` / `Action Input: {...}` pairs, the engine's format named `default`."""
    return _guarded(_read_react, text)


DECODERS: dict[str, Decoder] = {
    "qwen": decode_qwen,
    "llama3": decode_llama3,
    "default": decode_react,
}

# llamafactory 0.9.5 data/template.py: the tool format of each template; all others have `default`.
# tests/contract/test_evaluation_decode.py compares the table with the engine.
_FORMATS: dict[str, str] = {
    **dict.fromkeys(
        (
            "bailing_v2", "keye_vl", "llava_next_qwen", "mimo", "mimo_v2", "mimo_vl", "qwen",
            "qwen2_omni", "qwen2_vl", "qwen3", "qwen3_nothink", "qwen3_omni",
            "qwen3_omni_nothink", "qwen3_vl", "qwen3_vl_nothink",
        ),
        "qwen",
    ),
    **dict.fromkeys(("llama3", "llama4", "llava_next_llama3", "mllama"), "llama3"),
    **dict.fromkeys(("qwen3_5", "qwen3_5_nothink", "qwen3_6"), "qwen3_5"),
    **dict.fromkeys(("chatglm3", "glm4", "glm4v", "glm_ocr", "glmz1"), "glm4"),
    **dict.fromkeys(("aeva", "glm4_5v", "glm4_7", "glm4_moe"), "glm4_moe"),
    **dict.fromkeys(
        (
            "llava_next_mistral", "llava_next_video_mistral", "ministral", "ministral3",
            "mistral", "mistral_small", "pixtral",
        ),
        "mistral",
    ),
    **dict.fromkeys(("gemma4", "gemma4n"), "gemma4"),
    **dict.fromkeys(("lfm2", "lfm2_vl"), "lfm2"),
    "minimax1": "minimax1",
    "minimax2": "minimax2",
    "seed_oss": "seed_oss",
}  # fmt: skip


def format_of(template: str) -> str:
    """Return the name of the call format that an engine template teaches."""
    return _FORMATS.get(template, "default")


def decoder_for(template: str) -> Decoder:
    """Return the reader for the calls of a template.

    Raises:
        InputFault: the engine has no such template, or there is no reader for its format.
    """
    if template not in engine_templates():
        close = nearest(template, engine_templates())
        raise InputFault(
            f"got template {template!r}, expected a template of the engine",
            hint=f"did you mean --template {close}?" if close else "such as --template qwen",
        )
    wanted = format_of(template)
    if wanted not in DECODERS:
        raise InputFault(
            f"template {template!r} writes calls in the format {wanted!r}, "
            f"expected one of {', '.join(sorted(DECODERS))}",
            hint="evaluate with a template of the qwen, llama3 or default format",
        )
    return DECODERS[wanted]


def call_of(value: Any, *, key: str = "arguments") -> ToolCall:
    """Return the call that a parsed object stands for.

    Args:
        value: should be `{"name": ..., key: {...}}`; further keys are ignored, as servers do.
        key: the key of the arguments.

    Raises:
        ValueError: the value is no such object; the message says in what way.
    """
    if not isinstance(value, dict):
        raise ValueError(f"the call is a JSON {json_kind(value)}, expected an object")
    name, arguments = value.get("name"), value.get(key)
    if not isinstance(name, str):
        raise ValueError("the call has no name")
    if key not in value:
        raise ValueError(f"the call of {name} has no {key}")
    if not isinstance(arguments, dict):
        raise ValueError(
            f"the {key} of {name} are a JSON {json_kind(arguments)}, expected an object"
        )
    return ToolCall(name, arguments)


def _guarded(read: Callable[[str], Decoded], text: str) -> Decoded:
    try:
        return read(text)
    except _Malformed as fault:
        return Decoded(text=text, malformed=True, detail=str(fault))


# qwen ---------------------------------------------------------------------------------------

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_THOUGHT = re.compile(r"\s*<think>.*?</think>\s*", re.DOTALL)


def _read_qwen(text: str) -> Decoded:
    thought = _THOUGHT.match(text)
    position = thought.end() if thought else 0
    words: list[str] = []
    calls: list[ToolCall] = []
    while (start := text.find(_OPEN, position)) >= 0:
        words.append(text[position:start])
        value, end = _json_at(text, start + len(_OPEN))
        end = after_space(text, end)
        if not text.startswith(_CLOSE, end):
            raise _Malformed(f"the call is not closed by {_CLOSE}")
        calls.append(_call(value))
        position = end + len(_CLOSE)
    words.append(text[position:])
    if any(_CLOSE in part for part in words):
        raise _Malformed(f"{_CLOSE} without {_OPEN}")
    if not calls and _looks_like_call(whole_json(words[0]), "arguments"):
        raise _Malformed(f"a call without {_OPEN}")
    return Decoded(tuple(calls), _joined(words))


# llama3 -------------------------------------------------------------------------------------

_PYTHON_TAG = "<|python_tag|>"
_LLAMA_HEAD = re.compile(r'\{\s*"name"\s*:\s*"')
_LLAMA_CALL = re.compile(r'\[?\s*\{\s*"name"\s*:\s*"[^"\\]*"\s*,\s*"parameters"\s*:')


def _read_llama3(text: str) -> Decoded:
    body = text.strip().removeprefix(_PYTHON_TAG).strip()
    value = whole_json(body)
    if value is not None:
        items = value if isinstance(value, list) else [value]
        if any(_looks_like_call(item, "parameters", "arguments") for item in items):
            return Decoded(tuple(_call(item, key="parameters") for item in items))
        return Decoded(text=body)
    found = _LLAMA_CALL.search(body)
    if found:
        value, end = _json_at(body, found.start())
        if body[end:].strip():
            raise _Malformed("words after the call")
        items = value if isinstance(value, list) else [value]
        calls = tuple(_call(item, key="parameters") for item in items)
        return Decoded(calls, body[: found.start()].strip())
    if _LLAMA_HEAD.match(body.removeprefix("[").lstrip()):
        raise _Malformed("the call is not valid JSON")
    return Decoded(text=body)


# default ------------------------------------------------------------------------------------

_ACTION = re.compile(r"Action:[ \t]*(\S+)\s*Action Input:[ \t]*(?:```(?:json)?\s*)?")
_ACTION_PART = re.compile(r"Action Input:|^[ \t]*Action:[ \t]*\S+[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"\s*```")


def _read_react(text: str) -> Decoded:
    words: list[str] = []
    calls: list[ToolCall] = []
    position = 0
    while found := _ACTION.search(text, position):
        words.append(text[position : found.start()])
        value, end = _json_at(text, found.end())
        fence = _FENCE.match(text, end)
        calls.append(_call({"name": found[1], "arguments": value}))
        position = fence.end() if fence else end
    words.append(text[position:])
    if any(_ACTION_PART.search(part) for part in words):
        raise _Malformed("Action without a readable Action Input")
    return Decoded(tuple(calls), _joined(words))


# shared -------------------------------------------------------------------------------------


def _json_at(text: str, position: int) -> tuple[Any, int]:
    try:
        return json_at(text, position)
    except NotStrict as fault:
        raise _Malformed(f"the call is not valid JSON: {fault}") from fault


def _looks_like_call(value: Any, *keys: str) -> bool:
    return isinstance(value, dict) and "name" in value and any(key in value for key in keys)


def _call(value: Any, *, key: str = "arguments") -> ToolCall:
    try:
        call = call_of(value, key=key)
    except ValueError as fault:
        raise _Malformed(str(fault)) from fault
    if not writable([call.name, call.arguments]):
        raise _Malformed("the call holds half of a surrogate pair, or is nested too deep")
    return call


def _joined(words: list[str]) -> str:
    return "\n".join(part.strip() for part in words if part.strip())
