"""CallStyle: how a call format frames its calls, small enough to be written in any grammar.

Input: the name of a call format. Output: the texts before, between and after name and arguments.
One style is read by the Lark and the GBNF writer alike.

The frames are those of llamafactory 0.9.5 data/tool_utils.py (`function_formatter`), as training
writes them; tests/unit/test_evaluation_grammar.py compares them with the decoders.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fctune.errors import UsageFault
from fctune.tools.spec import ToolCall


@dataclass(frozen=True, slots=True)
class CallStyle:
    """The frame of a turn's calls.

    A turn of one call is `begin first open NAME middle ARGUMENTS close end`; with more calls,
    `separator` stands between them, and `many_begin` and `many_end` around them all.

    Attributes:
        name: the call format.
        open: before a tool's name.
        middle: between name and arguments.
        close: after the arguments.
        separator: between two calls.
        begin: before the first call.
        end: after the last call.
        many_begin: before several calls, where that differs from one.
        many_end: after several calls.
        parallel: a turn may hold several calls.
        quoted: the name is a JSON string.
        mark: what begins a call after words; "" where no words may stand before a call.
        tags: texts that some tokenizers hold as one token, which a grammar then names by its id.
        forbidden: patterns, as regular expressions without look-around, of words that would be
            read as a call; free text holds none of them.
        not_first: patterns of words that would be read as a call where they stand first.
    """

    name: str
    open: str
    middle: str
    close: str
    separator: str = "\n"
    begin: str = ""
    end: str = ""
    many_begin: str = ""
    many_end: str = ""
    parallel: bool = True
    quoted: bool = True
    mark: str = ""
    tags: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    not_first: tuple[str, ...] = ()

    def written_name(self, name: str) -> str:
        """Return a tool's name as it stands in a call, quotes included where there are any."""
        return json.dumps(name, ensure_ascii=False) if self.quoted else name

    def written(self, calls: Sequence[ToolCall]) -> str:
        r"""Return calls as training writes them.

        >>> STYLES["default"].written([ToolCall("now", {"zone": "UTC"})])
        'Action: now\nAction Input: {"zone": "UTC"}'
        """
        texts = [
            f"{self.open}{self.written_name(call.name)}{self.middle}"
            f"{json.dumps(dict(call.arguments), ensure_ascii=False)}{self.close}"
            for call in calls
        ]
        inner = self.separator.join(texts)
        if len(texts) > 1:
            inner = f"{self.many_begin}{inner}{self.many_end}"
        return f"{self.begin}{inner}{self.end}"


# Words of any kind, then an object: what a qwen or minimax turn without its tags would be.
_BARE_OBJECT = r"\s*(<think>(?s:.*)</think>\s*)?\{(?s:.*)"
_ANYWHERE = r"(?s:.*)"
_QWEN = CallStyle(
    name="qwen",
    open='<tool_call>\n{"name": ',
    middle=', "arguments": ',
    close="}\n</tool_call>",
    mark="<tool_call>",
    tags=("<tool_call>", "</tool_call>"),
    forbidden=(rf"{_ANYWHERE}</?tool_call>{_ANYWHERE}",),
    not_first=(_BARE_OBJECT,),
)
STYLES: dict[str, CallStyle] = {
    "qwen": _QWEN,
    "ling": replace(_QWEN, name="ling"),
    "llama3": CallStyle(
        name="llama3",
        open='{"name": ',
        middle=', "parameters": ',
        close="}",
        separator=", ",
        many_begin="[",
        many_end="]",
        not_first=(r"\s*(<\|python_tag\|>\s*)?[\[{](?s:.*)",),
        forbidden=(
            rf'{_ANYWHERE}\{{\s*"(name|parameters|arguments)"{_ANYWHERE}',
            rf"{_ANYWHERE}<\|python_tag\|>{_ANYWHERE}",
        ),
    ),
    "default": CallStyle(
        name="default",
        open="Action: ",
        middle="\nAction Input: ",
        close="",
        quoted=False,
        mark="Action: ",
        forbidden=(rf"{_ANYWHERE}Action( Input)?:{_ANYWHERE}",),
    ),
    "mistral": CallStyle(
        name="mistral",
        open='{"name": ',
        middle=', "arguments": ',
        close="}",
        separator=", ",
        begin="[TOOL_CALLS] [",
        end="]",
        tags=("[TOOL_CALLS]",),
        forbidden=(
            rf"{_ANYWHERE}\[TOOL_CALLS\]{_ANYWHERE}",
            rf'{_ANYWHERE}\{{\s*"(name|arguments)"{_ANYWHERE}',
        ),
        not_first=(r"\s*[\[{](?s:.*)",),
    ),
    "glm4": CallStyle(
        name="glm4",
        open="",
        middle="\n",
        close="",
        parallel=False,
        quoted=False,
        forbidden=(rf"{_ANYWHERE}\n\s*[\[{{]{_ANYWHERE}",),
        not_first=(r"\s*[\[{](?s:.*)",),
    ),
    "minimax1": CallStyle(
        name="minimax1",
        open='{"name": ',
        middle=', "arguments": ',
        close="}",
        begin="<tool_calls>\n",
        end="\n</tool_calls>",
        mark="<tool_calls>",
        tags=("<tool_calls>", "</tool_calls>"),
        forbidden=(rf"{_ANYWHERE}</?tool_calls>{_ANYWHERE}",),
        not_first=(_BARE_OBJECT,),
    ),
}


def style_of(call_format: str, *, prefix: str | None = None) -> CallStyle:
    """Return the style of a call format.

    Args:
        call_format: as `fctune.evaluation.decode.format_of` names it.
        prefix: what a template writes before the calls of its format, such as `[TOOL_CALLS]`
            without a space; None takes that of the style.

    Raises:
        UsageFault: no grammar is written for the format.
    """
    if call_format not in STYLES:
        raise UsageFault(
            f"calls of the format {call_format!r} cannot be constrained, "
            f"expected one of {', '.join(sorted(STYLES))}",
            hint="leave --constrain out, or train with a template of one of these formats",
        )
    style = STYLES[call_format]
    if prefix and style.begin.endswith("["):
        return replace(style, begin=f"{prefix}[")
    return style
