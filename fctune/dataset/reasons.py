"""Why most rows of a build were rejected, and what to do: the hint where few or none are left.

Input: the accounts of a build, and where its rejects stand. Output: one line of text, or a fault.

Before: rejects_by_code={"call-reference": 14, "call-unknown-tool": 250}, data/a.rejects.jsonl
After:  "call-unknown-tool rejects 250 rows: List the tool ...; all reasons: fctune inspect ..."
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fctune.catalogue import CATALOGUE
from fctune.dataset.amounts import amount
from fctune.errors import ProblemsFound
from fctune.patterns import regex

if TYPE_CHECKING:
    from fctune.dataset.manifest import DatasetManifest

_STDIN = "stdin"
# The words that hints of the catalogue have for the file that was read.
_FILE_WORDS = regex(r"\b(?:FILE|OLD)\b")


def by_rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return codes with their rows, the commonest first, alike ones by name.

    >>> by_rows({"a": 1, "b": 2, "c": 2})
    [('b', 2), ('c', 2), ('a', 1)]
    """
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def commonest(manifest: DatasetManifest) -> str:
    """Return the code that rejects most rows, how many, and what its entry says to do.

    Where one file alone was read, its name stands in the command; "" where no row was rejected.
    """
    if not manifest.rejects_by_code:
        return ""
    code, rows = by_rows(manifest.rejects_by_code)[0]
    files = [source.file for source in manifest.sources]
    hint = hint_for(code, files[0] if len(files) == 1 else "")
    return f"{code} rejects {amount(rows, 'row')}: {hint}"


def hint_for(code: str, file: str) -> str:
    """Return what the entry of a code says to do, without a full stop, to be typed as it is.

    Args:
        code: a key of the catalogue.
        file: the raw file that a command of the hint is meant for; "" and stdin name none.

    >>> hint_for("file-not-utf8", "a b.jsonl").partition(": ")[2]
    "iconv -f GB18030 -t UTF-8 'a b.jsonl' > NEW"
    """
    hint = CATALOGUE[code].hint.removesuffix(".")
    if file in ("", _STDIN):
        return hint
    return _FILE_WORDS.sub(lambda _: shlex.quote(file), hint)


def no_rows(manifest: DatasetManifest) -> ProblemsFound:
    """Return the fault of a build whose files hold no rows."""
    files = [source.file for source in manifest.sources]
    if len(files) != 1:
        return ProblemsFound("the files hold no rows; nothing was written")
    if files[0] == _STDIN:
        hint = "the command before the pipe wrote nothing, or blank lines alone"
    else:
        hint = f"look at it: head -c 300 {shlex.quote(files[0])}"
    return ProblemsFound("holds no rows; nothing was written", where=files[0], hint=hint)


def none_kept(manifest: DatasetManifest, hint: str) -> ProblemsFound:
    """Return the fault of a build that can use none of its rows."""
    rows = manifest.read
    words = f"none of {rows} rows can be used" if rows > 1 else "the only row cannot be used"
    return ProblemsFound(f"{words}; nothing was registered", hint=hint)


def reasons(manifest: DatasetManifest, rejects: Path) -> str:
    """Return the commonest reason, and the command that shows all.

    Args:
        manifest: the accounts of the build.
        rejects: the file of the rejected rows.
    """
    see = f"all reasons: fctune inspect {shlex.quote(str(rejects))}"
    first = commonest(manifest)
    return f"{first}; {see}" if first else see
