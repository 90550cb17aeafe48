"""Patterns that can take time exponential in the length of a text: `(a+)+`, `(a|a)*`.

Input: a regular expression. Output: the part that is ambiguous, or "". The judge of calls is safe
from them (its engine does not backtrack without limit), but the same schema is read by servers and
gateways whose engines do.

A repeated group is ambiguous where its body can be read as one repeated part alone, all else being
optional, or where two of its alternatives start alike and are no longer than that. Patterns such as
`[a-z]+(-[a-z]+)*` are not: the dash tells where a repetition starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_MAX_LENGTH = 2000
_MAX_GROUPS = 50
_LARGE = 10  # `{0,10}` and more count as unbounded


@dataclass
class _Part:
    """One part of a sequence: a character class or a group, with its quantifier."""

    text: str
    branches: list[list[_Part]] = field(default_factory=list)
    least: int = 1
    unbounded: bool = False

    @property
    def may_be_empty(self) -> bool:
        if self.least == 0 or self.text in ("^", "$", "\\b", "\\B"):
            return True
        return bool(self.branches) and any(
            all(part.may_be_empty for part in branch) for branch in self.branches
        )

    @property
    def repeats(self) -> bool:
        """True where some reading of the part is one unbounded repetition."""
        return self.unbounded or any(_reads_as_repetition(branch) for branch in self.branches)


def slow_part(pattern: str) -> str:
    """Return the first ambiguous repetition of a pattern, or "".

    >>> slow_part("^(a+)+$"), slow_part("^[a-z]+(-[a-z]+)*$"), slow_part("(x|x)*")
    ('(a+)+', '', '(x|x)*')
    """
    if len(pattern) > _MAX_LENGTH or pattern.count("(") > _MAX_GROUPS:
        return ""
    branches, _ = _parse(pattern, 0)
    return _slow(branches)


def _slow(branches: list[list[_Part]]) -> str:
    for branch in branches:
        for part in branch:
            if part.unbounded and part.branches and _is_ambiguous(part):
                return part.text
            if found := _slow(part.branches):
                return found
    return ""


def _is_ambiguous(part: _Part) -> bool:
    if any(_reads_as_repetition(branch) for branch in part.branches):
        return True
    starts = [branch[0].text for branch in part.branches if len(branch) == 1]
    return len(starts) != len(set(starts))


def _reads_as_repetition(branch: list[_Part]) -> bool:
    """Tell a sequence with a repeated part beside which everything may be left out."""
    return any(
        part.repeats and all(other.may_be_empty for other in branch if other is not part)
        for part in branch
    )


def _parse(pattern: str, start: int) -> tuple[list[list[_Part]], int]:
    """Return the alternatives of a pattern from `start` to its end or closing parenthesis."""
    branches: list[list[_Part]] = [[]]
    position = start
    while position < len(pattern) and pattern[position] != ")":
        if pattern[position] == "|":
            branches.append([])
            position += 1
            continue
        begin = position
        inner: list[list[_Part]] = []
        if pattern[position] == "(":
            inner, position = _parse(pattern, _after_opening(pattern, position))
            position += 1
        else:
            position = _after_atom(pattern, position)
        least, unbounded, position = _quantifier(pattern, position)
        text = pattern[begin:position] if inner else pattern[begin : _after_atom(pattern, begin)]
        branches[-1].append(_Part(text, inner, least, unbounded))
    return branches, position


def _after_opening(pattern: str, position: int) -> int:
    """Return the position behind `(`, `(?:`, `(?=`, `(?<name>` and the like."""
    if not pattern.startswith("(?", position):
        return position + 1
    if pattern.startswith(("(?<=", "(?<!"), position):
        return position + 4
    if pattern.startswith(("(?<", "(?P<"), position):
        end = pattern.find(">", position)
        return end + 1 if end > 0 else len(pattern)
    return position + 3


def _after_atom(pattern: str, position: int) -> int:
    if pattern[position] == "\\":
        closing = pattern.find("}", position)
        braced = pattern[position + 1 : position + 3] in ("p{", "P{", "u{")
        return closing + 1 if braced and closing > 0 else min(position + 2, len(pattern))
    if pattern[position] != "[":
        return position + 1
    position += 2 if pattern.startswith(("[^]", "[]"), position) else 1
    while position < len(pattern) and pattern[position] != "]":
        position += 2 if pattern[position] == "\\" else 1
    return min(position + 1, len(pattern))


def _quantifier(pattern: str, position: int) -> tuple[int, bool, int]:
    """Return the least count, whether there is no small bound, and the position behind."""
    sign = pattern[position : position + 1]
    least, unbounded, end = 1, False, position
    if sign in ("*", "+", "?") and sign:
        least, unbounded, end = (1 if sign == "+" else 0), sign != "?", position + 1
    elif sign == "{" and (closing := pattern.find("}", position)) > 0:
        low, comma, high = pattern[position + 1 : closing].partition(",")
        if low.isdecimal() and (not high or high.isdecimal()) and len(low + high) < 9:
            most = int(high) if high else (_LARGE if comma else int(low))
            least, unbounded, end = int(low), comma != "" and most >= _LARGE, closing + 1
    if end > position and pattern[end : end + 1] in ("?", "+"):
        end += 1
    return least, unbounded, end
