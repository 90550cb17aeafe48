"""Empty calls: tools whose schema lets a call without arguments pass though some are needed.

Input: one tool. Output: `Need`, what the schema should ask for, or None where it asks enough. The
same rule serves the check, which tells it, and the repair, which writes it.

Before: {"properties": {"city": {"type": "string", "description": "Required. The city."}}}
After:  Need(required=("city",))
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fctune.patterns import regex
from fctune.tools.lint.words import words
from fctune.tools.spec import ToolSpec

_TOLD_REQUIRED = regex(
    r"^\W{0,2}(?:required|mandatory)\s*(?:[.:,;)\]\-–—]|$)"
    r"|[\(\[（【]\s*(?:required|mandatory|必填|必需|必传|必须)\s*[\)\]）】]"
    r"|(?<![非不无否])(?:必填|必传)(?![当如])|是否为?必[填传需须选]\s*[:：=]\s*(?:是|yes\b|true\b)",
    re.IGNORECASE,
)
# What takes the word back: "Required: no", 不是必填, 是否必填：否; or binds it to another value.
_TOLD_NOT = regex(
    r"\b(?:not|n't|never)\s+(?:\w+ly\s+|always\s+)?(?:required|mandatory|needed|necessary)\b"
    r"|\bnon-?(?:required|mandatory)\b"
    r"|\b(?:required|mandatory)\s*[?？:：=(（]\s*(?:no|false|n|0|否|optional)\b"
    r"|\b(?:required|mandatory)[\s,)\]）】]{1,3}(?-i:(?:only )?(?:when|if|unless)|only for)\b"
    r"|(?:不是|不为|不一定是?|未必是?|并?非|不|无需|无须|时|则|下)\s*必[填传需须选]"
    r"|必[填传需须选]项?\s*[?？:：=(（]\s*(?:否|不|no\b|false\b|n\b|0)"
    r"|(?:不必|无需|无须|不需要?|不用|不一定要?)(?:填|传|提供|输入)",
    re.IGNORECASE,
)
_TOLD_OPTIONAL = regex(
    r"\boptional(?:ly)?\b|\bdefaults?\b|\bif (?:omitted|not|unset|empty|any|absent|left)\b"
    r"|\bwhen (?:omitted|not|absent)\b|\bleave (?:it )?(?:blank|empty|out)\b|\bcan be omitted\b"
    r"|可选|选填|选传|默认|不填|可不|可为空|可以为空|可省略|缺省|留空",
    re.IGNORECASE,
)
# Parameters that narrow or order an answer; a call without them is a good call.
_NARROWING = frozenset(
    {
        "page", "limit", "offset", "cursor", "sort", "order", "direction", "field", "include",
        "exclude", "expand", "format", "lang", "language", "locale", "filter", "size", "per",
        "count", "max", "min", "start", "skip", "top", "timeout", "verbose", "unit", "encoding",
        "tag", "ddtag",
    }
)  # fmt: skip
_LISTING = frozenset({"list", "ls", "all", "export", "ping", "health", "random"})
# Keywords of a whole call that may ask for arguments themselves.
COMBINATORS = frozenset({"anyOf", "oneOf", "allOf", "not", "if", "$ref", "dependentRequired"})


@dataclass(frozen=True, slots=True)
class Need:
    """What a schema should ask for.

    Attributes:
        required: parameters to list as required.
        some: at least one argument, whichever: `minProperties: 1`.
        told: the descriptions say so themselves.
    """

    required: tuple[str, ...] = ()
    some: bool = False
    told: bool = False


def need_of(spec: ToolSpec) -> Need | None:
    """Return what keeps an empty call of this tool from passing, where parameters are needed.

    The rule is careful, because a tool without required parameters is often meant so:

    1. Parameters whose description says `Required.` or 必填 are required.
    2. Else, where no parameter has a default, may be null, or is told to be optional, and some
       parameter is neither a flag nor one that narrows a list (`page`, `sort`, `format`), at least
       one argument is needed. A lone parameter is then required itself.
    3. Tools that list, show or export may be called bare, and so may a tool one of whose examples
       is a bare call. A schema with combinators is left alone: they may ask for arguments.

    Args:
        spec: a tool in canonical form.
    """
    parameters = spec.parameters
    if _asks_already(parameters) or any(not example.call.arguments for example in spec.examples):
        return None
    properties: Mapping[str, Any] = parameters["properties"]
    told = tuple(name for name, schema in properties.items() if _is_told_required(schema))
    if told:
        return Need(required=told, told=True)
    if any(may_be_left_out(schema) for schema in properties.values()):
        return None
    if _LISTING & set(words(spec.name)):
        return None
    if not any(_is_needed(name, schema) for name, schema in properties.items()):
        return None
    return Need(required=tuple(properties)) if len(properties) == 1 else Need(some=True)


def _asks_already(parameters: Mapping[str, Any]) -> bool:
    least = parameters.get("minProperties")
    asks = isinstance(least, int) and least > 0
    return bool(
        asks or parameters.get("required") or COMBINATORS & parameters.keys()
    ) or not parameters.get("properties")


def _is_told_required(schema: Any) -> bool:
    text = schema.get("description") if isinstance(schema, Mapping) else None
    if not isinstance(text, str) or _TOLD_NOT.search(text):
        return False
    return bool(_TOLD_REQUIRED.search(text))


def may_be_left_out(schema: Any) -> bool:
    """Tell a parameter that has a default, may be null, or is told to be optional."""
    if not isinstance(schema, Mapping):
        return True
    text = schema.get("description")
    declared = schema.get("type")
    return (
        "default" in schema
        or (isinstance(declared, list) and "null" in declared)
        or (isinstance(text, str) and bool(_TOLD_OPTIONAL.search(text) or _TOLD_NOT.search(text)))
    )


def _is_needed(name: str, schema: Mapping[str, Any]) -> bool:
    return schema.get("type") != "boolean" and not set(words(name)) & _NARROWING
