"""Calls written as Python would write them: LFM2, Llama 3.2 and 4, ToolACE, OLMo 3.

Input: a Reading. Output: its calls and words. Nothing is evaluated: a value is JSON or a literal.
llamafactory 0.9.5 data/tool_utils.py LFM2ToolUtils writes strings as they stand, with quotes and
line breaks in them: such a string ends at the quote behind which the call goes on.

Before: [search(city="Oslo", days=[1, 2]), now()]
After:  search(city="Oslo", days=[1, 2]) and now()
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from fctune.conversations.literals import STRING, NotLiteral, bracket_end, read_value
from fctune.evaluation.formats.reading import Malformed, Reading
from fctune.evaluation.strict_json import after_space
from fctune.patterns import regex
from fctune.tools.spec import ToolCatalog

_NAME = regex(r"[^()\[\]{}\"'=,<>:;\s](?:[^()\[\]{}\"'=,<>\n]{0,200}[^()\[\]{}\"'=,<>:;\s])?+")
_PLAIN_NAME = regex(r"[^\W\d][\w.\-/]*")
_KEYWORD = regex(r"([^=,()\[\]{}\"'\s][^=,()\[\]{}\"'\n]{0,200}?)[ \t]{0,20}=(?!=)[ \t\r\n]{0,200}")
_RAW_END = regex(
    r"\"(?=\s*+(?:\)\s*+(?:[,\]\n]|\Z)|,\s*+[^=,()\[\]{}\"'\s][^=,()\[\]{}\"'\n]{0,200}=))"
)
_BEGUN = regex(r"\[\s*+([^\W\d][\w.\-]{0,127})\(")
_TRIED = 3
_SIGN = regex(r"""[\[\](){},"']""")
_LFM2 = ("<|tool_call_start|>", "<|tool_call_end|>")
_OLMO = ("<function_calls>", "</function_calls>")
_TRIPLE = ('"""', "'''")


@dataclass(slots=True)
class _Scan:
    """One text of calls, read from left to right.

    Attributes:
        reading: gets the calls and the mends.
        text: what is read.
        raw: strings may stand as they are, as LFM2's formatter of the engine writes them.
        position: where the scan is.
    """

    reading: Reading
    text: str
    raw: bool = False
    position: int = 0

    def skip(self) -> str:
        """Go to the next sign that is no space, and return it; "" at the end."""
        self.position = after_space(self.text, self.position)
        return self.text[self.position : self.position + 1]

    def call(self) -> None:
        """Read `name(...)`."""
        name = self.name()
        named: dict[str, Any] = {}
        positional: list[Any] = []
        while (sign := self.skip()) != ")":
            if not sign:
                self.reading.mend("closing bracket", f"the call of {name} is not closed")
                self.position -= 1
                break
            keyword = _KEYWORD.match(self.text, self.position)
            if keyword:
                self.position = keyword.end()
            value = self.value()
            if keyword:
                named[keyword[1].strip()] = value
            else:
                positional.append(value)
            if self.skip() == ",":
                self.position += 1
            elif self.skip() not in (")", ""):
                raise Malformed(f"expected a comma in the call of {name}")
        self.position += 1
        if positional:
            named = {**self.ordered(name, positional), **named}
        self.reading.add(name, named)

    def name(self) -> str:
        """Read the name and the parenthesis behind it; a listed name may hold any signs."""
        specs = self.reading.catalog or ()
        odd = [spec.name for spec in specs if not _PLAIN_NAME.fullmatch(spec.name)]
        for name in sorted(odd, key=len, reverse=True):
            if self.text.startswith(name, self.position):
                end = after_space(self.text, self.position + len(name))
                if self.text.startswith("(", end):
                    self.position = end + 1
                    return name
        found = _NAME.match(self.text, self.position)
        end = after_space(self.text, found.end()) if found else self.position
        if found is None or not self.text.startswith("(", end):
            raise Malformed(f"expected a call at character {self.position}")
        self.position = end + 1
        return found[0]

    def value(self) -> Any:
        """Read a value up to the comma or parenthesis behind it."""
        start = self.position
        if self.raw and self.text.startswith('"', start):
            return self.raw_string(start)
        try:
            self.position = self.end_of_value(start)
            return self.literal(self.text[start : self.position])
        except NotLiteral as fault:
            raise Malformed(f"a value cannot be read: {fault}") from fault

    def raw_string(self, start: int) -> Any:
        """Read a string: a literal where it is one, else what stands up to its last quote."""
        plain = STRING.match(self.text, start)
        if plain is not None and _RAW_END.match(self.text, plain.end() - 1):
            try:
                self.position = plain.end()
                return read_value(plain[0])
            except NotLiteral:
                pass
        found = _RAW_END.search(self.text, start + 1)
        if found is None and plain is not None:
            self.position = plain.end()
            return plain[0][1:-1]
        if found is None:
            raise Malformed(f"a string is not closed, from character {start}")
        self.position = found.end()
        return self.text[start + 1 : found.start()]

    def end_of_value(self, start: int) -> int:
        if self.text.startswith(_TRIPLE, start):
            end = self.text.find(self.text[start : start + 3], start + 3)
            return end + 3 if end >= 0 else len(self.text)
        position = start
        while found := _SIGN.search(self.text, position):
            begin, sign = found.start(), found[0]
            if sign in ",)":
                return begin
            string = STRING.match(self.text, begin)
            closed = string.end() if string else bracket_end(self.text, begin)
            if closed is None:
                break
            position = closed
        raise Malformed(f"a value is not closed, from character {start}")

    def literal(self, text: str) -> Any:
        try:
            return read_value(text)
        except NotLiteral:
            if not any(sign in text for sign in "\n\t\r"):
                raise
        self.reading.mend("raw line break", "a string holds a line break")
        body = text.strip().replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")
        return read_value(body)

    def ordered(self, name: str, values: list[Any]) -> dict[str, Any]:
        spec = self.reading.spec(name)
        names = list(spec.parameters.get("properties", ())) if spec else []
        if len(values) > len(names):
            raise Malformed(f"the call of {name} has arguments without names")
        self.reading.mend("positional arguments", f"the call of {name} has arguments without names")
        return dict(zip(names, values, strict=False))


def is_pythonic(text: str, catalog: ToolCatalog | None) -> bool:
    """Tell whether a text begins as a list of calls: `[f(a=1` or, of a listed tool, `[f(`.

    >>> is_pythonic("[f(a=1)]", None), is_pythonic("[see (a), or (b)]", None)
    (True, False)
    """
    body = text.lstrip()
    if not body.startswith("["):
        return False
    scan = _Scan(Reading("", catalog), body[:2000], position=1)
    scan.skip()
    try:
        name = scan.name()
    except Malformed:
        return False
    if catalog is not None and catalog.get(name) is not None:
        return True
    if scan.skip() == ")":
        return _PLAIN_NAME.fullmatch(name) is not None and body.rstrip().endswith("]")
    return _PLAIN_NAME.fullmatch(name) is not None and bool(_KEYWORD.match(body, scan.position))


def list_start(text: str, catalog: ToolCatalog | None) -> int | None:
    """Return where the list of calls begins that a text is, or ends with, or None.

    Behind words, only a list that begins with a listed tool is taken for calls.

    >>> list_start("[f(a=1)]", None), list_start("See [f(a=1)]", None)
    (0, None)
    """
    if is_pythonic(text, catalog):
        return 0
    if catalog is None or not text.rstrip().endswith("]"):
        return None
    for found in islice(_BEGUN.finditer(text), _TRIED):
        listed = catalog.get(found[1]) is not None
        if listed and bracket_end(text, found.start()) == len(text.rstrip()):
            return found.start()
    return None


def calls_at(reading: Reading, text: str, *, raw: bool = False) -> None:
    """Read a text that is a list of calls, or one call, from end to end.

    Raises:
        Malformed: it is none.
    """
    scan = _Scan(reading, text, raw)
    bracket = scan.skip() == "["
    scan.position += bracket
    while True:
        sign = scan.skip()
        if bracket and sign == "]":
            scan.position += 1
            break
        if not sign:
            if bracket:
                reading.mend("closing bracket", "the list of calls is not closed")
            break
        if not _one(scan):
            break
        if scan.skip() == ",":
            scan.position += 1
        elif bracket and scan.skip() not in ("]", ""):
            reading.mend("no separator", "expected a comma between two calls")
    if text[scan.position :].strip():
        reading.mend("text beside the call", "words after the calls")


def _one(scan: _Scan) -> bool:
    """Read one call; a lenient reading ends at one that it cannot read."""
    begin = scan.position
    done = scan.reading.attempt(scan.call)
    return done and scan.position > begin


def read_pythonic(reading: Reading) -> None:
    """Read `[f(a=1), g()]`, alone or as the last thing said."""
    _read_unmarked(reading, reading.text.strip(), raw=False)


def _read_unmarked(reading: Reading, body: str, *, raw: bool) -> None:
    start = list_start(body, reading.catalog)
    if start is None:
        reading.words.append(body)
        return
    reading.words.append(body[:start])
    calls_at(reading, body[start:], raw=raw)


def read_lfm2(reading: Reading) -> None:
    """Read LFM2's calls between its tokens, or without them where they were not kept."""
    opening, closing = _LFM2
    if opening not in reading.text and closing not in reading.text:
        _read_unmarked(reading, reading.text.strip(), raw=True)
        return
    _between(reading, opening, closing, raw=True)


def read_olmo3(reading: Reading) -> None:
    """Read OLMo 3's calls, one a line between `<function_calls>` tags."""
    _between(reading, *_OLMO, raw=False)


def _between(reading: Reading, opening: str, closing: str, *, raw: bool) -> None:
    text, position = reading.text, 0
    while (start := reading.find(opening, position)) >= 0:
        reading.words.append(text[position:start])
        start += len(opening)
        end = reading.find(closing, start)
        following = reading.find(opening, start)
        if end < 0 or 0 <= following < end:
            reading.mend("closing tag", f"the call is not closed by {closing}")
            end = following if following >= 0 else len(text)
            position = end
        else:
            position = end + len(closing)
        body = text[start:end]
        if not body.strip():
            raise Malformed(f"nothing stands behind {opening}")
        reading.attempt(lambda body=body: calls_at(reading, body, raw=raw))  # type: ignore[misc]
    reading.words.append(text[position:])
    if any(closing in part for part in reading.words):
        reading.mend("opening tag", f"{closing} without {opening}")
