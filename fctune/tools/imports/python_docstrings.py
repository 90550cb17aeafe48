r"""Docstrings to the parts that a tool needs: description, text of each parameter, result.

Input: a docstring in Google, NumPy or reST style, with English or Chinese headings, or plain
text. Output: a DocText. The style is the one whose documented names fit the signature best.
Examples, doctests, raised errors and cross-references are left out of the description.

Before: "Look up.\n\n参数：\n    city：城市\n"   with the parameter `city`
After:  DocText("Look up.", {"city": "城市"}, {}, "", "")
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fctune.patterns import regex

_HEADINGS = {
    **dict.fromkeys(
        ("参数", "参数说明", "入参", "输入参数", "输入", "parameters", "params"), "Args"
    ),
    **dict.fromkeys(("arguments", "args"), "Args"),
    **dict.fromkeys(("返回", "返回值", "返回结果", "出参", "输出", "return", "returns"), "Returns"),
    **dict.fromkeys(("异常", "抛出", "引发", "抛出异常", "raises"), "Raises"),
    **dict.fromkeys(("示例", "例子", "例", "样例", "用法示例", "调用示例", "examples"), "Examples"),
    **dict.fromkeys(("属性", "字段", "attributes", "fields"), "Attributes"),
}
_HEADING = regex(r"^([^\W\d_]+)\s*[:：]$")
_WIDE_ITEM = regex(r"^(\s+\*{0,2}\w+)\s*(?:[(（]([^()（）]*)[)）])?\s*[:：]\s*(?=\S)")
_WIDE_FIELD = regex(r"^(\s*:\w+(?:\s+[^:：]+)?)：\s*")
_DIRECTIVE = regex(
    r"^(\s*)\.\. (?:version\w+|deprecated|seealso|todo|code|code-block|sourcecode|testcode|doctest"
    r"|index|_\S+?):"
)
_LIST_LINE = regex(r"^\s*(?:[-*+•·|>]|\d+[.)、）]|\([0-9a-z]\)|[一二三四五六七八九十]+、)")
_CODE_FENCE = regex(r"^\s*```\s*(?:python|py|pycon|doctest)\b", re.IGNORECASE)
_LEFT_OVER = regex(r"^(?:usage|examples?|for example)\s*:{1,2}$", re.IGNORECASE)
_ROLE = regex(r":(?:[a-z]+:)?[a-z]+:`[~!]?([^`<]*[^`<\s])(?:\s*<[^`>]*>)?`")
_KNOWN = ("parameters", "other parameters", "returns", "raises", "yields", "attributes")
_UNTOLD = frozenset(
    {"example", "examples", "see-also", "see also", "references", "reference", "todo", "doctest"}
)
_TYPE_LIKE = regex(
    r"^(?:[A-Za-z_][\w.]*(?:\[.*\])?(?:\s*(?:\||or)\s*[\w.]+(?:\[.*\])?)*"
    r"|(?:list|array|tuple|set|dict|sequence|iterable) of [\w.]+)$"
)


@dataclass(frozen=True, slots=True)
class DocText:
    """The parts of a docstring.

    Attributes:
        text: the description, paragraphs kept, wrapped lines joined.
        parameters: name to text; the fields of a class too.
        types: name to the type as written, where the docstring tells one.
        returns: what the result is, or "".
        returns_type: the result's type as written, or "".
    """

    text: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    returns_type: str = ""


def read_docstring(text: str | None, names: Collection[str] = ()) -> DocText:
    """Return the parts of a docstring.

    Args:
        text: the docstring as Python holds it; None or "" give an empty DocText.
        names: the parameters of the function, which decide between styles; default none.
    """
    if not text or not text.strip():
        return DocText()
    tidy = "\n".join(_tidied(inspect.cleandoc(text).split("\n")))
    best, best_score = DocText(text=flowed(tidy)), (0, 0)
    for style in ("google", "numpy", "sphinx"):
        sections = _sections(tidy, style)
        known = [section for section in sections if section.kind.value in _KNOWN]
        doc = _doc_of(sections)
        score = (len(doc.parameters.keys() & set(names)), len(known))
        if score > best_score or (style == "google" and sections):
            best, best_score = doc, score
    return best


def _sections(text: str, style: str) -> list[Any]:
    import griffe

    with griffe.get_logger().disable():
        try:
            docstring = griffe.Docstring(text, lineno=1)
            if style == "google":
                return griffe.parse_google(
                    docstring,
                    returns_multiple_items=False,
                    returns_named_value=False,
                    warnings=False,
                )
            if style == "numpy":
                return griffe.parse_numpy(docstring, warnings=False)
            return griffe.parse_sphinx(docstring, warnings=False)
        except Exception:  # noqa: BLE001 - the parser fails on odd texts; they are plain text then
            return []


def _doc_of(sections: list[Any]) -> DocText:
    texts: list[str] = []
    parameters: dict[str, str] = {}
    types: dict[str, str] = {}
    returns, returns_type = "", ""
    for section in sections:
        kind = section.kind.value
        if kind == "text":
            texts.append(section.value)
        elif kind == "admonition" and section.value.kind.lower() not in _UNTOLD:
            texts.append(f"{section.title}: {section.value.contents}")
        elif kind in ("parameters", "other parameters", "attributes"):
            for item in section.value:
                name = item.name.strip("*` ")
                parameters[name] = flowed(item.description or "")
                if item.annotation is not None and str(item.annotation).strip():
                    types[name] = str(item.annotation).strip()
        elif kind in ("returns", "yields") and not returns:
            returns, returns_type = _result(section.value)
    told = "\n\n".join(part for part in map(flowed, texts) if part)
    return DocText(told, parameters, types, returns, returns_type)


def _result(items: list[Any]) -> tuple[str, str]:
    """Return text and type; what looks like prose before a colon is text, not a type."""
    texts, first_type = [], ""
    for item in items:
        kind = str(item.annotation or "").strip()
        text = item.description or ""
        if kind and not _TYPE_LIKE.match(kind):
            text, kind = (f"{kind}: {text}" if text else kind), ""
        first_type = first_type or kind
        texts.append(text)
    return flowed("\n".join(texts)), first_type if len(items) == 1 else ""


def _tidied(lines: list[str]) -> Iterator[str]:
    """Yield the lines in the form that the parsers know: headings, colons, blank lines.

    Before: "说明", "参数：", "    city（str）：城市"
    After:  "说明", "", "Args:", "    city (str): 城市"
    """
    within = False
    for index, line in enumerate(lines):
        heading = _HEADING.match(line.rstrip())
        following = lines[index + 1] if index + 1 < len(lines) else ""
        known = _HEADINGS.get(heading.group(1).lower()) if heading else None
        if known and following.startswith((" ", "\t")):
            within = True
            if index and lines[index - 1].strip():
                yield ""
            yield f"{known}:"
            continue
        if line.strip() and not line.startswith((" ", "\t")):
            within = False
        if within:
            yield _WIDE_ITEM.sub(_narrow, line)
        else:
            yield _WIDE_FIELD.sub(r"\1: ", line)


def _narrow(found: re.Match[str]) -> str:
    kind = f" ({found.group(2)})" if found.group(2) else ""
    return f"{found.group(1)}{kind}: "


def flowed(text: str) -> str:
    r"""Return a text with the lines of each paragraph joined; lists and indented blocks stay.

    >>> flowed("Look up\na city.\n\n- one\n- two")
    'Look up a city.\n\n- one\n- two'
    """
    paragraphs = re.split(r"\n\s*\n", "\n".join(_told_lines(text.strip("\n").split("\n"))))
    joined = (_joined(paragraph.rstrip().split("\n")) for paragraph in paragraphs)
    return "\n\n".join(paragraph for paragraph in joined if paragraph.strip()).strip()


def _told_lines(lines: list[str]) -> Iterator[str]:
    """Yield the lines that are no doctest, no Python code, and no directive with its block."""
    doctest, block, fence = False, -1, False
    for line in lines:
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        if block >= 0 and (not bare or indent > block):
            continue
        block = -1
        if fence or _CODE_FENCE.match(line):
            fence = not (fence and bare.startswith("```"))
            continue
        directive = _DIRECTIVE.match(line)
        if directive:
            block = len(directive.group(1))
            continue
        doctest = bool(bare) and (doctest or bare.startswith(">>>"))
        if not doctest and not _LEFT_OVER.match(bare):
            yield _ROLE.sub(r"\1", line.rstrip())


def _joined(lines: list[str]) -> str:
    lines = lines[:1] + textwrap.dedent("\n".join(lines[1:])).split("\n") if lines[1:] else lines
    shaped = any(_LIST_LINE.match(line) or line.startswith((" ", "\t")) for line in lines[1:])
    if shaped or _LIST_LINE.match(lines[0]):
        return "\n".join(lines)
    whole = lines[0]
    for line in lines[1:]:
        tight = whole and line and ord(whole[-1]) > 0x2E80 and ord(line[0]) > 0x2E80
        whole += line if tight else f" {line}"
    return whole
