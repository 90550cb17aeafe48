"""The data files that paths stand for: files, folders with all that is in them, patterns, stdin.

Input: what a user names. Output: the data files in a fixed order, none twice. Folders may link to
themselves; names that begin with a dot are not looked at, unless a pattern asks for them.

Before: [Path("logs"), Path("more/**/*.jsonl"), Path("-")]
After:  [Path("logs/a.jsonl"), Path("logs/2025/b.csv.gz"), Path("more/x/c.jsonl"), Path("-")]
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from fctune.dataset.targets import outputs_in
from fctune.errors import InputFault
from fctune.jsonl import STDIN
from fctune.patterns import regex

_PLAIN = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
DATA_SUFFIXES = (
    *_PLAIN, *(f"{plain}{packed}" for plain in _PLAIN for packed in (".gz", ".zst")), ".parquet",
)  # fmt: skip
_ENDINGS = f"data files end in {', '.join(_PLAIN)}, each also with .gz or .zst, or in .parquet"
_NOT_READ = (".xls", ".xlsx", ".ods", ".arrow", ".feather", ".parquet.gz", ".parquet.zst")
_WILD = regex(r"[*?\[]")


def data_files(paths: Sequence[Path]) -> list[Path]:
    """Return the data files among paths, folders and patterns replaced by those in them.

    What a dataset wrote into such a folder is no raw data and is left out.

    Args:
        paths: files of any name; folders, read with the folders in them; patterns such as
            `logs/**/*.jsonl`; `-` for stdin.

    Raises:
        InputFault: a path does not exist or is a table of another kind, a folder cannot be listed
            or holds no data file, or a pattern fits none.
    """
    files: list[Path] = []
    for path in paths:
        if path == STDIN:
            files.append(path)
        elif path.is_dir():
            files.extend(_inside(path))
        elif path.name.lower().endswith(_NOT_READ):
            raise InputFault(
                f"got a {path.suffix} file, expected JSON Lines, JSON, CSV or Parquet",
                where=str(path),
                hint="export one JSON object per row, as .jsonl, or a table as .csv",
            )
        elif path.is_file():
            files.append(path)
        elif _WILD.search(str(path)):
            files.extend(_matching(path))
        elif path.exists():
            raise InputFault(
                "is no regular file, so that it can be read only once",
                where=str(path),
                hint=f"pipe it: cat {path} | fctune prepare - ...",
            )
        else:
            raise InputFault("no such file or folder", where=str(path), hint=f"ls {path.parent}")
    return list(dict.fromkeys(files))


def _inside(folder: Path) -> list[Path]:
    found = list(_walk(folder, hidden=False))
    if not found:
        raise InputFault("the folder holds no data file", where=str(folder), hint=_ENDINGS)
    return found


def _matching(pattern: Path) -> list[Path]:
    """Return the data files that a pattern fits; `**` stands for any number of folders."""
    parts = pattern.parts
    first = next(index for index, part in enumerate(parts) if _WILD.search(part))
    base = Path(*parts[:first]) if first else Path()
    wanted = re.compile(_expression(parts[first:]))
    hidden = any(part.startswith(".") for part in parts[first:])
    found = []
    if base.is_dir():
        depth = None if "**" in parts else len(parts) - first
        inside = _walk(base, hidden=hidden, depth=depth)
        found = [p for p in inside if wanted.fullmatch(p.relative_to(base).as_posix())]
    if not found:
        raise InputFault("the pattern fits no data file", where=str(pattern), hint=_ENDINGS)
    return found


def _expression(parts: Sequence[str]) -> str:
    """Return the parts of a pattern as a regular expression.

    >>> bool(re.fullmatch(_expression(("**", "*.jsonl")), "2025/07/a.jsonl"))
    True
    """
    written = []
    for part in parts[:-1]:
        written.append("(?:[^/]+/)*" if part == "**" else f"{_segment(part)}/")
    last = parts[-1]
    return "".join(written) + ("(?:[^/]+/)*[^/]+" if last == "**" else _segment(last))


def _segment(part: str) -> str:
    # A wildcard must not leave its folder: what is matched is asked to hold no slash first.
    return rf"(?=[^/]+(?:/|\Z))(?:{fnmatch.translate(part).removesuffix(chr(92) + 'Z')})(?<!/)"


def _walk(folder: Path, *, hidden: bool, depth: int | None = None) -> Iterator[Path]:
    """Yield the data files of a folder and of those in it, each folder once, however linked.

    Args:
        folder: where to begin.
        hidden: whether names that begin with a dot count.
        depth: how many levels to look at; None for all.
    """
    seen: set[tuple[int, int]] = set()
    waiting = [(folder, 1)]
    while waiting:
        current, level = waiting.pop()
        status = current.stat()
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        folders: list[Path] = []
        written = outputs_in(current)
        for path in _listed(current):
            if path.name.startswith(".") and not hidden:
                continue
            if path.is_dir():
                folders.append(path)
            elif path.name.lower().endswith(DATA_SUFFIXES) and path.name not in written:
                yield _existing(path)
        if depth is None or level < depth:
            waiting += [(inner, level + 1) for inner in reversed(folders)]


def _listed(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in entries)
    except OSError as fault:
        raise InputFault(f"cannot be listed: {fault.strerror}", where=str(folder)) from fault


def _existing(path: Path) -> Path:
    """Return a path, unless it is a link that leads nowhere: its rows would be lost silently."""
    if not path.is_file():
        found = "a link that leads nowhere" if path.is_symlink() else "no regular file"
        raise InputFault(f"is {found}", where=str(path), hint="remove it from the folder")
    return path
