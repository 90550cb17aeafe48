"""From the text of a model to its calls: readers of the formats that models are taught.

Input: the raw text of one model turn, special tokens kept or not, and the tools that the model had.
Output: Decoded. No decoder raises, whatever the text is. What looks like a call and cannot be read
as one is `malformed`, with a sentence that says why; nothing is mended in `calls`, and what a
lenient reader would get is told apart, as `repaired`. A plain answer such as `42`, `"hi"`, `[1]` or
`true` is text.

The formats of the engine are those of llamafactory 0.9.5 data/tool_utils.py. Its own extractors are
not used: they raise on plain JSON answers and give up on a whole turn for one word after it. The
readers stand in `evaluation/formats/`; the table of `docs/call-formats.md` tells what they read.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from fctune.errors import InputFault, UsageFault
from fctune.evaluation.formats import FORMATS, CallFormat
from fctune.evaluation.formats.reading import Malformed, Reading, call_of, joined
from fctune.evaluation.formats.styles import (
    is_json_call,
    marked_formats,
    meant_as_calls,
    reading_in,
    repaired_in,
    unmarked_format,
)
from fctune.evaluation.formats.thoughts import answer_in
from fctune.tools.spec import ToolCall, ToolCatalog

__all__ = [
    "AUTO",
    "CallFormat",
    "DECODERS",
    "Decoded",
    "Decoder",
    "call_of",
    "decode_auto",
    "decode_llama3",
    "decode_qwen",
    "decode_react",
    "decoder_for",
    "decoder_named",
    "format_of",
    "formats",
]

AUTO = "auto"
_WELL_KNOWN = ("qwen", "qwen3", "llama3", "mistral", "glm4")
# Formats that read this style where nothing stands beside the call.
_SAME_STYLE = {"json": ("mistral", "llama3"), "pythonic": ("lfm2", "llama3")}


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one model turn says.

    Attributes:
        calls: the calls, in the order written; empty where the text is malformed.
        text: the words outside the calls, without a thought; all of the text where it is malformed.
        malformed: a call was begun and cannot be read.
        detail: why it cannot be read.
        repaired: where the strict reader finds it malformed, the calls that a lenient one reads;
            None where it reads none either, or had nothing to mend.
        repairs: what the lenient reader mended, such as `closing tag`.
    """

    calls: tuple[ToolCall, ...] = ()
    text: str = ""
    malformed: bool = False
    detail: str = ""
    repaired: tuple[ToolCall, ...] | None = None
    repairs: tuple[str, ...] = ()

    @property
    def attempted(self) -> bool:
        """Whether the model tried to call a tool, readably or not."""
        return bool(self.calls) or self.malformed


@dataclass(frozen=True, slots=True)
class FormatDecoder:
    """Reads calls in one format; called with the text and the tools that the model had.

    Attributes:
        format: the format.
    """

    format: CallFormat

    def __call__(self, text: str, catalog: ToolCatalog | None = None) -> Decoded:
        """Return what the text of a model turn says.

        Args:
            text: as the model wrote it.
            catalog: the tools; types the values of formats that write them without quotes.
        """
        answer = answer_in(text)
        try:
            reading = reading_in(self.format.name, answer.text, catalog, lenient=False)
        except Malformed as fault:
            repaired = repaired_in(self.format, answer.text, catalog)
            return _malformed(text, str(fault), repaired)
        if reading.calls and answer.unclosed:
            reading.repairs["unclosed thought"] = None
            return _malformed(text, "the thought before the call is not closed", reading)
        if not reading.calls:
            meant = meant_as_calls(self.format, answer.text, catalog)
            if meant is not None:
                return _malformed(text, self._style_fault(answer.text, meant), meant)
        return Decoded(tuple(reading.calls), joined(reading.words))

    def _style_fault(self, text: str, meant: Reading) -> str:
        """Say in what way calls were written that are not in this format."""
        style = next(iter(meant.repairs)).removeprefix("style of ")
        opening = self.format.example.partition(r"\n")[0]
        if self.format.name in (style, *_SAME_STYLE.get(style, ())):
            return "words beside the call"
        if is_json_call(text) and opening.startswith("<"):
            return f"a call without {opening}"
        return f"a call in the style of {style}, expected that of {self.format.name}"


def decode_auto(text: str, catalog: ToolCatalog | None = None) -> Decoded:
    """Read calls in the format that the marks of a text tell; without marks and calls it is words.

    >>> decode_auto('[TOOL_CALLS]now[ARGS]{}').calls
    (ToolCall(name='now', arguments={}),)
    """
    answer = answer_in(text)
    fault = ""
    name = unmarked_format(answer.text, catalog)
    for each in [*marked_formats(answer.text), *([name] if name else [])]:
        try:
            reading = reading_in(each, answer.text, catalog, lenient=False)
        except Malformed as found:
            fault = fault or str(found)
            continue
        if reading.calls:
            return FormatDecoder(FORMATS[each])(text, catalog)
    if fault:
        return _malformed(text, fault, repaired_in(None, answer.text, catalog))
    return FormatDecoder(FORMATS["json"])(text, catalog)


def _malformed(text: str, detail: str, reading: Reading | None) -> Decoded:
    if reading is None or not reading.calls:
        return Decoded(text=text, malformed=True, detail=detail)
    return Decoded(
        text=text,
        malformed=True,
        detail=detail,
        repaired=tuple(reading.calls),
        repairs=tuple(reading.repairs),
    )


class Decoder(Protocol):
    """Reads what one model turn says; called as `decoder(text)` or `decoder(text, catalog)`."""

    def __call__(self, text: str, catalog: ToolCatalog | None = None, /) -> Decoded:
        """Return the calls and words of a text; never raises."""
        ...


DECODERS: dict[str, Decoder] = {name: FormatDecoder(each) for name, each in FORMATS.items()}
"""The decoder of each format."""

decode_qwen = DECODERS["qwen"]
decode_llama3 = DECODERS["llama3"]
decode_react = DECODERS["default"]

# llamafactory 0.9.5 data/template.py: the tool format of each template; all others have `default`.
# tests/contract/test_evaluation_decode.py compares the table with the engine.
_FORMATS: dict[str, str] = {
    **dict.fromkeys(
        (
            "keye_vl", "llava_next_qwen", "mimo", "mimo_v2", "mimo_vl", "qwen",
            "qwen2_omni", "qwen2_vl", "qwen3", "qwen3_nothink", "qwen3_omni",
            "qwen3_omni_nothink", "qwen3_vl", "qwen3_vl_nothink",
        ),
        "qwen",
    ),
    **dict.fromkeys(("llama3", "llama4", "llava_next_llama3", "mllama"), "llama3"),
    **dict.fromkeys(("qwen3_5", "qwen3_5_nothink", "qwen3_6"), "qwen3_5"),
    **dict.fromkeys(("chatglm3", "glm4", "glm4v", "glm_ocr", "glmz1"), "glm4"),
    **dict.fromkeys(("aeva", "glm4_5v", "glm4_7", "glm4_moe"), "glm4_moe"),
    **dict.fromkeys(
        (
            "llava_next_mistral", "llava_next_video_mistral", "ministral", "ministral3",
            "mistral", "mistral_small", "pixtral",
        ),
        "mistral",
    ),
    **dict.fromkeys(("gemma4", "gemma4n"), "gemma4"),
    **dict.fromkeys(("lfm2", "lfm2_vl"), "lfm2"),
    "bailing_v2": "ling",
    "minimax1": "minimax1",
    "minimax2": "minimax2",
    "seed_oss": "seed_oss",
}  # fmt: skip


def formats() -> tuple[CallFormat, ...]:
    """Return all formats that have a decoder, by name."""
    return tuple(FORMATS[name] for name in sorted(FORMATS))


def format_of(template: str) -> str:
    """Return the name of the call format that an engine template teaches."""
    return _FORMATS.get(template, "default")


def decoder_for(template: str) -> Decoder:
    """Return the decoder for what a template of the engine teaches.

    Raises:
        InputFault: the engine has no such template.
    """
    from fctune.engine.arguments import engine_templates

    if template not in engine_templates():
        raise InputFault(
            f"got template {template!r}, expected a template of the engine",
            hint=_template_hint(template),
        )
    return DECODERS[format_of(template)]


def _template_hint(name: str) -> str:
    """Return the next step for a name that is no template: those most like it."""
    from fctune.engine.arguments import engine_templates, nearest

    known = engine_templates()
    if close := nearest(name, known):
        others = [one for one in get_close_matches(name, known, n=5, cutoff=0.6) if one != close]
        also = f" Or {', '.join(others)}" if others else ""
        return f"did you mean --template {close}?{also}"
    return f"such as --template {', '.join(_WELL_KNOWN)}"


def decoder_named(name: str) -> Decoder:
    """Return the decoder of a format, or for `auto` the one that tells the format by its marks.

    Raises:
        UsageFault: there is no such format.
    """
    if name == AUTO:
        return decode_auto
    if name not in DECODERS:
        from fctune.engine.arguments import nearest

        close = nearest(name, DECODERS)
        raise UsageFault(
            f"got call format {name!r}, expected {AUTO} or one of {', '.join(sorted(DECODERS))}",
            hint=f"did you mean --call-format {close}?" if close else "such as --call-format auto",
        )
    return DECODERS[name]
