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
from fctune.conversations.formats import alpaca, glaive_v2, openai, sharegpt


@dataclass(frozen=True, slots=True)
class RawFormat:
    """One raw format.

    Attributes:
        name: as in `--format`.
        detect: tells whether a row is of this format.
        read: translates a row; never raises, whatever the row holds.
    """

    name: str
    detect: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any]], Draft]


FORMATS: tuple[RawFormat, ...] = (
    RawFormat("openai", openai.detect, openai.read),
    RawFormat("sharegpt", sharegpt.detect, sharegpt.read),
    RawFormat("glaive_v2", glaive_v2.detect, glaive_v2.read),
    RawFormat("alpaca", alpaca.detect, alpaca.read),
)
