"""Which calls come back from the engine's call formats: by our decoders, and by its own readers.

Run: python scripts/bench/call_formats.py          prints docs/call-formats.md
     python scripts/bench/call_formats.py --out    writes it
Needs the [train] extra. `tests/contract/test_evaluation_decode.py` holds the page fresh.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.evaluation.decode import DECODERS, format_of, formats
from fctune.evaluation.formats.reading import REPAIRS
from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

PAGE = Path(__file__).resolve().parents[2] / "docs" / "call-formats.md"
MADE = (
    "<!-- written by scripts/bench/call_formats.py; change the code, then run it with --out -->\n"
)


def _one(**arguments: Any) -> list[ToolCall]:
    return [ToolCall("f", arguments)]


CASES: dict[str, list[ToolCall]] = {
    "simple": [ToolCall("get_w", {"city": "Oslo", "n": 2})],
    "nested": _one(o={"a": [1, {"b": None}], "c": "x"}, l=[1, "a", [True]]),
    "chinese": _one(城市="奥斯陆，市", t="你好"),
    "line breaks": _one(t="a\nb\n\nc"),
    "space at the ends": _one(t="\n  indented\n"),
    "quotes": _one(t="He said \"hi\", ok: 'x'"),
    "backslash": _one(t="a\\d \\w"),
    "escape": _one(t="C:\\new\\table"),
    "text like a number": _one(a="2", b="2.50"),
    "text like JSON": _one(a="true", b="null", c='{"a": 1}', d="[1]"),
    "true, null": _one(b=True, c=False, n=None),
    "numbers": _one(x=1.5, i=-3, e=1e20, s=1e-7),
    "big integer": _one(big=12345678901234567890),
    "parallel": [ToolCall("f", {"a": 1}), ToolCall("g", {"t": "x"}), ToolCall("f", {"a": 1})],
    "dotted name": [ToolCall("a.b-c", {"x": 1})],
    "dashed parameter": _one(**{"x-y": 1, "z.w": "v"}),
    "no arguments": [ToolCall("now", {})],
    "empty values": _one(s="", l=[], o={}),
    "tags in a text": _one(t="</parameter> </arg_value> </function> x"),
    "action in a text": _one(t="Action: g\nAction Input: {}"),
    "pairs in a text": _one(t="a: 1, b: 2"),
    "code": _one(t='def f(x=1):\n    return "a", x\n'),
    "text within lists": _one(o={"t": 'q " \\ \n end'}, l=["a\nb", '"']),
    "space in a parameter": _one(**{"a b": 1}),
    "emoji, separators": _one(t="é 😀 \u2028 x"),
}
LOST: dict[tuple[str, str], str] = {
    ("glm4", "parallel"): "the engine refuses to write several calls in this format",
    (
        "lfm2",
        "escape",
    ): "the engine writes a text as it stands between quotes; `\\n` and `\\t` in it "
    "are read as escapes, as its own reader and servers do",
}
"""What cannot come back by nature, and why."""
_NATIVE = {
    "default": "no model's own format; `Thought:` and `Final Answer:` are set aside",
    "gemma4": "the same without `<|tool>` and `<tool|>`, keys also between string tokens",
    "glm4": "several calls with `<|assistant|>` between them; ChatGLM3's `tool_call(...)`",
    "glm4_moe": "`</tool_call>` closes a call, 4.7 has no line breaks; the engine leaves it open",
    "lfm2": "the same, strings escaped as Python does",
    "ling": "the same",
    "llama3": "also behind `<|python_tag|>`, `[f(a=1)]`, `<function=f>{...}</function>`",
    "minimax1": "the same; a JSON list (Jamba)",
    "minimax2": "`<minimax:tool_call>` around the calls; the engine leaves it out",
    "mistral": "ids of calls, `[TOOL_CALLS]f[ARGS]{...}`, `[CALL_ID]`; or no token at all",
    "qwen": "the same",
    "qwen3_5": "the same",
    "seed_oss": "`<function=f>`; the engine writes `<function=f` and a second start of the turn",
}


@dataclass(frozen=True)
class RoundTrip:
    """Whether the calls of a case came back.

    Attributes:
        ours: by our decoder, with the tools' schemas.
        bare: by our decoder, without them.
        engine: by the engine's own reader.
        text: what the engine wrote.
    """

    ours: bool
    bare: bool
    engine: bool
    text: str


def engine_format(template: Any) -> str:
    """Return the name of the tool format of a template of the engine."""
    from llamafactory.data.tool_utils import TOOLS

    utils = template.format_function.tool_utils
    return next(name for name, known in TOOLS.items() if known is utils or known is type(utils))


def tools_of(calls: Sequence[ToolCall]) -> ToolCatalog:
    """Return tools whose schemas say of what types the arguments of the calls are."""
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    properties: dict[str, dict[str, Any]] = defaultdict(dict)
    for call in calls:
        for key, value in call.arguments.items():
            kind = kinds.get(type(value), "null" if value is None else "object")
            properties[call.name][key] = {"type": kind}
        properties[call.name].update({})
    specs = (
        ToolSpec(name, "", {"type": "object", "properties": given})
        for name, given in properties.items()
    )
    return ToolCatalog(tuple(specs))


def written(name: str, calls: Sequence[ToolCall]) -> str:
    """Return calls as the engine's formatter writes them."""
    from llamafactory.data.tool_utils import FunctionCall, get_tool_utils

    functions = [
        FunctionCall(call.name, json.dumps(dict(call.arguments), ensure_ascii=False))
        for call in calls
    ]
    return str(get_tool_utils(name).function_formatter(functions))


def trained(name: str, calls: Sequence[ToolCall], words: str = "") -> str:
    """Return the whole turn that the engine trains, with a template of that format."""
    from llamafactory.data.template import TEMPLATES

    template = next(one for one in TEMPLATES.values() if engine_format(one) == name)
    content = json.dumps([call.as_dict() for call in calls], ensure_ascii=False)
    marks = ("<|tool_call_start|>", "<|tool_call_end|>") if name == "lfm2" else None
    opening, closing = marks or ("<tool_call>", "</tool_call>")
    if words:
        content = f"{words}{opening}{content}{closing}"
    slots = template.format_function.apply(
        content=content, thought_words=template.thought_words, tool_call_words=(opening, closing)
    )
    tokens = {"bos_token": "<seed:bos>", "eos_token": "</s>"}
    return "".join(one if isinstance(one, str) else tokens[next(iter(one))] for one in slots)


def round_trip(name: str, case: str) -> RoundTrip:
    """Write the calls of a case with the engine's formatter, and read them back in three ways."""
    from llamafactory.data.tool_utils import get_tool_utils

    calls = CASES[case]
    try:
        text = written(name, calls)
    except ValueError as fault:
        return RoundTrip(False, False, False, str(fault))
    try:
        found = get_tool_utils(name).tool_extractor(text)
        engine = [ToolCall(one.name, json.loads(one.arguments)) for one in found]
    except (ValueError, TypeError, KeyError, AttributeError):
        engine = []
    return RoundTrip(
        list(DECODERS[name](text, tools_of(calls)).calls) == calls,
        list(DECODERS[name](text).calls) == calls,
        engine == calls,
        text,
    )


def _code(text: str) -> str:
    return "`` " + text.replace("|", "\\|") + " ``"


def _row(name: str, templates: Sequence[str]) -> str:
    results = {case: round_trip(name, case) for case in CASES}
    lost = [f"{case}: {LOST[name, case]}" for case in CASES if (name, case) in LOST]
    figures = [
        sum(getattr(result, way) for result in results.values())
        for way in ("ours", "bare", "engine")
    ]
    shown = ", ".join(templates) if len(templates) < 20 else f"the other {len(templates)}"
    cells = (f"`{name}`", shown, *map(str, figures), _NATIVE[name], "; ".join(lost) or "none")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def page() -> str:
    """Return docs/call-formats.md."""
    from llamafactory.data.template import TEMPLATES

    by_format = defaultdict(list)
    for template in sorted(TEMPLATES):
        by_format[format_of(template)].append(template)
    rows = [_row(name, by_format[name]) for name in sorted(by_format)]
    parts = [
        f"# Call formats\n\n{MADE}\n",
        _INTRODUCTION,
        f"\n## The engine's formats\n\nEach of {len(CASES)} cases is written by the formatter of"
        " the engine (llamafactory 0.9.5) and read back: by our decoder with the tools' schemas (ours),"  # noqa: E501
        " without them (no tools), and by the engine's own reader (engine). The cases: "
        f"{'; '.join(CASES)}.\n\n"
        "| format | templates | ours | no tools | engine | the models' own form, read as well |"
        " lost by nature |\n|---|---|---|---|---|---|---|\n",
        "\n".join(rows),
        "\n\nWithout schemas, a text that looks like a number or JSON is read as what it looks like"
        " in the formats that write values without quotes, as the engine does.\n",
        "\n## All formats\n\n`--call-format NAME` takes these names, and `auto`, which tells the"
        " format by its marks.\n\n| name | whose | a call |\n|---|---|---|\n",
        *(f"| `{each.name}` | {each.models} | {_code(each.example)} |\n" for each in formats()),
        _REPAIRED,
        "| mend | meaning |\n|---|---|\n",
        *(f"| `{name}` | {meaning} |\n" for name, meaning in REPAIRS.items()),
        "| `style of NAME` | the call is written in another format |\n",
    ]
    return "".join(parts)


_INTRODUCTION = """\
A model writes its calls as text. `fctune eval` and `fctune score` read them with the decoder of the
template that the model was trained with (`--template`). No decoder raises, whatever the text is,
and none evaluates anything. A plain answer such as `42`, `"hi"`, `[1]` or `true` is text. A
thought at the head
(`<think>`, `<thought>`, `[THINK]`, and the words of the engine's templates) and tokens
around the answer are set aside; the words beside the calls are kept.
"""
_REPAIRED = """
## Strict and repaired

The strict reading is the one that is scored: it mends nothing. Where a call was begun and cannot be
read, or is written in the way of another format, the answer is malformed. Beside that stands what a
lenient reading gets, and what it mended to get it. It invents nothing: a text or a word that is cut
off is not completed, and a call that cannot be read is left out.

"""


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", action="store_true", help="write docs/call-formats.md")
    if parser.parse_args().out:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page(), end="")


if __name__ == "__main__":
    main()
