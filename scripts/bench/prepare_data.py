"""Make the file that `scripts/bench/prepare.py` measures on, out of the shipped glaive rows.

Input: data/raw/glaive, English and Chinese. Output: a JSONL file of rows of about 2.1 kB in which
numbers, texts among the arguments and descriptions of tools are changed, the same in question,
call, result and answer; 3 % repeat an earlier row, 2 % have a fault in a call. The same arguments
make the same bytes.

    .venv/bin/python scripts/bench/prepare_data.py --rows 200000 --format sharegpt --out rows.jsonl

Before: "Convert 500 USD to Euros", call convert_currency(amount=500, from_currency="USD", ...)
After:  "Convert 731 USD to Euros", call convert_currency(amount=731, from_currency="USD", ...)
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
FILES = ("glaive_toolcall_en_demo.json", "glaive_toolcall_zh_demo.json")
VARIANTS = 15
DUPLICATES, FAULTS = 0.03, 0.02
REMEMBERED = 1000
FAULT_KINDS = ("bad-json", "unknown-tool", "missing", "wrong-type")
SYLLABLES = ("ka", "lo", "mi", "ren", "sta", "ver", "no", "bel", "tor", "sun", "ha", "dri")
SIGNS = "安北城东芳高海江宁平青山水天文西新雪阳云"
# Words of the rows themselves, which no value may be taken for.
_KEYS = frozenset(
    ("from", "value", "human", "gpt", "observation", "function", "name", "arguments", "role")
) | {"content", "user", "assistant", "tool", "id", "type", "call"}
_NUMBER = r"(?<![\\0-9A-Za-z_])\d{2,9}(?![0-9A-Za-z_])"


@dataclass(frozen=True)
class Template:
    """A row cut where it changes: `pieces[1::2]` are the parts that do."""

    pieces: list[str]
    tools: list[str]


def main() -> None:
    """Write the file and tell what is in it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--format", choices=("sharegpt", "openai"), default="sharegpt")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    size = 0
    with options.out.open("wb") as stream:
        for line in lines(options.rows, options.format, options.seed):
            size += stream.write(line)
    print(f"{options.rows} rows, {size / 1e6:.0f} MB, {options.out}")


def lines(count: int, form: str, seed: int) -> Iterator[bytes]:
    """Yield the rows, one line each."""
    chance = random.Random(seed)
    clean, faulty = templates(form)
    recent: list[bytes] = []
    said = b'"value":"' if form == "sharegpt" else b'"content":"'
    for number in range(count):
        drawn = chance.random()
        if recent and drawn < DUPLICATES:
            yield chance.choice(recent)
            continue
        chosen = chance.choice(faulty if drawn < DUPLICATES + FAULTS else clean)
        # Rows without any number or value would be equal but for the name of who asks.
        named = said + f"Hi, {name_of(number)} here. ".encode()
        line = filled(chosen, chance).replace(said, named, 1)
        if len(recent) < REMEMBERED:
            recent.append(line)
        else:
            recent[chance.randrange(REMEMBERED)] = line
        yield line


def name_of(number: int) -> str:
    """Return a name for a number, another one for each.

    >>> name_of(0), name_of(25)
    ('Kakaka', 'Kamilo')
    """
    syllables = []
    while number or len(syllables) < 3:
        number, digit = divmod(number, len(SYLLABLES))
        syllables.append(SYLLABLES[digit])
    return "".join(reversed(syllables)).capitalize()


def templates(form: str) -> tuple[list[Template], list[Template]]:
    """Return the templates of clean rows, and of rows with a fault."""
    clean: list[Template] = []
    faulty: list[Template] = []
    for file in FILES:
        for row in json.loads((ROOT / "data" / "raw" / "glaive" / file).read_text("utf-8")):
            clean.append(template(row, row["conversations"], form))
            for kind in FAULT_KINDS:
                broken = with_fault(row["conversations"], kind)
                if broken is not None:
                    faulty.append(template(row, broken, form))
    return clean, faulty


def template(row: dict[str, Any], turns: list[dict[str, str]], form: str) -> Template:
    """Cut a row at its numbers and at the texts among its arguments."""
    body = {"messages": messages(turns)} if form == "openai" else {"conversations": turns}
    text = orjson.dumps(body).decode()[:-1]
    wanted = sorted(values_of(turns, row["tools"]), key=lambda value: (-len(value), value))
    # Whole words alone: "fr" stands in "from", too.
    words = [f"(?<![A-Za-z]){re.escape(value)}(?![A-Za-z])" for value in wanted]
    pattern = "|".join([*words, _NUMBER])
    return Template(re.split(f"({pattern})", text), tool_texts(row["tools"], form))


def values_of(turns: list[dict[str, str]], tools: str) -> set[str]:
    """Return the texts among the arguments that can be changed: not those that the tools list."""
    found: set[str] = set()
    for turn in turns:
        if turn["from"] == "function_call":
            try:
                stack = [json.loads(turn["value"]).get("arguments")]
            except (ValueError, AttributeError):
                continue
            while stack:
                value = stack.pop()
                if isinstance(value, dict):
                    stack.extend(value.values())
                elif isinstance(value, list):
                    stack.extend(value)
                elif isinstance(value, str) and re.fullmatch(r"[^\W\d_]{2,}(?: [^\W\d_]+)*", value):
                    found.add(value)
    return {
        value
        for value in found
        if value not in tools and value not in _KEYS and 2 <= len(value) <= 40
    }


def tool_texts(tools: str, form: str) -> list[str]:
    """Return the tools of a row in as many variants as there are, ready to follow the turns."""
    listed = json.loads(tools) if tools else []
    if not listed:
        return ['"tools":""' if form == "sharegpt" else '"tools":[]']
    texts: list[str] = []
    for variant in range(VARIANTS):
        chance = random.Random(f"{tools}{variant}")
        changed = [
            {**tool, "description": f"{tool.get('description', '')} ({word(chance, False)})"}
            for tool in listed
        ]
        if form == "openai":
            wrapped = [{"type": "function", "function": tool} for tool in changed]
            texts.append('"tools":' + orjson.dumps(wrapped).decode())
        else:
            text = json.dumps(changed, ensure_ascii=False)
            texts.append('"tools":' + orjson.dumps(text).decode())
    return texts


def filled(chosen: Template, chance: random.Random) -> bytes:
    """Return a row with new numbers and texts; what was equal stays equal."""
    pieces = list(chosen.pieces)
    new: dict[str, str] = {}
    for index in range(1, len(pieces), 2):
        old = pieces[index]
        if old not in new:
            new[old] = number(old, chance) if old.isdigit() else word(chance, not old.isascii())
        pieces[index] = new[old]
    return f"{''.join(pieces)},{chance.choice(chosen.tools)}}}\n".encode()


def number(old: str, chance: random.Random) -> str:
    """Return a number of as many digits; years and small parts of dates stay what they are."""
    if len(old) == 4 and old.startswith(("19", "20")):
        return f"20{chance.randrange(10, 30)}"
    if len(old) == 2 and int(old) <= 31:
        return str(chance.randrange(10, 29))
    return str(chance.randrange(10 ** (len(old) - 1), 10 ** len(old)))


def word(chance: random.Random, chinese: bool) -> str:
    """Return a made-up word."""
    if chinese:
        return "".join(chance.choices(SIGNS, k=3))
    return "".join(chance.choices(SYLLABLES, k=3)).capitalize()


def messages(turns: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Return ShareGPT turns as OpenAI messages."""
    found: list[dict[str, Any]] = []
    for index, turn in enumerate(turns):
        text = turn["value"]
        if turn["from"] == "human":
            found.append({"role": "user", "content": text})
        elif turn["from"] == "gpt":
            found.append({"role": "assistant", "content": text})
        elif turn["from"] == "observation":
            found.append({"role": "tool", "tool_call_id": f"call_{index - 1}", "content": text})
        else:
            call = {"id": f"call_{index}", "type": "function", "function": function(text)}
            found.append({"role": "assistant", "content": None, "tool_calls": [call]})
    return found


def function(text: str) -> dict[str, Any]:
    """Return a call as OpenAI has it; what is not JSON stays text among the arguments."""
    try:
        call = json.loads(text)
    except ValueError:
        return {"name": "unknown", "arguments": text}
    return {
        "name": call["name"],
        "arguments": json.dumps(call["arguments"], ensure_ascii=False),
    }


def with_fault(turns: list[dict[str, str]], kind: str) -> list[dict[str, str]] | None:
    """Return the turns with a fault in the first call; None where it cannot have that fault."""
    place = next((i for i, turn in enumerate(turns) if turn["from"] == "function_call"), None)
    if place is None:
        return None
    text = turns[place]["value"]
    call = json.loads(text)
    arguments = call.get("arguments")
    if kind == "bad-json":
        text = text[:-2]
    elif kind == "unknown-tool":
        text = json.dumps({**call, "name": f"{call['name']}_v2"}, ensure_ascii=False)
    elif not isinstance(arguments, dict) or not arguments:
        return None
    else:
        first, *rest = arguments
        changed = {key: arguments[key] for key in rest}
        if kind == "wrong-type":
            changed = {first: {"value": arguments[first]}, **changed}
        text = json.dumps({**call, "arguments": changed}, ensure_ascii=False)
    return [*turns[:place], {"from": "function_call", "value": text}, *turns[place + 1 :]]


if __name__ == "__main__":
    main()
