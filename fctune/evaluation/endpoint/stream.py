r"""A streamed chat completion, put together into the one that is not streamed.

Input: the bytes of a `text/event-stream`, in pieces of any size. Output: the body that
`fctune.evaluation.endpoint.answer` reads. Servers differ in how they write the pieces of calls, so
a piece that begins a new call is told by its index, its id, and by a name after whole arguments.

Before: data: {"choices": [{"delta": {"content": "Hi"}}]}\n\n ... data: [DONE]\n\n
After:  {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}], "usage": None}
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.evaluation.endpoint.answer import BadAnswer, message_of
from fctune.evaluation.strict_json import NotStrict, json_at, whole_json

_DONE = "[DONE]"
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


class BrokenOff(Exception):
    """The stream ended before the answer did."""


@dataclass
class EventLines:
    r"""Events of a stream, by the rules of the HTML standard: data lines joined, comments skipped.

    Line ends are `\n`, `\r\n` or `\r`; an event ends at an empty line.
    """

    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8-sig")()
    )
    _rest: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, piece: bytes) -> Iterator[str]:
        """Yield the data of each event that is complete.

        Raises:
            BadAnswer: the bytes are no UTF-8.
        """
        try:
            text = self._rest + self._decoder.decode(piece)
        except UnicodeDecodeError as fault:
            raise BadAnswer(f"the stream is not UTF-8: {fault.reason}") from fault
        held = "\r" if text.endswith("\r") else ""  # it may be half of a line end
        lines = text.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest = lines.pop() + held
        for line in lines:
            yield from self._line(line)

    def end(self) -> Iterator[str]:
        """Yield what stands after the last empty line; not all servers send one at the end."""
        yield from self._line(self._rest.removesuffix("\r"))
        yield from self._line("")

    def _line(self, line: str) -> Iterator[str]:
        if not line:
            if self._data:
                yield "\n".join(self._data)
            self._data = []
            return
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))


@dataclass
class StreamedCompletion:
    """Collects the pieces of one answer.

    Attributes:
        begun: a piece of words, thought or call has come: the first token is there.
        done: the server has said that it is.
    """

    begun: bool = False
    done: bool = False
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _calls: list[dict[str, Any]] = field(default_factory=list)
    _of_index: dict[int, dict[str, Any]] = field(default_factory=dict)
    _older: dict[str, Any] | None = None
    _finish: str | None = None
    _usage: Any = None

    def add(self, data: str) -> None:
        """Add the data of one event.

        Raises:
            BadAnswer: it is no piece of a completion, or the server reports an error.
        """
        if data.strip() == _DONE:
            self.done = True
            return
        try:
            event, _ = json_at(data, 0)
        except NotStrict as fault:
            raise BadAnswer(f"a piece of the stream is not valid JSON: {fault}") from fault
        if not isinstance(event, Mapping):
            raise BadAnswer("a piece of the stream is no JSON object")
        if event.get("error"):
            raise BadAnswer(f"the server reports an error: {message_of(event)}")
        if isinstance(event.get("usage"), Mapping):
            self._usage = event["usage"]
        choices = event.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
            self._choice(choices[0])

    def body(self) -> dict[str, Any]:
        """Return the whole answer.

        Raises:
            BrokenOff: the stream ended without saying so.
        """
        if self._finish is None and not self.done:
            raise BrokenOff("the stream broke off")
        if not self.begun and self._finish is None:
            raise BrokenOff("the stream held no answer")
        message: dict[str, Any] = {name: "".join(parts) for name, parts in self._texts.items()}
        if self._calls:
            message["tool_calls"] = [
                {"function": {"name": call["name"], "arguments": "".join(call["arguments"])}}
                for call in self._calls
            ]
        elif self._older is not None:
            arguments = "".join(self._older["arguments"])
            message["function_call"] = {"name": self._older["name"], "arguments": arguments}
        choice = {"message": message, "finish_reason": self._finish}
        return {"choices": [choice], "usage": self._usage}

    def _choice(self, choice: Mapping[str, Any]) -> None:
        delta = choice.get("delta")
        if not isinstance(delta, Mapping):  # some servers end with the whole message
            delta = {} if self.begun or not isinstance(choice.get("message"), Mapping) else choice
            delta = delta.get("message", {})
        for name in _TEXTS:
            text = delta.get(name)
            if isinstance(text, str) and text:
                self.begun = True
                self._texts.setdefault(name, []).append(text)
        pieces = delta.get("tool_calls")
        for piece in pieces if isinstance(pieces, list) else []:
            self._call(piece)
        older = delta.get("function_call")
        if isinstance(older, Mapping):
            self.begun = True
            self._older = self._older or {"name": "", "arguments": []}
            _extend(self._older, older)
        if isinstance(choice.get("finish_reason"), str):
            # transformers serve says tool_calls in the middle and stop at the end.
            self._finish = choice["finish_reason"]

    def _call(self, piece: Any) -> None:
        if not isinstance(piece, Mapping) or not isinstance(piece.get("function"), Mapping):
            raise BadAnswer("a piece of a call has no function")
        self.begun = True
        function = piece["function"]
        index = piece.get("index")
        index = index if isinstance(index, int) else None
        call = (
            self._of_index.get(index) if index is not None else next(iter(self._calls[-1:]), None)
        )
        if call is None or _is_new(call, piece, function):
            call = {"id": piece.get("id"), "name": None, "arguments": []}
            self._calls.append(call)
            if index is not None:
                self._of_index[index] = call
        _extend(call, function)


def _is_new(call: Mapping[str, Any], piece: Mapping[str, Any], function: Mapping[str, Any]) -> bool:
    """Tell whether a piece begins another call, though its index is that of one begun.

    Some servers give every call the index 0 or none, and some repeat id and name in each piece.
    """
    if not function.get("name"):
        return False
    id_ = piece.get("id")
    if id_ and call["id"] and id_ != call["id"]:
        return True
    return isinstance(whole_json("".join(call["arguments"])), dict)


def _extend(call: dict[str, Any], function: Mapping[str, Any]) -> None:
    name, arguments = function.get("name"), function.get("arguments")
    if isinstance(name, str) and name:
        call["name"] = name
    if isinstance(arguments, str):
        call["arguments"].append(arguments)
    elif arguments is not None:
        call["arguments"].append(json.dumps(arguments))
