r"""What a server answered: `tool_calls` first, then calls in the text, then words.

Input: the parsed JSON of a chat completion, live or recorded. Output: Answer. Nothing is mended:
arguments that are no JSON object make the turn malformed, with the raw calls kept. What the server
itself got wrong raises BadAnswer, which is a failure of the server and never of the model.

Before: {"choices": [{"message": {"tool_calls": [{"function": {"name": "now",
         "arguments": "{}"}}]}, "finish_reason": "tool_calls"}]}
After:  Answer(Decoded((ToolCall("now", {}),)), None, "stop")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.decode import Decoded, Decoder, call_of
from fctune.evaluation.endpoint.tool_names import WireNames
from fctune.evaluation.formats.thoughts import answer_in
from fctune.evaluation.predict import FinishReason
from fctune.evaluation.strict_json import NotStrict, after_space, json_at, json_kind, writable
from fctune.tools.spec import ToolCall, ToolCatalog

_FINISHED: dict[str, FinishReason] = {
    **dict.fromkeys(("stop", "tool_calls", "function_call", "eos", "end_turn"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "model_length"), "length"),
}
_NO_ANSWER = frozenset({"content_filter", "error", "abort", "insufficient_system_resource"})
_REASONING = ("reasoning_content", "reasoning")


class BadAnswer(Exception):
    """The server's answer is no chat completion; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read.

    Attributes:
        decoded: calls and words, calls in the dataset's names.
        text: the raw text where calls, if any, were read from text; None where the server gave
            them apart.
        finish_reason: as in Prediction.
        prompt_tokens: 0 where not told.
        output_tokens: 0 where not told.
        notes: what was out of the ordinary, each a short phrase that can be counted.
    """

    decoded: Decoded
    text: str | None
    finish_reason: FinishReason
    prompt_tokens: int = 0
    output_tokens: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """Reads the answers to one case.

    Attributes:
        catalog: the tools, for decoders that type arguments by schema.
        names: the names of the tools in the request.
        decoder: reads calls out of text; None takes all text for words.
    """

    catalog: ToolCatalog
    names: WireNames
    decoder: Decoder | None = None

    def read(self, body: Any) -> Answer:
        """Read a chat completion.

        Raises:
            BadAnswer: it is none.
        """
        choice = choice_of(body)
        message = choice["message"]
        raw_finish = choice.get("finish_reason")
        finished = raw_finish if isinstance(raw_finish, str) else ""
        if finished in _NO_ANSWER:
            raise BadAnswer(f"the server ended the answer with {finished}")
        decoded, text, notes = self._message(message)
        usage = body.get("usage")
        usage = usage if isinstance(usage, Mapping) else {}
        return Answer(
            decoded=self.names.decoded(decoded),
            text=text,
            finish_reason=_FINISHED.get(finished, "unknown"),
            prompt_tokens=_count(usage.get("prompt_tokens")),
            output_tokens=_count(usage.get("completion_tokens")),
            notes=tuple(notes),
        )

    def _message(self, message: Mapping[str, Any]) -> tuple[Decoded, str | None, list[str]]:
        notes: list[str] = []
        words = _words(message, notes)
        thought = any(isinstance(message.get(key), str) and message[key] for key in _REASONING)
        raw, tools = _raw_calls(message), self.names.catalog(self.catalog)
        if raw:
            if self.decoder is not None and self.decoder(words, tools).attempted:
                notes.append("calls left in the text beside tool_calls")
            return _decode_calls(raw, words, notes), None, notes
        if thought:
            notes.append("reasoning apart" if words else "reasoning and nothing else")
        if self.decoder is None:
            return Decoded(text=answer_in(words).text), words, notes
        decoded = self.decoder(words, tools)
        if decoded.attempted:
            notes.append("calls read from the text")
        return decoded, words, notes


def choice_of(body: Any) -> Mapping[str, Any]:
    """Return the first choice of a completion, which has a message.

    Raises:
        BadAnswer: there is none.
    """
    if not isinstance(body, Mapping):
        raise BadAnswer(f"got a JSON {json_kind(body)}, expected an object")
    choices = body.get("choices")
    if "error" in body and not choices:
        raise BadAnswer(f"the server reports an error: {message_of(body)}")
    if not isinstance(choices, list):
        raise BadAnswer(f"got choices {json_kind(choices)}, expected a list")
    if not choices:
        raise BadAnswer("got no choices")
    if not isinstance(choices[0], Mapping):
        raise BadAnswer(f"got a choice that is a JSON {json_kind(choices[0])}")
    if not isinstance(choices[0].get("message"), Mapping):
        raise BadAnswer(f"got message {json_kind(choices[0].get('message'))}, expected an object")
    return choices[0]


def message_of(body: Any) -> str:
    """Return what an error body says, in the forms that servers use, cut to one line."""
    found = body
    for key in ("error", "message", "detail", "msg"):
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, Mapping) and key in found:
            found = found[key]
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    line = " ".join(clean(text).split())
    return line if len(line) <= 300 else f"{line[:297]}..."


def clean(text: str) -> str:
    """Return a text that can be written to a file: half surrogates replaced.

    >>> clean("a" + chr(0xD83D))
    'a�'
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _words(message: Mapping[str, Any], notes: list[str]) -> str:
    """Return the text of a message, whatever it is wrapped in."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        content = "".join(part for part in parts if isinstance(part, str))
    refusal = message.get("refusal")
    if not content and isinstance(refusal, str) and refusal:
        notes.append("refusal apart")
        content = refusal
    if content is None:
        return ""
    if not isinstance(content, str):
        raise BadAnswer(f"got content {json_kind(content)}, expected text")
    return clean(content)


def _raw_calls(message: Mapping[str, Any]) -> list[Any]:
    """Return the calls of a message as they stand; the older `function_call` as one of them."""
    raw, older = message.get("tool_calls"), message.get("function_call")
    if raw is not None and not isinstance(raw, list):
        raise BadAnswer(f"got tool_calls {json_kind(raw)}, expected a list")
    if not raw and isinstance(older, Mapping) and older:
        return [{"function": older}]
    return list(raw or [])


def _decode_calls(raw: list[Any], words: str, notes: list[str]) -> Decoded:
    """Return the calls; where one cannot be read strictly, all are malformed, as in text."""
    calls: list[ToolCall] = []
    lenient: list[ToolCall] = []
    faults: list[str] = []
    for item in raw:
        call, fault = _call(item, notes)
        if call is not None:
            lenient.append(call)
            if not fault:
                calls.append(call)
        if fault:
            faults.append(fault)
    if not faults:
        return Decoded(tuple(calls), words)
    repaired = tuple(lenient) if len(lenient) == len(raw) else None
    repairs = ("arguments encoded twice",) if repaired is not None else ()
    shown = clean(json.dumps(raw, ensure_ascii=False))
    return Decoded((), shown, malformed=True, detail=faults[0], repaired=repaired, repairs=repairs)


def _call(item: Any, notes: list[str]) -> tuple[ToolCall | None, str]:
    """Return a call and the fault of its strict reading; None where no reading helps."""
    function = item.get("function") if isinstance(item, Mapping) else None
    if not isinstance(function, Mapping):
        return None, "the call has no function"
    name, written, fault = function.get("name"), function.get("arguments"), ""
    if isinstance(written, str):
        written, fault = _arguments(written, clean(str(name))[:64], notes)
    elif written is None:
        notes.append("no arguments, read as {}")
        written = {}
    else:
        notes.append("arguments as an object")
    if fault and not isinstance(written, dict):
        return None, fault
    try:
        call = call_of({"name": name, "arguments": written})
    except ValueError as reason:
        return None, str(reason)
    if not writable([call.name, dict(call.arguments)]):
        return None, "the call holds half of a surrogate pair, or is nested too deep"
    return call, fault


def _arguments(text: str, name: str, notes: list[str]) -> tuple[Any, str]:
    """Return the value of an arguments string, and the fault of its strict reading."""
    if not text.strip():
        notes.append("no arguments, read as {}")
        return {}, ""
    fault = ""
    try:
        value, end = json_at(text, 0)
        if after_space(text, end) < len(text):
            raise NotStrict(f"more text at character {end}")
    except NotStrict as reason:
        return None, f"the arguments of {name} are not valid JSON: {reason}"
    if isinstance(value, str):
        notes.append("arguments encoded twice")
        fault = f"the arguments of {name} are JSON inside JSON text"
        value = _arguments(value, name, [])[0] if value.strip() else None
    return value, fault


def _count(value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < 2**53 else 0
