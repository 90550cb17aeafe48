r"""Plain rows with a fault in a call: refused at once, without the drafts of the full way.

Input: a parsed ShareGPT or OpenAI row. Output: the issues that `fctune.conversations.read` would
reject it for, to the letter; None where it would not, or where anything else about the row is not
plain. So None is always right. Rows whose calls are lawful are left to
`fctune.conversations.quick`.

Before: {"conversations": [..., {"from": "function_call", "value": "{\"name\": \"nwo\", ...}"}],
         "tools": "[{\"name\": \"now\", ...}]"}
After:  (Issue("call-unknown-tool", "conversations[1].call", "got 'nwo', listed are: now"),)
"""

from __future__ import annotations

from typing import Any

from fctune.conversations.calls import decode_calls
from fctune.conversations.check import check_calls, check_system
from fctune.conversations.draft import RawCall
from fctune.conversations.faulty_turns import PlainTurns, of_openai, of_sharegpt, plainly
from fctune.conversations.formats import FORMATS, RawFormat
from fctune.conversations.listed import KnownTools, known_tools
from fctune.conversations.quick import QuickReader, QuickSettings
from fctune.conversations.quick_plan import PlanTable
from fctune.conversations.quick_row import QuickRow
from fctune.conversations.quick_steps import is_plain
from fctune.conversations.quick_tools import entry_of_text
from fctune.conversations.read import system_of
from fctune.conversations.registered import FormatChoice
from fctune.conversations.turns import ModelTurn
from fctune.issues import Issue, blocking
from fctune.tools.check import check_arguments

_FORMATS = {"sharegpt": "conversations", "openai": "messages"}
_READERS = {"conversations": of_sharegpt, "messages": of_openai}
_BESIDE = frozenset({"tools", "system"})
_DOUBTS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
# Whether a row is plain depends on no more of its tools than that there are some.
_SOME_TOOLS = entry_of_text("[]", "")


def turns_keys(choice: FormatChoice) -> frozenset[str]:
    """Return the keys of the turns of rows that may be refused, where formats are chosen so.

    Rows that may be of a format that is not built in are not.
    """
    if isinstance(choice, RawFormat):
        choice = choice.name if choice in FORMATS else ""
    if choice is None:
        return frozenset(_READERS)
    return frozenset({_FORMATS[choice]} if isinstance(choice, str) and choice in _FORMATS else ())


class FaultReader:
    """Finds the faults of plain rows; what it learns of roles and texts it keeps, bounded.

    Args:
        system: the system text of rows without one.
    """

    def __init__(self, system: str) -> None:
        self._system = system
        self._plans = PlanTable()
        self._quick = QuickReader(QuickSettings(system=system))

    def issues_of(self, row: Any, keys: frozenset[str]) -> tuple[Issue, ...] | None:
        """Return why a row is rejected; None where it is not, or is not plain.

        Args:
            row: as parsed.
            keys: under which its turns may stand; see `turns_keys`.
        """
        if type(row) is not dict or not row.get("tools"):
            return None
        own = [key for key in row if key not in _BESIDE]
        if len(own) != 1 or own[0] not in keys:
            return None
        try:
            said = _READERS[own[0]](row[own[0]], self._plans)
            issues = self._issues(row, said) if said is not None else []
        except _DOUBTS:
            return None
        return tuple(issues) if blocking(issues) else None

    def _issues(self, row: dict[str, Any], said: PlainTurns) -> list[Issue]:
        """Return the issues of a row.

        Raises:
            ValueError, TypeError, LookupError, AttributeError: it is not plain.
        """
        said.raw.encode()  # which refuses half of a surrogate pair
        if not is_plain(QuickRow(0, [], said.texts, said.plan, _SOME_TOOLS, "", [], [], said.raw)):
            return []
        system, issues = system_of(self._system_texts(row, said), self._system)
        known = known_tools(_plain_list(row["tools"]))
        told = [*known.issues, *issues]
        found: list[Issue] = [*check_system(system), *known.hazards]
        unknown: set[str] = set()
        for call, where in said.calls:
            if not _judge(call, where, known, unknown, found):
                turn, issues = _turn_of(call)
                told += issues
                found += check_calls(turn, known.catalog, where, unknown)
        return told + found

    def _system_texts(self, row: dict[str, Any], said: PlainTurns) -> list[str]:
        """Return the system text of a column or of the first turn.

        Raises:
            ValueError: it is not plain, or there are two.
        """
        given = [text for text in (row.get("system"), said.system) if text is not None]
        if len(given) > 1 or not all(map(self._quick.is_plain_system, given)):
            raise ValueError
        return given


def _plain_list(raw: Any) -> Any:
    """Return the tools of a row.

    Raises:
        ValueError: they may be of another format, or say nothing.
    """
    if type(raw) is list and not any(type(tool) is dict and "input_schema" in tool for tool in raw):
        return raw
    if type(raw) is not str or not raw.strip():
        raise ValueError
    return raw


def _judge(
    call: RawCall, where: str, known: KnownTools, unknown: set[str], found: list[Issue]
) -> bool:
    """Add the faults of a call of a listed tool that reads back as it stands.

    Returns:
        False where it is not surely so, and nothing was judged.
    """
    read = plainly(call)
    if read is None or read[0] in unknown:
        return False
    name, arguments = read
    validator = known.validator(name)
    if validator is None or isinstance(validator, str):
        return False
    if not validator.is_valid(arguments):
        found += check_arguments(arguments, validator, f"{where}.call.arguments")
    return True


def _turn_of(call: RawCall) -> tuple[ModelTurn, list[Issue]]:
    """Return the turn of a call, and what decoding it met.

    Raises:
        ValueError: it holds several calls, which need as many results.
    """
    calls, issues = decode_calls(call)
    if len(calls) != 1:
        raise ValueError
    return ModelTurn("", tuple(calls)), issues
