"""What a page about a catalogue shows, before it is Markdown or HTML.

Input: a ToolCatalog. Output: a CataloguePage of plain values: per tool its description without
woven examples, its parameters as rows, its examples, its HTTP request and its origin. No time and
no place of the writing machine is in it: the same catalogue gives the same page.

Before: ToolSpec("now", "Tell the time.", {"properties": {"tz": {"type": "string"}}, ...})
After:  ToolEntry(name="now", anchor="tool-now", summary="Tell the time.", parameters=(...), ...)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fctune.patterns import regex
from fctune.tools.describe import untold
from fctune.tools.names import lawful_name
from fctune.tools.page.parameters import ParameterRow, parameter_rows
from fctune.tools.page.rules import rules_of
from fctune.tools.size import estimated
from fctune.tools.spec import HttpBinding, ToolCatalog, ToolExample, ToolOrigin, ToolSpec

MAX_SUMMARY = 160
_SENTENCE_END = regex(r"(?<!e\.g)(?<!i\.e)(?<!etc)(?<!vs)[.!?](?=\s)|[。！？]|\n")
_CHINESE = regex("[\u3400-\u9fff]")
_ROOT_SHOWN = frozenset({"additionalProperties"})


@dataclass(frozen=True, slots=True)
class ExampleEntry:
    """A user's words and the call that they lead to, as one line of JSON."""

    words: str
    call: str

    def as_dict(self) -> dict[str, Any]:
        """Return `{"input": words, "call": {...}}`."""
        return {"input": self.words, "call": json.loads(self.call)}


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """One tool of the page.

    Attributes:
        name: as the model writes it.
        anchor: to link to; unique on the page and the same each time.
        summary: the first sentence of the description.
        tokens: about what the tool costs in every prompt, woven examples included.
        description: without woven examples.
        required: the names of the parameters that every call must give.
        parameters: rows of the parameter table.
        cut: whether deeper or repeated places are left out of the rows.
        rules: bounds on the arguments as a whole.
        returns: rows of the result, where the source tells it.
        examples: at most as many as asked for.
        http: the request that a call stands for, or None.
        origin: where an importer read the tool, or None.
    """

    name: str
    anchor: str
    summary: str
    tokens: int
    description: str
    required: tuple[str, ...]
    parameters: tuple[ParameterRow, ...]
    cut: bool
    rules: tuple[str, ...]
    returns: tuple[ParameterRow, ...]
    examples: tuple[ExampleEntry, ...]
    http: HttpBinding | None = None
    origin: ToolOrigin | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the tool as a JSON-ready object."""
        return {
            "name": self.name,
            "anchor": self.anchor,
            "summary": self.summary,
            "tokens_estimate": self.tokens,
            "description": self.description,
            "required": list(self.required),
            "parameters": [row.as_dict() for row in self.parameters],
            "parameters_cut": self.cut,
            "rules": list(self.rules),
            "returns": [row.as_dict() for row in self.returns],
            "examples": [example.as_dict() for example in self.examples],
            "http": self.http.as_dict() if self.http else None,
            "origin": self.origin.as_dict() if self.origin else None,
        }


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """A catalogue as a page shows it.

    Attributes:
        title: of the page, such as the name of the file.
        fingerprint: of the catalogue, 64 hex digits.
        lang: `zh` where most descriptions are Chinese, else `en`; for fonts and screen readers.
        tools: in the order of the catalogue.
    """

    title: str
    fingerprint: str
    lang: str
    tools: tuple[ToolEntry, ...]

    @property
    def tokens(self) -> int:
        """About how many tokens all tools take in every prompt."""
        return sum(tool.tokens for tool in self.tools)

    def as_dict(self) -> dict[str, Any]:
        """Return the page as a JSON-ready object."""
        return {
            "title": self.title,
            "fingerprint": self.fingerprint,
            "tokens_estimate": self.tokens,
            "tools": [tool.as_dict() for tool in self.tools],
        }


def catalogue_page(
    catalog: ToolCatalog, *, title: str, examples: int | None = None
) -> CataloguePage:
    """Return what a page about the catalogue shows.

    Args:
        catalog: the tools.
        title: the heading.
        examples: at most so many examples per tool; None for all.
    """
    taken: set[str] = set()
    tools = []
    for spec in catalog:
        anchor = lawful_name(spec.name, taken)
        taken.add(anchor)
        tools.append(_entry(spec, f"tool-{anchor}", examples))
    chinese = sum(bool(_CHINESE.search(tool.description)) for tool in tools)
    lang = "zh" if tools and chinese * 2 > len(tools) else "en"
    return CataloguePage(title, catalog.fingerprint, lang, tuple(tools))


def _entry(spec: ToolSpec, anchor: str, count: int | None) -> ToolEntry:
    description, woven = untold(spec.description, spec.name)
    rows, cut = parameter_rows(spec.parameters)
    returns, returns_cut = parameter_rows(spec.returns or {})
    whole = {key: value for key, value in spec.parameters.items() if key not in _ROOT_SHOWN}
    return ToolEntry(
        name=spec.name,
        anchor=anchor,
        summary=_summary(description),
        tokens=estimated([spec]).total,
        description=description,
        required=tuple(spec.parameters.get("required") or ()),
        parameters=rows,
        cut=cut or returns_cut,
        rules=tuple(rules_of(whole)),
        returns=returns,
        examples=_examples((*spec.examples, *woven))[:count],
        http=spec.http,
        origin=spec.origin,
    )


def _examples(examples: tuple[ToolExample, ...]) -> tuple[ExampleEntry, ...]:
    entries = [
        ExampleEntry(
            example.input.strip(),
            json.dumps(example.call.as_dict(), ensure_ascii=False, default=str),
        )
        for example in examples
    ]
    return tuple(dict.fromkeys(entries))


def _summary(description: str) -> str:
    """Return the first sentence, cut at MAX_SUMMARY characters.

    >>> _summary("Track a parcel. For refunds use request_refund.")
    'Track a parcel.'
    """
    text = description.strip()
    end = _SENTENCE_END.search(text)
    first = " ".join((text[: end.end()] if end else text).split())
    return first if len(first) <= MAX_SUMMARY else f"{first[: MAX_SUMMARY - 3].rstrip()}..."
