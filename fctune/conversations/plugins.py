"""Raw formats that installed packages bring, by the entry point group `fctune.formats`.

Input: the packages of this environment. Output: their formats, each behind a guard: what raises on
a row makes that row rejected, and is never a traceback. A package that cannot be loaded, or whose
format has the name of another, stops the verb and says which one it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from fctune.conversations.draft import Draft, DraftTurn, RawCall
from fctune.conversations.formats import FORMATS, RawFormat
from fctune.conversations.registered import RegisteredFormat
from fctune.errors import EnvironmentFault
from fctune.issues import Issue, issue
from fctune.patterns import regex

GROUP = "fctune.formats"
_NAME = regex(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_ROLES = ("user", "model", "result")
_MAX_SHOWN = 200
T = TypeVar("T")


@cache
def installed() -> tuple[RawFormat, ...]:
    """Return the formats of installed packages, sorted by name; asked for once a process.

    Raises:
        EnvironmentFault: one of them cannot be used.
    """
    names = {known.name: "fctune" for known in FORMATS}
    found: list[RawFormat] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda one: (one.name, one.value)):
        package = _package(entry)
        known = _loaded(entry, package)
        if known.name in names:
            raise _fault(
                package, f"brings a format named {known.name}, as {names[known.name]} does"
            )
        names[known.name] = package
        found.append(known)
    return tuple(found)


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


def _fault(package: str, what: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"the package {package} {what}",
        where=f"entry point {GROUP}",
        hint=f"pip install --upgrade {package}, or pip uninstall {package}",
    )


def _loaded(entry: EntryPoint, package: str) -> RegisteredFormat:
    try:
        known = entry.load()
    except (Exception, SystemExit) as fault:
        raise _fault(package, f"cannot be loaded from {entry.value}: {_said(fault)}") from fault
    if not isinstance(known, RawFormat):
        what = f"has {type(known).__name__} at {entry.value}, expected a RawFormat"
        raise _fault(package, what)
    is_usable = isinstance(known.name, str) and _NAME.fullmatch(known.name)
    parts = (known.detect, known.read, *([known.expand] if known.expand is not None else []))
    if not is_usable or not all(callable(part) for part in parts):
        raise _fault(package, f"has no usable RawFormat at {entry.value}: {known.name!r:.60}")
    guard = _Guard(known, package)
    expand = guard.expand if known.expand is not None else None
    told = _sentence(known) or f"what the package {package} says"
    return RegisteredFormat(known.name, guard.detect, guard.read, expand, told, package)


def _sentence(known: RawFormat) -> str:
    sign = getattr(known, "sign", "")
    return sign if isinstance(sign, str) else ""


def _said(fault: BaseException) -> str:
    try:
        text = str(fault)
    except Exception:  # noqa: BLE001 - an exception of a package may not even have a text
        text = ""
    return f"{type(fault).__name__}: {text}"[:_MAX_SHOWN]


def _again(name: str) -> _Guard:
    """Return the guard of a format in another process, where its package is installed, too."""
    known = next(one for one in installed() if one.name == name)
    guard: _Guard = known.detect.__self__  # type: ignore[attr-defined]
    return guard


class _Guard:
    """Calls the functions of a package; the row on which one raises is remembered, and rejected."""

    def __init__(self, known: RawFormat, package: str) -> None:
        self._known, self._package = known, package
        self._failed: tuple[Any, str] = (None, "")

    def __reduce__(self) -> tuple[Callable[[str], _Guard], tuple[str]]:
        return _again, (self._known.name,)

    def detect(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row is of the format; True where that failed, so that `read` says it."""
        return self._try("detect", row, lambda: bool(self._known.detect(row)), True)

    def expand(self, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the conversations of a row; the row where that failed."""
        if self._known.expand is None:
            return [row]
        return self._try("expand", row, lambda: list(self._known.expand(row)), [row])  # type: ignore[misc]

    def read(self, row: Mapping[str, Any]) -> Draft:
        """Translate a row."""
        failed, what = self._failed
        if failed is row and failed is not None:
            self._failed = (None, "")
            return _rejected(what)
        draft = self._try("read", row, partial(self._checked, row), None)
        if draft is None:
            _, what = self._failed
            self._failed = (None, "")
            return _rejected(what)
        return draft

    def _checked(self, row: Mapping[str, Any]) -> Draft:
        draft = self._known.read(row)
        _check(draft)
        return draft

    def _try(self, part: str, row: Any, work: Callable[[], T], instead: T) -> T:
        try:
            return work()
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - a package may fail in any way
            where = f"{part} of the format {self._known.name} (package {self._package})"
            self._failed = (row, f"{where} raised {_said(fault)}")
            return instead


def _check(draft: Any) -> None:
    """Refuse a draft that the rest of fctune could not work with.

    Raises:
        TypeError: it is none, or holds what no draft may hold.
    """
    if not isinstance(draft, Draft):
        raise TypeError(f"got {type(draft).__name__}, expected a Draft")
    for turn in draft.turns:
        is_turn = isinstance(turn, DraftTurn) and turn.role in _ROLES
        if not is_turn or not isinstance(turn.text, str | None) or not isinstance(turn.id, str):
            raise TypeError(f"got the turn {turn!r:.80}, expected a DraftTurn of text")
        if not all(isinstance(call, RawCall) for call in turn.calls):
            raise TypeError("got a call that is no RawCall")
    if not all(isinstance(text, str) for text in draft.system):
        raise TypeError("got a system text that is no text")
    if not all(isinstance(found, Issue) for found in draft.issues):
        raise TypeError("got an issue that is no Issue")


def _rejected(what: str) -> Draft:
    """Return a draft that says only why the row was not read."""
    unread = [DraftTurn("user", "", None), DraftTurn("model", "", None)]
    return Draft(turns=unread, issues=[issue("format-plugin-failed", "", what)])
