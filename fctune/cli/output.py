"""The only printer: data to stdout, all else to stderr, progress that fits a terminal or a log.

NO_COLOR is obeyed. Nothing outside `fctune.cli` prints.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Protocol

from fctune.patterns import regex

if TYPE_CHECKING:
    from fctune.issues import Issue

PLAIN_INTERVAL_S = 10.0
_FIGURE = regex(r"[-+]?\.?\d")
# All that moves the cursor, colours or clears a terminal; newlines and tabs stay.
_CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_STYLES = {
    "bold": "1", "dim": "2", "reverse": "7", "red": "31", "green": "32", "yellow": "33",
    "blue": "34", "magenta": "35", "cyan": "36",
}  # fmt: skip
_CONTROL_IN_JSON = regex(r"[\x7f-\x9f]")  # json.dumps escapes those below


class Bar(Protocol):
    """Progress of one piece of long work."""

    def advance(self, n: int = 1, **fields: object) -> None:
        """Move on by n steps and show the named values, such as loss=0.31."""

    def total(self, n: int) -> None:
        """Set the total once it is known."""


class Output:
    """Prints for a person, a script or a log, by what stdout and stderr are."""

    def data(self, text: str) -> None:
        """Print data to stdout as it is, but for control characters: these are escaped."""
        self._write(sys.stdout, text)

    @property
    def coloured(self) -> bool:
        """Whether stdout is a terminal that takes colours, and nobody has said NO_COLOR."""
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))

    def styled(self, parts: Iterable[tuple[str, str]]) -> None:
        """Print pieces of one text to stdout, each in its style where colours are taken.

        Args:
            parts: text and style: bold, dim, red, green, yellow, blue, magenta, cyan, reverse, or
                several of them with spaces between; "" for none. The text is escaped as in `data`.
        """
        coloured = self.coloured
        for text, style in parts:
            shown = _printable(text)
            codes = ";".join(_STYLES[word] for word in style.split()) if coloured else ""
            sys.stdout.write(f"\x1b[{codes}m{shown}\x1b[0m" if codes and shown else shown)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def json(self, value: Any) -> None:
        """Print one JSON document to stdout."""
        text = json.dumps(value, ensure_ascii=False, indent=2)
        self._write(sys.stdout, _CONTROL_IN_JSON.sub(lambda m: f"\\u{ord(m[0]):04x}", text))

    def note(self, text: str) -> None:
        """Print one line about the work to stderr."""
        self._write(sys.stderr, text)

    def warn(self, text: str, *, hint: str = "") -> None:
        """Print a warning to stderr, with the next command where there is one."""
        self._write(sys.stderr, f"warning: {text}")
        if hint:
            self._write(sys.stderr, f"hint: {hint}")

    def error(self, text: str, *, hint: str = "") -> None:
        """Print an error to stderr, with the next command where there is one."""
        self._write(sys.stderr, text)
        if hint:
            self._write(sys.stderr, f"hint: {hint}")

    def issue(self, found: Issue, where: str = "") -> None:
        """Print an issue to stderr as `where: message [code]`."""
        prefix = f"{where}: " if where else ""
        self._write(sys.stderr, f"{prefix}{found}")

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = ""
    ) -> None:
        """Print an aligned table to stdout; columns of numbers stand right."""
        from rich.cells import cell_len

        cells = [[_printable(str(cell)) for cell in row] for row in (columns, *rows)]
        widths = [max(cell_len(row[i]) for row in cells) for i in range(len(columns))]
        right = [_is_numeric([row[i] for row in cells[1:]]) for i in range(len(columns))]
        lines = [title] if title else []
        for number, row in enumerate(cells):
            parts = []
            for cell, width, aligned in zip(row, widths, right, strict=True):
                space = " " * (width - cell_len(cell))
                parts.append(space + cell if aligned else cell + space)
            lines.append("  ".join(parts).rstrip())
            if number == 0:
                lines.append("  ".join("-" * width for width in widths))
        self._write(sys.stdout, "\n".join(lines))

    @contextmanager
    def progress(self, total: int | None, label: str) -> Iterator[Bar]:
        """Show progress on stderr: a bar on a terminal, a line every ten seconds elsewhere."""
        if sys.stderr.isatty():
            with _rich_bar(total, label) as bar:
                yield bar
        else:
            plain = _PlainBar(self, total, label)
            yield plain
            plain.finish()

    @staticmethod
    def _write(stream: IO[str], text: str) -> None:
        stream.write(f"{_printable(text)}\n")
        stream.flush()


class _PlainBar:
    """Progress as plain lines, for logs."""

    def __init__(self, output: Output, total: int | None, label: str) -> None:
        self._output, self._total, self._label = output, total, label
        self._done, self._fields = 0, ""
        self._started = self._shown = time.monotonic()

    def total(self, n: int) -> None:
        self._total = n

    def advance(self, n: int = 1, **fields: object) -> None:
        self._done += n
        self._fields = _fields_text(fields) or self._fields
        if time.monotonic() - self._shown >= PLAIN_INTERVAL_S:
            self._shown = time.monotonic()
            self._line()

    def finish(self) -> None:
        if self._done:
            self._line()

    def _line(self) -> None:
        elapsed_s = time.monotonic() - self._started
        of = f"/{self._total}" if self._total else ""
        tail = f", {self._fields}" if self._fields else ""
        if self._total and 0 < self._done < self._total:
            left_s = elapsed_s / self._done * (self._total - self._done)
            tail = f", about {left_s:.0f} s left{tail}"
        self._output.note(f"{self._label}: {self._done}{of} in {elapsed_s:.0f} s{tail}")


@contextmanager
def _rich_bar(total: int | None, label: str) -> Iterator[Bar]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("eta"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[shown]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(label, total=total, shown="")

        class _Rich:
            def total(self, n: int) -> None:
                progress.update(task, total=n)

            def advance(self, n: int = 1, **fields: object) -> None:
                progress.update(task, advance=n)
                if fields:
                    progress.update(task, shown=_fields_text(fields))

        yield _Rich()


def _printable(text: str) -> str:
    """Return a text with all escaped that could upset a stream or a terminal."""
    # Half of a surrogate pair, as a tool's name may hold, is no text that a stream takes.
    whole = text.encode("utf-8", errors="backslashreplace").decode("utf-8")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", whole)


def _fields_text(fields: dict[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in fields.items())


def _is_numeric(cells: Sequence[str]) -> bool:
    """Tell a column of figures, dashes for absent ones included, from one of words or paths."""
    filled = [cell for cell in cells if cell and cell != "-"]
    return bool(filled) and all(_FIGURE.match(cell) for cell in filled)


out = Output()
