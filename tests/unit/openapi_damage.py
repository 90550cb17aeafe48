"""Random damage to API descriptions, for tests that want no exception other than ours."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

KEYWORDS = (
    "type", "properties", "items", "required", "$ref", "allOf", "anyOf", "oneOf", "enum", "not",
    "parameters", "schema", "content", "in", "name", "additionalProperties", "nullable", "pattern",
    "exclusiveMinimum", "minimum", "maxLength", "default", "example", "examples", "description",
    "operationId", "requestBody", "responses", "servers", "format", "readOnly", "discriminator",
    "patternProperties", "const", "deprecated", "title", "prefixItems", "style", "explode",
)  # fmt: skip


def junk(chance: random.Random) -> Any:
    """Return a value that no place expects."""
    deep: Any = {}
    for _ in range(chance.choice((3, 60, 300))):
        deep = chance.choice(
            ({"properties": {"a": deep}}, {"items": deep}, {"allOf": [deep]}, [deep])
        )
    return chance.choice(
        (
            None, True, False, 0, -1, 2.5, 10**400, float("nan"), float("inf"), "", "x", "a(",
            "城市", "#", "#/", "#/paths", "\x00", "x" * 300, [], {}, [None], [[]], {"": None},
            {"a": 1},
            {"$ref": "#"}, {"$ref": 5}, {"$ref": "#/nowhere"}, {"$ref": "../../etc/passwd"},
            {"$ref": "http://127.0.0.1:1/x"}, {"type": "object"}, {"type": ["string", "null"]},
            {"type": "file"}, {"enum": []}, {"required": True}, ["a", "a", 1], deep,
            {chance.choice(KEYWORDS): chance.choice((1, "x", [], {}, None, [{}], {"a": {}}))},
        )
    )  # fmt: skip


def damaged(document: Any, chance: random.Random) -> Any:
    """Return a copy of a document with one to four places spoilt."""
    whole = copy.deepcopy(document)
    for _ in range(chance.randint(1, 4)):
        holders = _holders(whole)
        holder = chance.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = chance.choice(keys)
        action = chance.randrange(6)
        if action == 0:
            del holder[key]
        elif action == 1:
            holder[key] = copy.deepcopy(chance.choice(holders))
        elif action == 2 and isinstance(holder, dict):
            holder[chance.choice(KEYWORDS)] = holder.pop(key)
        elif action == 3 and isinstance(holder, dict):
            holder[chance.choice(KEYWORDS)] = junk(chance)
        elif action == 4 and isinstance(holder, dict):
            holder["$ref"] = chance.choice(_pointers(whole, chance))
        else:
            holder[key] = junk(chance)
        if not isinstance(whole, dict) or not _holders(whole):
            break
    return whole


def damaged_text(text: str, chance: random.Random) -> str:
    """Return a text with some characters spoilt, or cut short."""
    characters = list(text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(characters))
        action = chance.randrange(4)
        if action == 0:
            characters[at] = chance.choice("{}[]:,\"'\n\t&*!|>%@#-?x0\x00\u2028城")
        elif action == 1:
            del characters[at : at + chance.randint(1, 20)]
        elif action == 2:
            characters[at:at] = characters[at : at + chance.randint(1, 40)]
        else:
            characters = characters[: max(at, len(characters) // 2)]
        if not characters:
            return ""
    return "".join(characters)


def _holders(value: Any) -> list[Any]:
    """Return every object and list that is not empty."""
    found, stack = [], [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict | list) and current:
            found.append(current)
            stack.extend(current.values() if isinstance(current, dict) else current)
        if len(found) > 20_000:
            break
    return found


def _pointers(value: Any, chance: random.Random) -> list[str]:
    """Return some JSON pointers into a document."""
    pointers, place, current = ["#"], "#", value
    while isinstance(current, dict | list) and current:
        keys = list(current) if isinstance(current, dict) else list(range(len(current)))
        key = chance.choice(keys)
        place += "/" + str(key).replace("~", "~0").replace("/", "~1").replace("%", "%25")
        pointers.append(place)
        current = current[key]
    return pointers


def as_json(document: Any) -> str:
    """Return the document as JSON text, with whatever Python's writer allows."""
    return json.dumps(document, ensure_ascii=False)
