"""Values of Java and JavaScript items as source text, in several spellings, right and wrong.

Input: a value, the type that its schema declares, and a random source. Output: text. BFCL's items
of these languages expect their arguments so.
"""

from __future__ import annotations

import json
import random
from typing import Any

_JUNK = (
    "", "null", "undefined", "{", "[", "}", "new ", "L", "f", "n", "1e5", "0x1F", "1_000", "-",
    "'a'",
    "new int[]{1, 2}", "new ArrayList<>()", "new HashMap<>()", "{}", "[]", "[[1, 2], [3]]", "[{}]",
    "new Array(1, 'a')", '"x"', "{a: {b: 1}}", "{'a': [1, 2], b: 'c'}", "Arrays.asList(1)", "5\n",
    "new ArrayList<String>() {{ add(\"a\"); add(\"b\"); }}", "٣", "[1n, 2n]", "[ true , false ]",
)  # fmt: skip


def spelled(value: Any, schema: dict[str, Any], language: str, rng: random.Random) -> str:
    """Return a value as the source text of a language, in one of its spellings."""
    write = _java if language == "java" else _javascript
    return write(value, schema.get("type", ""), rng)


def respelled(text: str, rng: random.Random) -> str:
    """Return source text with one change."""
    ways = (
        lambda: f'"{text}"',
        lambda: f"'{text}'",
        lambda: f" {text} ",
        lambda: text + rng.choice("LlfFnd;"),
        lambda: text[:-1],
        lambda: text.replace(", ", ","),
        lambda: text.replace("{{", "{").replace("}}", "}"),
        lambda: text.replace("{", "{ ").replace("}", " }").replace("[", "[ "),
        lambda: text.replace('"', "'"),
        lambda: text.replace('"', ""),
        lambda: text.replace("<>", "<String>"),
        lambda: f"[{text}]",
        lambda: f"new Object[]{{{text}}}",
        lambda: f"new ArrayList<>(Arrays.asList({text}))",
        lambda: rng.choice(_JUNK),
        lambda: text + rng.choice(_JUNK),
        lambda: text.upper(),
        lambda: text + "\n",
    )
    return rng.choice(ways)()


def _java(value: Any, declared: str, rng: random.Random) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value}{'L' if declared == 'long' else ''}"
    if isinstance(value, float):
        return f"{value}{'f' if declared == 'float' else ''}"
    if isinstance(value, list):
        items = ", ".join(_item(item) for item in value)
        if declared == "ArrayList":
            added = " ".join(f"add({_item(item)});" for item in value)
            return rng.choice(
                (
                    f"new ArrayList<>(Arrays.asList({items}))",
                    f"new ArrayList<String>() {{{{ {added} }}}}",
                )
            )
        return f"new {rng.choice(('String', 'int', 'Object'))}[]{{{items}}}"
    if isinstance(value, dict):
        puts = " ".join(f'put("{key}", {_item(member)});' for key, member in value.items())
        return f"new HashMap<String, Object>() {{{{ {puts} }}}}"
    return str(value)


def _javascript(value: Any, declared: str, rng: random.Random) -> str:
    if isinstance(value, bool | list | dict):
        text = json.dumps(value)
        if isinstance(value, list) and rng.random() < 0.3:
            return f"new Array({text[1:-1]})"
        return text.replace('"', "'") if rng.random() < 0.3 else text
    if isinstance(value, int) and declared == "Bigint":
        return f"{value}n"
    return (
        rng.choice((str(value), f'"{value}"', f"'{value}'")) if declared == "String" else str(value)
    )


def _item(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else json.dumps(value)
