r"""Calls whose parameters stand between tags of their own: Qwen 3.5, Seed-OSS, MiniMax M2, GLM 4.5.

Input: a Reading. Output: its calls and words. Values are bare text: the tool's schema types them
(`typed`). What differs between these formats is data, a Shape. A value ends at the closing tag
behind which the call goes on, so that it may hold that tag itself.

llamafactory 0.9.5 data/tool_utils.py writes some of these in its own way, and both ways are read:
Seed-OSS `<function=f` without `>`, MiniMax M2 without `<minimax:tool_call>`, GLM 4.5 without
`</tool_call>`.

Before: <tool_call>\n<function=f>\n<parameter=n>\n2\n</parameter>\n</function>\n</tool_call>
After:  f(n=2)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fctune.evaluation.formats.reading import Malformed, Reader, Reading
from fctune.evaluation.formats.typed import typed_arguments
from fctune.evaluation.strict_json import NotStrict, after_space, json_at
from fctune.patterns import regex


@dataclass(frozen=True, slots=True)
class Shape:
    """The tags of a format.

    Attributes:
        wrapper: the tags around the calls.
        wrapped: they are required.
        call: opens a call; its first group is the name.
        call_end: closes a call; "" where the wrapper does.
        parameter: opens a value; its group `key` is the parameter, `text` says `true` where the
            value is text and `false` where it is JSON.
        value_end: closes a value: the tag and, looked at only, what may follow it.
        cut: where a value ends whose closing tag is missing.
        lines: one line break on each side of a value is layout.
        open_end: the wrapper may stay open where another call or the end of the text follows.
    """

    wrapper: tuple[str, str]
    call: re.Pattern[str]
    call_end: str
    parameter: re.Pattern[str]
    value_end: re.Pattern[str]
    cut: re.Pattern[str]
    wrapped: bool = True
    lines: bool = False
    open_end: bool = False


_FUNCTION_CUT = regex(r"</?parameter|</?function|</?(?:seed:)?tool_call>|\Z")
QWEN3_5 = Shape(
    wrapper=("<tool_call>", "</tool_call>"),
    call=regex(r"<function=[ \t]*+([^\n<>]{1,500})>"),
    call_end="</function>",
    parameter=regex(r"<parameter=(?P<key>[^>\n]{1,500})>"),
    value_end=regex(r"</parameter>(?=\s*+(?:<parameter=|</function>\s*+(?:</tool_call>|\Z)))"),
    cut=_FUNCTION_CUT,
    lines=True,
)
SEED_OSS = Shape(
    wrapper=("<seed:tool_call>", "</seed:tool_call>"),
    call=regex(r"<function=[ \t]*+([^\n<>]{1,500})>?"),
    call_end="</function>",
    parameter=regex(r"<parameter=(?P<key>[^>\n]{1,500})>"),
    value_end=regex(r"</parameter>(?=\s*+(?:<parameter=|</function>\s*+(?:</seed:tool_call>|\Z)))"),
    cut=_FUNCTION_CUT,
)
MINIMAX2 = Shape(
    wrapper=("<minimax:tool_call>", "</minimax:tool_call>"),
    wrapped=False,
    call=regex(r'<invoke name="([^"\n]{1,500})">'),
    call_end="</invoke>",
    parameter=regex(r'<parameter name="(?P<key>[^"\n]{1,500})">'),
    value_end=regex(r"</parameter>(?=\s*+(?:<parameter name=|</invoke>))"),
    cut=regex(r"</?parameter|</?invoke|</?minimax:tool_call>|\Z"),
)
GLM4_MOE = Shape(
    wrapper=("<tool_call>", "</tool_call>"),
    call=regex(r"([^\s<>{}\[\]\"'][^\n<>{}\[\]\"']{0,500})"),
    call_end="",
    parameter=regex(r"<arg_key>(?P<key>[^<\n]{1,500})</arg_key>\s*+<arg_value>"),
    value_end=regex(r"</arg_value>(?=\s*+(?:<arg_key>|</?tool_call>|\Z))"),
    cut=regex(r"</?arg_key>|</?arg_value>|</?tool_call>|\Z"),
    open_end=True,
)
DEEPSEEK_V3_2 = Shape(
    wrapper=("<｜DSML｜function_calls>", "</｜DSML｜function_calls>"),
    call=regex(r'<｜DSML｜invoke name="([^"\n]{1,500})">'),
    call_end="</｜DSML｜invoke>",
    parameter=regex(
        r'<｜DSML｜parameter name="(?P<key>[^"\n]{1,500})"(?: string="(?P<text>true|false)")?>'
    ),
    value_end=regex(r"</｜DSML｜parameter>(?=\s*+(?:<｜DSML｜parameter|</｜DSML｜invoke>))"),
    cut=regex(r"</?｜DSML｜|\Z"),
)


def xml_reader(shape: Shape) -> Reader:
    """Return the reader of a format of this shape."""

    def read(reading: Reading) -> None:
        _Calls(reading, shape).read()

    return read


@dataclass(slots=True)
class _Calls:
    reading: Reading
    shape: Shape

    def read(self) -> None:
        text, position = self.reading.text, 0
        while (start := self.next_start(position)) >= 0:
            self.reading.words.append(text[position:start])
            position = max(self.block(start), start + 1)
        self.reading.words.append(text[position:])
        rest = self.shape.wrapper[1], self.shape.call_end
        for mark in filter(None, rest):
            if any(mark in part for part in self.reading.words):
                self.reading.mend("opening tag", f"{mark} without the tag that opens the call")

    def next_start(self, position: int) -> int:
        starts = [self.reading.find(self.shape.wrapper[0], position)]
        if self.shape.call_end:  # without one, only the wrapper tells a call from words
            starts.append(self.reading.search(self.shape.call, position)[0])
        return min((start for start in starts if start >= 0), default=-1)

    def block(self, start: int) -> int:
        """Read the calls of one wrapper, or one call without; return where they end."""
        opening = self.shape.wrapper[0]
        text, end, wrapped = self.reading.text, start, False
        if text.startswith(opening, start):
            end, wrapped = start + len(opening), True
        elif self.shape.wrapped:
            self.reading.mend("opening tag", f"a call without {opening}")

        def one() -> None:
            nonlocal end
            end = self.call(after_space(text, end))

        done = self.reading.attempt(one)
        while done and wrapped and self.goes_on(end):
            done = self.reading.attempt(one)
        return self.closed(end, done) if wrapped else end

    def goes_on(self, end: int) -> bool:
        begin = after_space(self.reading.text, end)
        return bool(self.shape.call_end) and bool(self.shape.call.match(self.reading.text, begin))

    def closed(self, end: int, done: bool) -> int:
        opening, closing = self.shape.wrapper
        text, begin = self.reading.text, after_space(self.reading.text, end)
        if text.startswith(closing, begin):
            return begin + len(closing)
        over = begin == len(text) or text.startswith(opening, begin)
        if self.shape.open_end and over:
            return end
        found, following = self.reading.find(closing, end), self.reading.find(opening, end)
        if found >= 0 and (following < 0 or found < following):
            if done:
                self.reading.mend("text beside the call", f"the call is not closed by {closing}")
            return found + len(closing)
        self.reading.mend("closing tag", f"the call is not closed by {closing}")
        return following if not done and following >= 0 else end

    def call(self, start: int) -> int:
        """Read one call; return where it ends."""
        text, shape = self.reading.text, self.shape
        found = shape.call.match(text, start)
        if found is None:
            raise Malformed("no name of a tool stands behind the opening tag")
        name, end = found[1].strip(), found.end()
        texts: dict[str, str] = {}
        told: dict[str, Any] = {}
        while parameter := shape.parameter.match(text, after_space(text, end)):
            key = parameter["key"].strip()
            texts[key], end = self.value(parameter.end())
            if "text" in shape.parameter.groupindex and parameter["text"]:
                told[key] = _told(texts[key], parameter["text"] == "true")
        if shape.call_end:
            begin = after_space(text, end)
            if text.startswith(shape.call_end, begin):
                end = begin + len(shape.call_end)
            else:
                self.reading.mend("closing tag", f"the call is not closed by {shape.call_end}")
        typed = typed_arguments(texts, self.reading.spec(name))
        self.reading.add(name, {**typed, **told})
        return end

    def value(self, start: int) -> tuple[str, int]:
        """Return the text of a value and where its closing tag ends."""
        text = self.reading.text
        stop, end = self.reading.search(self.shape.value_end, start)
        if stop < 0:
            self.reading.mend("closing tag", "a value is not closed")
            stop, end = self.reading.search(self.shape.cut, start)
            end = stop + len(_CLOSED.match(text, stop)[0])  # type: ignore[index]
        value = text[start:stop]
        if self.shape.lines:
            value = value.removeprefix("\n").removesuffix("\n")
        return value, end


_CLOSED = regex(r"(?:</(?:parameter|arg_value|｜DSML｜parameter)>)?")


def _told(text: str, is_text: bool) -> Any:
    """Return a value whose tag says whether it is text or JSON."""
    if is_text:
        return text
    try:
        value, end = json_at(text, 0)
    except NotStrict:
        return text
    return text if text[end:].strip() else value
