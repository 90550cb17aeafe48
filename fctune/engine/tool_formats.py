"""How each template of the engine writes tools and calls, and what its own reader takes.

Role: facts of llamafactory 0.9.5 data/tool_utils.py and data/template.py, as data; each is held
against the installed engine by `tests/contract/test_engine_hazards.py`. Input: a template's name.
Output: its ToolFormat.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass

from fctune.engine.arguments import engine_templates, nearest
from fctune.errors import UsageFault
from fctune.patterns import regex

_WORD = regex(r"^[a-zA-Z0-9_]+\Z")
_ASCII_WORD = regex(r"^[A-Za-z_][A-Za-z0-9_]*\Z")
_KEY_WITHIN = regex(r"[{\s,][A-Za-z_][A-Za-z0-9_]*\s*:")


def _any(_text: str) -> bool:
    return True


def _identifier(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _no_sign(signs: str) -> Callable[[str], bool]:
    pattern = re.compile(f"^[^{signs}]+\\Z")
    return lambda text: bool(pattern.match(text))


@dataclass(frozen=True, slots=True)
class ToolFormat:
    """What one format of tools and calls can hold.

    Attributes:
        name: as the engine names it, such as `qwen`.
        takes_name: whether its reader takes this text for the name of a tool.
        takes_parameter: whether its reader takes this text for the name of a parameter.
        takes_inner_key: the same for keys of objects within an argument.
        takes_text: whether its reader gives this string back, as the value of a parameter.
        takes_inner_text: the same for strings within lists and objects.
        retypes: values are written as bare text, so that a string which looks like JSON is read
            as what it looks like.
        reads: the engine reads its own calls at all.
        shows: what the prompt shows of a parameter beside its type and description; None where it
            shows all.
    """

    name: str
    takes_name: Callable[[str], bool] = _any
    takes_parameter: Callable[[str], bool] = _any
    takes_inner_key: Callable[[str], bool] = _any
    takes_text: Callable[[str], bool] = _any
    takes_inner_text: Callable[[str], bool] = _any
    retypes: bool = False
    reads: bool = True
    shows: frozenset[str] | None = None


def _plain(text: str) -> bool:
    """Return whether lfm2, which writes `key="text"` as it stands, can be read back."""
    return not any(sign in text for sign in '"\\\n\r')


def _no_action(text: str) -> bool:
    return "Action:" not in text


def _no_key(text: str) -> bool:
    return not _KEY_WITHIN.search(text) and '<|"|>' not in text and "}<tool_call|>" not in text


def _within_parameter(closing: str) -> Callable[[str], bool]:
    """Return whether a text may stand between `<parameter=x>` and `</parameter>`."""
    pattern = re.compile(rf"</parameter>|</function>\s*{closing}")
    return lambda text: not pattern.search(text)


def _as_json(takes: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return the same for a text within a list or an object, which is written as JSON."""
    return lambda text: takes(json.dumps(text, ensure_ascii=False))


def _stripped(takes: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return the same for a reader that strips spaces at both ends."""
    return lambda text: takes(text) and text == text.strip()


_IN_QWEN = _within_parameter("</tool_call>")
_IN_SEED = _within_parameter("</seed:tool_call>")


def _gemma_key(text: str) -> bool:
    return bool(_ASCII_WORD.match(text))


# DefaultToolUtils prints type, description, enum and the type of the items; Gemma4ToolUtils the
# first two. The key `required` is told in both.
_FORMATS = {
    tool_format.name: tool_format
    for tool_format in (
        ToolFormat(
            "default",
            takes_name=lambda text: bool(_WORD.match(text)),
            takes_text=_no_action,
            takes_inner_text=_no_action,
            shows=frozenset({"enum", "items"}),
        ),
        ToolFormat("qwen"),
        ToolFormat("ling"),
        ToolFormat("llama3"),
        ToolFormat("mistral"),
        ToolFormat("minimax1"),
        ToolFormat("glm4"),
        ToolFormat("glm4_moe", reads=False),
        ToolFormat("minimax2", reads=False),
        ToolFormat("raw", reads=False),
        ToolFormat(
            "qwen3_5",
            takes_name=_no_sign(r"\s<>"),
            takes_parameter=_no_sign(">"),
            takes_text=_stripped(_IN_QWEN),
            takes_inner_text=_as_json(_IN_QWEN),
            retypes=True,
        ),
        ToolFormat(
            "seed_oss",
            takes_name=_no_sign(r"\s<"),
            takes_parameter=_no_sign(">"),
            takes_text=_IN_SEED,
            takes_inner_text=_as_json(_IN_SEED),
            retypes=True,
        ),
        ToolFormat("lfm2", takes_name=_identifier, takes_parameter=_identifier, takes_text=_plain),
        ToolFormat(
            "gemma4",
            takes_name=_no_sign(r"{\s"),
            takes_parameter=_gemma_key,
            takes_inner_key=_gemma_key,
            takes_text=_no_key,
            takes_inner_text=_no_key,
            shows=frozenset(),
        ),
    )
}
_TEMPLATES = {
    "aeva glm4_5v glm4_7 glm4_moe": "glm4_moe",
    "bailing_v2": "ling",
    "chatglm3 glm4 glm4v glm_ocr glmz1": "glm4",
    "gemma4 gemma4n": "gemma4",
    """
    keye_vl llava_next_qwen mimo mimo_v2 mimo_vl qwen qwen2_omni qwen2_vl qwen3 qwen3_nothink
    qwen3_omni qwen3_omni_nothink qwen3_vl qwen3_vl_nothink
    """: "qwen",
    "lfm2 lfm2_vl": "lfm2",
    "llama3 llama4 llava_next_llama3 mllama": "llama3",
    """
    llava_next_mistral llava_next_video_mistral ministral ministral3 mistral mistral_small pixtral
    """: "mistral",
    "minimax1": "minimax1",
    "minimax2": "minimax2",
    "phi4_mini": "raw",
    "qwen3_5 qwen3_5_nothink qwen3_6": "qwen3_5",
    "seed_oss": "seed_oss",
}
FORMAT_OF_TEMPLATE = {
    template: name for templates, name in _TEMPLATES.items() for template in templates.split()
}
# Templates of the class Llama2Template look for no marks within a call, the others do.
_UNMARKED = frozenset(
    {
        "gemma", "gemma2", "gemma3", "gemma3n", "llama2", "llama2_zh", "llava_next_mistral",
        "llava_next_video_mistral", "ministral", "ministral3", "mistral", "paligemma",
        "paligemma_chat", "pixtral",
    }
)  # fmt: skip
_LFM2_MARKS = ("<|tool_call_start|>", "<|tool_call_end|>")


def tool_format_of(template: str) -> ToolFormat:
    """Return how a template writes tools and calls.

    Args:
        template: the engine's name of it, such as `qwen` or `gemma3`.

    Raises:
        UsageFault: the engine has no such template.

    >>> tool_format_of("qwen3_nothink").name, tool_format_of("gemma3").name
    ('qwen', 'default')
    """
    known = engine_templates()
    if template not in known:
        close = nearest(template, known)
        raise UsageFault(
            f"got template {template!r}, which the engine does not have",
            hint=f"--template {close}" if close else f"use one of: {', '.join(sorted(known))}",
        )
    return _FORMATS[FORMAT_OF_TEMPLATE.get(template, "default")]


def call_marks(template: str) -> tuple[str, str] | None:
    """Return the marks that the engine looks for within a call of this template, or None.

    >>> call_marks("qwen"), call_marks("gemma3")
    (('<tool_call>', '</tool_call>'), None)
    """
    if template in _UNMARKED:
        return None
    return _LFM2_MARKS if template.startswith("lfm2") else ("<tool_call>", "</tool_call>")
