"""Switches: what each issue code does to a row of a dataset.

Input: `--switch CODE=ACTION` (or `switches:` of a recipe's prepare block) and `--strict`. Output:
for the issues of a row, those that are told, and whether they reject it. Without any switch an
error rejects, a repair is counted, a warning is counted.

Before: issues (system-default, ungrounded-value), --switch ungrounded-value=reject
After:  both issues, rejected by ungrounded-value
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from fctune.catalogue import CATALOGUE
from fctune.catalogue.imports import IMPORT_CODES
from fctune.catalogue.lint import LINT_CODES
from fctune.catalogue.personal import PERSONAL_CODES
from fctune.catalogue.steps import STEP_CODES
from fctune.errors import UsageFault
from fctune.issues import Issue, Severity
from fctune.patterns import regex

OFF, WARN, REJECT = "off", "warn", "reject"
ACTIONS = (OFF, WARN, REJECT)
_FAMILY = regex(r"[a-z0-9-]*\*")
_MAX_REMEMBERED = 20_000

# Repairs that are made because an option asks for them: they need not be told.
_ASKED_FOR = frozenset(
    code
    for code in ("row-windowed", "call-mapped", "tools-mapped", *STEP_CODES, *PERSONAL_CODES)
    if code in CATALOGUE and CATALOGUE[code].severity is Severity.REPAIR
)
# Codes that the checks of tool and mapping files alone give; no row has them.
_NOT_OF_ROWS = frozenset(
    {
        *IMPORT_CODES, *LINT_CODES,
        "mapping-ambiguous", "mapping-conversion-unfit", "mapping-conversion-unknown",
        "mapping-parameter-unknown", "mapping-parameter-unmapped", "mapping-path-unfilled",
        "mapping-schema", "mapping-shape", "mapping-target-taken", "mapping-tool-duplicate",
        "mapping-tool-unknown", "tool-definitions-differ", "tool-description-missing",
        "tool-example-invalid", "tool-name-unlawful", "tool-parameter-renamed",
    }
)  # fmt: skip
ROW_CODES = frozenset(CATALOGUE) - _NOT_OF_ROWS


class Judged(NamedTuple):
    """What the issues of a row come to. A tuple, as one is made for every row.

    Attributes:
        issues: those that are told, in their order.
        codes: the codes that reject the row, sorted; none where it is kept.
    """

    issues: tuple[Issue, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def rejected(self) -> bool:
        """True where the row cannot be used."""
        return bool(self.codes)


_CLEAN = Judged()


@dataclass(frozen=True)
class Switches:
    """The switches of a build. A value: it can be sent to other processes.

    Attributes:
        actions: code, or family such as `personal-*`, to `off`, `warn` or `reject`.
        strict: every repair rejects but those that an option asks for, unless a switch says
            `warn`.

    Raises:
        UsageFault: no code has that name, or the action is not possible for it.
    """

    actions: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    _remembered: dict[tuple[str, ...], tuple[tuple[int, ...] | None, tuple[str, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Check every switch."""
        for name, action in self.actions.items():
            _check(name, action)

    def __getstate__(self) -> tuple[dict[str, str], bool]:
        """Return what another process needs; what was remembered is found there again."""
        return dict(self.actions), self.strict

    def __setstate__(self, state: tuple[dict[str, str], bool]) -> None:
        """Take over what `__getstate__` returned."""
        object.__setattr__(self, "actions", state[0])
        object.__setattr__(self, "strict", state[1])
        object.__setattr__(self, "_remembered", {})

    @cached_property
    def by_code(self) -> Mapping[str, str]:
        """The action of every code of the catalogue."""
        return {code: self._action(code, entry.severity) for code, entry in CATALOGUE.items()}

    def action(self, code: str) -> str:
        """Return `off`, `warn` or `reject` of a code; also of codes that a whole set is told by.

        >>> Switches(strict=True).action("tail-cut"), Switches().action("tail-cut")
        ('reject', 'warn')
        """
        return self.by_code[code]

    def _action(self, code: str, severity: Severity) -> str:
        if severity is Severity.ERROR:
            return REJECT
        given = self._given(code)
        if given == OFF and severity is Severity.REPAIR and code not in _ASKED_FOR:
            given = None  # of a family, in which some codes can be switched off
        if given is not None:
            return given
        needed = severity is Severity.REPAIR and code not in _ASKED_FOR
        return REJECT if self.strict and needed else WARN

    def _given(self, code: str) -> str | None:
        """Return what was given for a code: itself, or the longest family that it is of."""
        if code in self.actions:
            return self.actions[code]
        families = [name for name in self.actions if _is_of(code, name)]
        return self.actions[max(families, key=len)] if families else None

    def apply(self, issues: Sequence[Issue]) -> Judged:
        """Judge the issues of one row.

        Args:
            issues: all that was found, of readers, steps and audits.
        """
        if not issues:
            return _CLEAN
        codes = tuple([found.code for found in issues])
        known = self._remembered.get(codes)
        if known is None:
            known = self._decide(codes)
            if len(self._remembered) < _MAX_REMEMBERED:
                self._remembered[codes] = known
        told, rejecting = known
        if told is None:
            return Judged(tuple(issues), rejecting)
        return Judged(tuple([issues[index] for index in told]), rejecting)

    def _decide(self, codes: tuple[str, ...]) -> tuple[tuple[int, ...] | None, tuple[str, ...]]:
        """Return which issues are told, None for all, and the codes that reject."""
        actions = [self.by_code[code] for code in codes]
        rejecting = {code for code, action in zip(codes, actions, strict=True) if action == REJECT}
        told = tuple(index for index, action in enumerate(actions) if action != OFF)
        return (None if len(told) == len(codes) else told), tuple(sorted(rejecting))

    def as_dict(self) -> dict[str, object]:
        """Return the switches as a manifest tells them."""
        return {"strict": self.strict, "switches": dict(sorted(self.actions.items()))}


def parse_switches(
    words: Iterable[str], *, strict: bool = False, base: Mapping[str, str] | None = None
) -> Switches:
    """Read the switches of a command line.

    Args:
        words: each `CODE=ACTION`; a code may end in `*`.
        strict: every repair rejects.
        base: those of a recipe; a word of the command line wins over the same name there.

    Raises:
        UsageFault: a word is no switch, or names a code twice with two actions.

    >>> parse_switches(["personal-*=reject"]).actions
    {'personal-*': 'reject'}
    """
    given: dict[str, str] = {}
    for word in words:
        name, equals, action = word.partition("=")
        if not equals:
            raise _fault(f"got {word!r}, expected CODE=ACTION", "--switch tail-cut=reject")
        if given.setdefault(name, action) != action:
            raise _fault(f"{name} is given as {given[name]} and as {action}", "keep one of the two")
    return Switches({**(base or {}), **given}, strict)


def _is_of(code: str, family: str) -> bool:
    return family.endswith("*") and code.startswith(family[:-1])


def _check(name: str, action: str) -> None:
    """Refuse a switch that no row would ever meet, or that would hide a change or a fault.

    Raises:
        UsageFault: the code or the action is not possible.
    """
    if action not in ACTIONS:
        like = difflib.get_close_matches(str(action), ACTIONS, n=1, cutoff=0.5)
        hint = f"--switch {name}={like[0] if like else WARN}"
        raise _fault(f"got {name}={action}, expected off, warn or reject", hint)
    if _FAMILY.fullmatch(name):
        _check_family(name, action)
        return
    if name not in CATALOGUE:
        raise _unknown(name, action)
    if name in _NOT_OF_ROWS:
        raise _fault(f"{name} is a code of tool files, not of rows", "remove it")
    severity = CATALOGUE[name].severity
    if severity is Severity.ERROR and action != REJECT:
        why = "the engine stops, drops or trains wrong what has it"
        hint = f"remove the switch; {CATALOGUE[name].hint}"
        raise _fault(f"{name} is an error, which cannot be {action}: {why}", hint)
    if severity is Severity.REPAIR and action == OFF and name not in _ASKED_FOR:
        why = "it names a change of the row, and none is made without a word"
        hint = f"--switch {name}=reject refuses such rows; {WARN} counts them"
        raise _fault(f"{name} is a repair, which cannot be off: {why}", hint)


def _check_family(name: str, action: str) -> None:
    codes = [code for code in ROW_CODES if _is_of(code, name)]
    if not codes:
        raise _unknown(name, action)
    possible = {
        OFF: [c for c in codes if c in _ASKED_FOR or CATALOGUE[c].severity is Severity.WARNING],
        WARN: [c for c in codes if CATALOGUE[c].severity is not Severity.ERROR],
        REJECT: codes,
    }
    if not possible[action]:
        raise _fault(f"no code of {name} can be {action}", f"--switch {name}=reject")


def _unknown(name: str, action: str) -> UsageFault:
    known = sorted(ROW_CODES)
    like = difflib.get_close_matches(name.rstrip("*-"), known, n=1, cutoff=0.6)
    hint = "the codes are in docs/reference/issues.md"
    if like:
        severity = CATALOGUE[like[0]].severity
        possible = action if severity is Severity.WARNING else REJECT
        hint = f"--switch {like[0]}={possible}"
    return _fault(f"no issue code is named {name}", hint)


def _fault(message: str, hint: str) -> UsageFault:
    return UsageFault(message, where="--switch", hint=hint)
