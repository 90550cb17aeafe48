"""All raw formats that rows may be of: those of a file, of installed packages, and the built-in.

Input: the value of --format. Output: a FormatChoice, which `read_conversation` takes: None for the
built-in formats alone (and then nothing is asked twice), one format for all rows, or the formats
that rows are asked for before the built-in ones.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.conversations import formats as built_in
from fctune.conversations.formats import FORMATS, RawFormat
from fctune.errors import UsageFault

FormatChoice = str | RawFormat | tuple[RawFormat, ...] | None


@dataclass(frozen=True, slots=True)
class RegisteredFormat(RawFormat):
    """A raw format that is not built in.

    Attributes:
        told: what makes a row one of it, in a sentence.
        source: the file or package that it comes from.
        fingerprint: of what a format file says; "" of a package's format.
    """

    told: str = ""
    source: str = ""
    fingerprint: str = ""

    @property
    def sign(self) -> str:
        """What makes a row one of this format, in a sentence."""
        return self.told


def formats(own: tuple[RawFormat, ...] = ()) -> tuple[RawFormat, ...]:
    """Return every format in the order in which rows are asked: own, of packages, built-in.

    Raises:
        EnvironmentFault: an installed package brings a format that cannot be used.
    """
    from fctune.conversations.plugins import installed

    return (*own, *installed(), *FORMATS)


def choose(wanted: str | None) -> FormatChoice:
    """Return what --format means.

    Args:
        wanted: the name of a format, the path of a format file (.yaml, .yml, .json), or None.

    Raises:
        InputFault: the format file has mistakes.
        UsageFault: no format has that name.
        EnvironmentFault: an installed package brings a format that cannot be used.
    """
    from fctune.conversations.plugins import installed

    others = installed()
    if wanted is None:
        return others or None
    if not wanted.lower().endswith((".yaml", ".yml", ".json")):
        return format_named(wanted, (*others, *FORMATS))
    own, has_condition = _own(Path(wanted))
    taken = next((known for known in (*others, *FORMATS) if known.name == own.name), None)
    if taken is not None:
        raise UsageFault(
            f"the name {own.name} is that of another format",
            where=wanted,
            hint=f"write name: my_{own.name}",
        )
    return (own, *others) if has_condition else own


def _own(path: Path) -> tuple[RegisteredFormat, bool]:
    from fctune.conversations.own_format.load import load_mapped

    mapped = load_mapped(path)
    expand = mapped.expand if mapped.file.expand is not None else None
    own = RegisteredFormat(
        mapped.name,
        mapped.detect,
        mapped.read,
        expand,
        told=f"what {path} says",
        source=str(path),
        fingerprint=mapped.fingerprint,
    )
    return own, mapped.file.when is not None


def format_named(name: str, known: tuple[RawFormat, ...] = FORMATS) -> RawFormat:
    """Return the format of a name.

    Raises:
        UsageFault: there is none.
    """
    found = next((one for one in known if one.name == name), None)
    if found is not None:
        return found
    names = [one.name for one in known]
    like = difflib.get_close_matches(name, names, n=1)
    listed = ", ".join(names)
    raise UsageFault(
        f"no raw format is named {name!r}, known are: {listed}; or the path of a format file",
        where="--format",
        hint=f"--format {like[0]}"
        if like
        else "leave --format out: the format is told from each row",
    )


def known_formats(choice: FormatChoice) -> tuple[RawFormat, ...]:
    """Return the formats that rows are asked for, in order."""
    if choice is None:
        return FORMATS
    if isinstance(choice, tuple):
        return (*choice, *FORMATS)
    return (choice if isinstance(choice, RawFormat) else format_named(choice),)


def format_of(row: Mapping[str, Any], choice: FormatChoice) -> RawFormat | None:
    """Return the format that reads a row, or None where none does.

    Raises:
        UsageFault: the choice is the name of no built-in format.
    """
    if isinstance(choice, RawFormat):
        return choice
    if isinstance(choice, str):
        return format_named(choice)
    found = next((known for known in choice or () if known.detect(row)), None)
    return found or built_in.detected(row)


def parts_of(value: Any, choice: FormatChoice) -> list[Any]:
    """Return the rows that a raw row holds: itself, or one for each of its conversations."""
    if choice is None or isinstance(choice, str):
        return built_in.parts_of(value, choice)
    if not isinstance(value, Mapping):
        return [value]
    if isinstance(choice, tuple):
        found = next((known for known in choice if known.detect(value)), None)
        if found is None:
            return built_in.parts_of(value, None)
    else:
        found = choice
    return (list(found.expand(value)) or [value]) if found.expand is not None else [value]


def label(choice: FormatChoice) -> str:
    """Return what a manifest says of the format: its name, the names asked first, or `auto`.

    The name of a format file has the fingerprint of what the file says behind it.
    """
    if choice is None or isinstance(choice, str):
        return choice or "auto"
    if isinstance(choice, RawFormat):
        return _labelled(choice)
    return "+".join([*(_labelled(known) for known in choice), "auto"])


def _labelled(known: RawFormat) -> str:
    print_ = known.fingerprint if isinstance(known, RegisteredFormat) else ""
    return f"{known.name}@{print_}" if print_ else known.name
