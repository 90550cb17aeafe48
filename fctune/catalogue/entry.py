"""The shape of a catalogue entry: severity, meaning, example, hint."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much an issue matters."""

    ERROR = "error"
    REPAIR = "repair"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code of the catalogue.

    Attributes:
        severity: what the code does to a row.
        meaning: one sentence, in the present tense.
        example: a fragment that triggers it.
        hint: what the user can do about it.
    """

    severity: Severity
    meaning: str
    example: str
    hint: str
