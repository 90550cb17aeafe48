"""Constraint: what an answer may be, and the grammar of a catalogue that says so.

Input: a catalogue, a CallStyle and a Constraint. Output: Grammar, whose every finished text is free
text or calls that obey the schemas, as far as a grammar can say it; what it cannot say is named.

llguidance (the `[constrain]` extra) judges whether a schema can be followed. Where it refuses one,
the keyword that it stumbles over is left out and named; a tool that no call can satisfy is left out
and named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from fctune.errors import EnvironmentFault
from fctune.evaluation.grammar.lark import Frame, ToolChoice, arguments_rule, to_lark
from fctune.evaluation.grammar.schema import (
    Bounds,
    aside_text,
    fitted,
    least_text,
    places_of,
    without,
)
from fctune.evaluation.grammar.styles import CallStyle
from fctune.tools.spec import ToolCatalog, ToolSpec

INSTALL_HINT = "pip install 'fctune[constrain]', or leave --constrain out"
# Left out one after another where a schema cannot be followed as it is, the likeliest first.
_SUSPECTS = (
    "pattern", "format", "multipleOf", "minProperties", "maxProperties", "patternProperties",
    "prefixItems", "minLength", "maxLength", "minItems", "maxItems", "oneOf", "allOf", "anyOf",
    "$ref",
)  # fmt: skip
_SPARE_CHARACTERS = 24


@dataclass(frozen=True, slots=True)
class Constraint:
    """What an answer may be.

    Attributes:
        tool_choice: `auto` for free text or calls, `required` for calls.
        max_calls: most calls of a turn.
        max_string: most characters of a string without a bound of its own; 0 for any.
        max_items: most items of a list without a bound of its own; 0 for any.
    """

    tool_choice: ToolChoice = "auto"
    max_calls: int = 16
    max_string: int = 0
    max_items: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the constraint as a JSON-ready object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class WordTokens:
    """Tokens that llguidance keeps apart from text, though free text may hold them.

    Attributes:
        ids: all of them.
        thought_end_ids: those after which an answer begins, as `</think>` is.
    """

    ids: tuple[int, ...] = ()
    thought_end_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Followed:
    """A tool's schema as far as llguidance can follow it.

    Attributes:
        schema: None where no call satisfies it.
        notes: what was left out, one sentence each.
    """

    schema: Mapping[str, Any] | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The grammar of one catalogue.

    Attributes:
        lark: for llguidance.
        needs: tool to a text as long as its call at its shortest, with one optional part that was
            begun: the room that a call must have when it is begun, and to be led to its end.
        notes: what the grammar cannot say, one sentence each.
    """

    lark: str
    needs: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())


def grammar_of(
    catalog: ToolCatalog,
    style: CallStyle,
    constraint: Constraint,
    token_ids: Mapping[str, int] | None = None,
    words: WordTokens | None = None,
    seen: dict[str, Followed] | None = None,
) -> Grammar:
    """Return the grammar of a catalogue.

    Args:
        catalog: the tools that may be called; without any, only free text is allowed.
        style: how calls are framed.
        constraint: what an answer may be.
        token_ids: tags of the style that are one token, and their ids.
        words: tokens kept apart from text that free text may hold.
        seen: what earlier calls with the same constraint found of single tools, which is what
            takes time; gets what this one finds.

    Raises:
        EnvironmentFault: llguidance is not installed.
    """
    notes: list[str] = []
    tools: dict[str, Mapping[str, Any]] = {}
    known = {} if seen is None else seen
    for spec in catalog:
        key = json.dumps(spec.as_dict())
        if key not in known:
            told: list[str] = []
            schema = followed(spec, _bounds(constraint), told)
            known[key] = Followed(schema, tuple(told))
        notes += known[key].notes
        if (schema := known[key].schema) is not None:
            tools[spec.name] = schema
    apart = words or WordTokens()
    frame = Frame(
        style,
        token_ids or {},
        constraint.tool_choice,
        constraint.max_calls,
        apart.ids,
        apart.thought_end_ids,
    )
    needs = {name: _need(style, name, schema) for name, schema in tools.items()}
    return Grammar(to_lark(frame, tools), needs, tuple(notes))


def needs_of(catalog: ToolCatalog, style: CallStyle, constraint: Constraint) -> dict[str, str]:
    """Return what `Grammar.needs` would be, quickly and without llguidance.

    Schemas are taken as they stand: where a grammar leaves out a keyword, or a whole tool, its need
    is no longer than this one.
    """
    bounds = _bounds(constraint)
    return {
        spec.name: _need(style, spec.name, fitted(spec.parameters, bounds).schema)
        for spec in catalog
    }


def _bounds(constraint: Constraint) -> Bounds:
    return Bounds(constraint.max_string, constraint.max_items)


def _need(style: CallStyle, name: str, schema: Mapping[str, Any]) -> str:
    framing = style.begin + style.many_begin + style.open + style.close + style.many_end + style.end
    spare = max(aside_text(schema), " " * _SPARE_CHARACTERS, key=len)
    return framing + style.written_name(name) + style.middle + least_text(schema) + spare


def followed(spec: ToolSpec, bounds: Bounds, notes: list[str]) -> Mapping[str, Any] | None:
    """Return a schema that llguidance can follow; None where no call satisfies it.

    Args:
        spec: the tool.
        bounds: beside those of the schema.
        notes: gets a sentence for each keyword that is left out.

    Raises:
        EnvironmentFault: llguidance is not installed.
    """
    found = fitted(spec.parameters, bounds)
    for place in found.dropped:
        notes.append(f"{spec.name}: {place} is not followed")
    schema: Any = found.schema
    fault, warnings = _fault(schema)
    notes.extend(f"{spec.name}: {warning}" for warning in warnings)
    for keyword in _SUSPECTS if fault else ():
        places = sorted(set(places_of(schema, keyword)))
        if not places:
            continue
        candidate = without(schema, keyword)
        later, warnings = _fault(candidate)
        if not later:
            notes.extend(f"{spec.name}: {warning}" for warning in warnings)
            notes.append(f"{spec.name}: {', '.join(places)}: {keyword} is not followed ({fault})")
            return candidate  # type: ignore[no-any-return]
        if later != fault:  # it was one of several
            notes.append(f"{spec.name}: {', '.join(places)}: {keyword} is not followed ({fault})")
            schema, fault = candidate, later
    if not fault:
        return found.schema
    if "nsatisfiable" in fault:
        notes.append(
            f"{spec.name}: no call satisfies its schema, so that none is allowed ({fault})"
        )
        return None
    notes.append(f"{spec.name}: its schema is not followed, only an object ({fault})")
    return fitted({"type": "object", "additionalProperties": True}, bounds).schema


def _fault(schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return why llguidance cannot follow a schema, "" where it can, and what it approximates."""
    try:
        from llguidance import LLMatcher
    except ImportError as fault:
        raise EnvironmentFault(
            "llguidance is not installed, which constrained decoding needs", hint=INSTALL_HINT
        ) from fault
    lark = f"start: arguments\n{arguments_rule('arguments', schema)}\n"
    grammar = LLMatcher.grammar_from_lark(lark)
    failed, messages = LLMatcher.validate_grammar_with_warnings(grammar)
    if not failed:
        return "", tuple(messages)
    first = messages[0].split("\n", 1)[0]
    return first.rpartition("failed to compile JSON schema: ")[2], ()
