"""The table of raw formats: one file per format, each with `detect` and `read`.

To add one: write `formats/<name>.py` with both functions and a fixture of each trap, and add a
line below. The first format whose `detect` holds for a row reads it; detection looks at the row's
content only, as public files mix formats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fctune.conversations.draft import Draft
from fctune.conversations.formats import (
    acebench,
    alpaca,
    alpaca_tools,
    anthropic,
    api_bank,
    bedrock,
    bfcl,
    exchange,
    gemini,
    glaive_v2,
    hermes,
    langchain,
    langfuse,
    lf_v1,
    mistral,
    ms_swift,
    openai,
    openai_responses,
    otel,
    react,
    seal_prompt,
    seal_tools,
    sharegpt,
    tagged,
    text_call,
    toolace,
    toolalpaca,
    toolbench,
    vercel,
    when2call,
    xlam,
)
from fctune.conversations.formats.gate import candidates
from fctune.conversations.formats.signs import SIGNS


@dataclass(frozen=True, slots=True)
class RawFormat:
    """One raw format.

    Attributes:
        name: as in `--format`.
        detect: tells whether a row is of this format.
        read: translates a row; never raises, whatever the row holds.
        expand: makes a row of each conversation of a raw row that holds several; `detect` and
            `read` see the parts. None where a row is one conversation.
    """

    name: str
    detect: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any]], Draft]
    expand: Callable[[Mapping[str, Any]], list[Mapping[str, Any]]] | None = None

    @property
    def sign(self) -> str:
        """What makes a row one of this format, in a sentence; keys stand in backticks."""
        return SIGNS.get(self.name, "")


FORMATS: tuple[RawFormat, ...] = (
    RawFormat("when2call", when2call.detect, when2call.read),
    RawFormat("bfcl", bfcl.detect, bfcl.read),
    RawFormat("acebench", acebench.detect, acebench.read),
    RawFormat("toolalpaca", toolalpaca.detect, toolalpaca.read, toolalpaca.expand),
    RawFormat("toolbench", toolbench.detect, toolbench.read, toolbench.expand),
    RawFormat("api_bank", api_bank.detect, api_bank.read),
    RawFormat("seal_tools", seal_tools.detect, seal_tools.read),
    RawFormat("xlam", xlam.detect, xlam.read),
    RawFormat("otel", otel.detect, otel.read, otel.expand),
    RawFormat("langfuse", langfuse.detect, langfuse.read),
    RawFormat("exchange", exchange.detect, exchange.read),
    RawFormat("gemini", gemini.detect, gemini.read),
    RawFormat("openai_responses", openai_responses.detect, openai_responses.read),
    RawFormat("bedrock", bedrock.detect, bedrock.read),
    RawFormat("anthropic", anthropic.detect, anthropic.read),
    RawFormat("vercel", vercel.detect, vercel.read),
    RawFormat("langchain", langchain.detect, langchain.read),
    RawFormat("lf_v1", lf_v1.detect, lf_v1.read),
    RawFormat("ms_swift", ms_swift.detect, ms_swift.read),
    RawFormat("mistral", mistral.detect, mistral.read),
    RawFormat("tagged", tagged.detect, tagged.read),
    RawFormat("hermes", hermes.detect, hermes.read),
    RawFormat("seal_prompt", seal_prompt.detect, seal_prompt.read),
    RawFormat("react", react.detect, react.read),
    RawFormat("toolace", toolace.detect, toolace.read),
    RawFormat("text_call", text_call.detect, text_call.read),
    RawFormat("openai", openai.detect, openai.read),
    RawFormat("sharegpt", sharegpt.detect, sharegpt.read),
    RawFormat("glaive_v2", glaive_v2.detect, glaive_v2.read),
    RawFormat("alpaca_tools", alpaca_tools.detect, alpaca_tools.read),
    RawFormat("alpaca", alpaca.detect, alpaca.read),
)


def detected(row: Mapping[str, Any]) -> RawFormat | None:
    """Return the first format whose `detect` holds for a row, or None.

    Only those are asked that its keys allow: all of them would take longer than reading the row.
    """
    allowed = candidates(row)
    for known in FORMATS:
        if (allowed is None or known.name in allowed) and known.detect(row):
            return known
    return None


def parts_of(value: Any, format: str | None = None) -> list[Any]:
    """Return the rows that a raw row holds: itself, or one for each of its conversations.

    Args:
        value: the row as parsed; what is no object is returned as it is.
        format: the name of a raw format; told from the row's content where None.
    """
    if not isinstance(value, Mapping):
        return [value]
    if format is None:
        allowed = candidates(value)
        if allowed is not None and _EXPANDED.isdisjoint(allowed):
            return [value]
        found = detected(value)
    else:
        found = next((known for known in FORMATS if known.name == format), None)
    if found is None or found.expand is None:
        return [value]
    return list(found.expand(value)) or [value]


# Few formats have it, so that most rows are not asked for their format twice.
_EXPANDED = frozenset(known.name for known in FORMATS if known.expand is not None)
