"""References of an API description: from `$ref` to what it names, in the document or beside it.

Input: a reference and the document that it stands in. Output: a Target, or an Issue that says why
there is none. Files are read only inside the folder of the source, symbolic links resolved; the
network is never asked.

Before: "#/components/schemas/Pet", "schemas/pet.yaml#/Pet"
After:  Target(value={"type": "object", ...}, base="", where="components.schemas.Pet")
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fctune.errors import InputFault
from fctune.issues import Issue, issue
from fctune.jsonl import parse_document
from fctune.jsonl.faults import json_kind

MAX_FILES = 2000
MAX_FILE_BYTES = 50_000_000
MAX_ALL_BYTES = 200_000_000
_GONE = object()


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference names.

    Attributes:
        value: the value there.
        base: the document it stands in: "" is the source, others are paths in its folder.
        where: its place, to name in issues.
        key: the same for every reference to this place.
    """

    value: Any
    base: str
    where: str
    key: str


class References:
    """Finds what references name, and remembers it.

    Args:
        document: the source, parsed.
        folder: where its sibling files are; None where it has none, as for a URL.
    """

    def __init__(self, document: Any, folder: Path | None = None) -> None:
        self._documents: dict[str, Any] = {"": document}
        self._folder = folder.resolve() if folder is not None else None
        self._known: dict[tuple[str, str], Target | Issue] = {}
        self._bytes = 0

    def find(self, reference: Any, base: str, where: str) -> Target | Issue:
        """Return what a reference names, or why it names nothing.

        Args:
            reference: the value of `$ref`.
            base: the document that it stands in.
            where: its place, to name in the issue.

        Returns:
            The target, or an issue `import-reference-missing` or `import-reference-refused`.
        """
        if not isinstance(reference, str):
            found = f"got $ref {json_kind(reference)}, expected text"
            return issue("import-reference-missing", where, found)
        known = self._known.get((base, reference))
        if known is None:
            known = self._known[base, reference] = self._find(reference, base)
        return issue(known.code, where, known.message) if isinstance(known, Issue) else known

    def _find(self, reference: str, base: str) -> Target | Issue:
        file, _, fragment = reference.partition("#")
        document = base
        if file:
            document_or_issue = self._beside(file, base)
            if isinstance(document_or_issue, Issue):
                return document_or_issue
            document = document_or_issue
        parts = _pointer(fragment)
        value = self._documents[document] if parts is not None else _GONE
        for part in parts or ():
            value = _step(value, part)
        if value is _GONE or parts is None:
            found = f"got $ref {reference!r}, nothing is there"
            return issue("import-reference-missing", "", found)
        place = ".".join(parts)
        where = f"{document}:{place}" if document and place else document or place
        return Target(value, document, where, f"{document}#{'/'.join(parts)}")

    def _beside(self, file: str, base: str) -> str | Issue:
        """Return the key of a sibling document, read where it was not read before."""
        refused = "import-reference-refused"
        try:
            remote = bool(urlsplit(file).scheme or urlsplit(file).netloc)
        except ValueError:
            remote = True
        if remote:
            return issue(refused, "", f"got $ref {file!r}, references are not followed elsewhere")
        if self._folder is None:
            return issue(refused, "", f"got $ref {file!r}, a source from a URL has no other files")
        try:
            path = (self._folder / base).parent if base else self._folder
            path = (path / unquote(file)).resolve()
            inside = path.is_relative_to(self._folder)
            regular = inside and path.is_file()
        except (OSError, ValueError, RuntimeError) as fault:  # a null byte, a ring of links
            return issue("import-reference-missing", "", f"got $ref {file!r}: {fault}")
        if not inside:
            return issue(refused, "", f"got $ref {file!r}, outside the folder of the source")
        if not regular:
            return issue("import-reference-missing", "", f"got $ref {file!r}, no such file")
        return self._read(path, file)

    def _read(self, path: Path, file: str) -> str | Issue:
        key = path.relative_to(self._folder or path).as_posix()
        if key in self._documents:
            return key
        try:
            size = path.stat().st_size
            self._bytes += size
            over = size > MAX_FILE_BYTES or self._bytes > MAX_ALL_BYTES
            if over or len(self._documents) > MAX_FILES:
                found = f"got $ref {file!r}, too many or too large files"
                return issue("import-reference-refused", "", found)
            text = path.read_text(encoding="utf-8-sig")
            self._documents[key] = parse_document(text, str(path))
        except (OSError, UnicodeDecodeError, InputFault) as fault:
            return issue("import-reference-missing", "", f"got $ref {file!r}: {fault}")
        return key


def _pointer(fragment: str) -> tuple[str, ...] | None:
    """Return the steps of a JSON pointer in a URL fragment; None where it is none.

    >>> _pointer("/paths/~1pets~1%7Bid%7D/get")
    ('paths', '/pets/{id}', 'get')
    """
    if not fragment:
        return ()
    if not fragment.startswith("/"):
        return None
    steps = unquote(fragment[1:]).split("/")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, _GONE)
    if isinstance(value, list) and part.isascii() and part.isdecimal() and len(part) < 8:
        return value[int(part)] if int(part) < len(value) else _GONE
    return _GONE
