"""Native formats that put a name before the JSON of its arguments: DeepSeek, Kimi, gpt-oss, Cohere.

Input: a Reading. Output: its calls and words. What differs is data: the mark that begins a call
with the name in it, the tokens that end it, and tokens around all calls, which are layout.

Before: <|tool_call_begin|>functions.now:0<|tool_call_argument_begin|>{}<|tool_call_end|>
After:  the call now()
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fctune.evaluation.formats.reading import Malformed, Reader, Reading
from fctune.evaluation.formats.tagged_json import Tags, tagged_reader
from fctune.evaluation.strict_json import after_space, json_kind
from fctune.patterns import regex


@dataclass(frozen=True, slots=True)
class Marked:
    """How a format begins and ends a call.

    Attributes:
        begin: what stands before the arguments; its group `name` is the tool.
        end: what may stand behind them, one of these.
        open_end: nothing needs to stand there.
        layout: left out of the words.
        trace: marks that tell a call that was begun, wherever they stand in the words.
    """

    begin: re.Pattern[str]
    end: tuple[str, ...]
    layout: re.Pattern[str]
    open_end: bool = False
    trace: tuple[str, ...] = ()


DEEPSEEK = Marked(
    begin=regex(
        r"<｜tool▁call▁begin｜>\s*+(?:function<｜tool▁sep｜>(?P<name>[^\n<`]{1,200})\s*+```json\s*+"
        r"|(?P<short>[^\n<]{1,200})<｜tool▁sep｜>\s*+)"
    ),
    end=("```<｜tool▁call▁end｜>", "<｜tool▁call▁end｜>"),
    layout=regex(r"<｜tool▁calls▁(?:begin|end)｜>"),
    trace=("<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"),
)
KIMI_K2 = Marked(
    begin=regex(
        r"<\|tool_call_begin\|>\s*+(?:functions\.)?(?P<name>[^\s<]{1,200}?)(?::\d{1,9})?\s*+"
        r"<\|tool_call_argument_begin\|>\s*+"
    ),
    end=("<|tool_call_end|>",),
    layout=regex(r"<\|tool_calls_section_(?:begin|end)\|>"),
    trace=("<|tool_call_begin|>", "<|tool_call_end|>"),
)
HARMONY = Marked(
    begin=regex(
        r"(?:<\|start\|>assistant)?(?: to=functions\.(?P<short>[^\s<]{1,200}))?"
        r"<\|channel\|>(?:commentary|analysis)(?: to=functions\.(?P<name>[^\s<]{1,200}))?"
        r"\s{0,9}(?:<\|constrain\|>)?(?:json)?\s{0,9}<\|message\|>(?=\s{0,9}\{)"
    ),
    end=("<|call|>", "<|end|>"),
    layout=regex(
        r"<\|channel\|>analysis<\|message\|>(?:(?!<\|end\|>|<\|start\|>)(?s:.))*+"
        r"|<\|start\|>assistant|<\|channel\|>(?:final|commentary)|<\|message\|>|<\|end\|>|<\|return\|>"
    ),
    open_end=True,
    trace=("to=functions.",),
)
QWEN_AGENT = Marked(
    begin=regex(r"✿FUNCTION✿[:：]\s*+(?P<name>[^\n]{1,200}?)\s*✿ARGS✿[:：]\s*+"),
    end=("✿RESULT✿", "✿RETURN✿"),
    layout=regex(r"✿(?:RESULT|RETURN)✿[:：]?"),
    open_end=True,
    trace=("✿FUNCTION✿", "✿ARGS✿"),
)
_COHERE = tagged_reader(
    Tags("<|START_ACTION|>", "<|END_ACTION|>", many=True, name_key="tool_name", key="parameters")
)
_COHERE_ACTION = regex(r"Action:\s*+```(?:json)?\s*+")
# The command that says "no tool" in Command-R's prompt.
_NO_TOOL = frozenset({"directly_answer", "directly-answer"})


def marked_reader(marked: Marked) -> Reader:
    """Return the reader of a format with these marks."""

    def read(reading: Reading) -> None:
        _read(reading, marked)

    return read


def _read(reading: Reading, marked: Marked) -> None:
    text, position = reading.text, 0
    while found := marked.begin.search(text, position):
        names = [name for name in found.groupdict().values() if name]
        reading.words.append(text[position : found.start()])
        position = found.end()
        end = position

        def one(start: int = position, names: list[str] = names) -> None:
            nonlocal end
            value, end = reading.json_at(start)
            if not names:
                raise Malformed("the call has no name")
            if not isinstance(value, dict):
                kind = json_kind(value)
                raise Malformed(f"the arguments of {names[0]} are a JSON {kind}, not an object")
            reading.add(names[0].strip(), value)

        if reading.attempt(one):
            position = _behind_end(reading, marked, end)
    reading.words.append(text[position:])
    reading.words = [marked.layout.sub("", part) for part in reading.words]
    if any(trace in part for trace in marked.trace for part in reading.words):
        if not reading.lenient:
            raise Malformed("a call was begun and has no name or no arguments")
        reading.repairs["call left out"] = None


def _behind_end(reading: Reading, marked: Marked, end: int) -> int:
    begin = after_space(reading.text, end)
    token = next((t for t in marked.end if reading.text.startswith(t, begin)), None)
    if token is not None:
        again = marked.begin.match(reading.text, begin)  # the end of one may begin the next
        return begin if again else begin + len(token)
    if not marked.open_end and (begin < len(reading.text) or not marked.open_end):
        reading.mend("closing tag", f"the call is not closed by {marked.end[-1]}")
    return end


def read_command_r(reading: Reading) -> None:
    """Read Command-R's `Action:` with a JSON list in a fence, or Command-A's between tokens."""
    fenced = _COHERE_ACTION.search(reading.text)
    if "<|START_ACTION|>" in reading.text or fenced is None:
        _COHERE(reading)
    else:
        reading.words.append(reading.text[: fenced.start()].removesuffix("Action:"))
        value, end = reading.json_at(fenced.end())
        for item in value if isinstance(value, list) else [value]:
            reading.attempt(
                lambda item=item: reading.call(item, "tool_name", "parameters")  # type: ignore[misc]
            )
        rest = reading.text[after_space(reading.text, end) :]
        reading.words.append(rest.removeprefix("```"))
    reading.calls = [call for call in reading.calls if call.name not in _NO_TOOL]
