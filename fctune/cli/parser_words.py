"""The words of a fault that the option parser found: where, what was got, what was expected.

Input: a fault of typer, which speaks of values as the library beneath it does. Output: a fault of
ours with the same meaning, so that a slip in an option reads as all other messages do.

Before: Error: Invalid value for '--temperature': Input should be a valid number, unable to ...
After:  --temperature: got 'abc', expected a number
        hint: fctune eval --help
"""

from __future__ import annotations

import difflib
import re
import sys
from typing import Any

import typer

from fctune.errors import FctuneError, UsageFault
from fctune.patterns import regex

# What typer raises for all that was typed wrong; it exports no more of that tree than one leaf.
PARSER_FAULT: Any = typer.BadParameter.__bases__[0]

_CHOICES = regex(r"is not one of (?P<words>.+?)\.?\Z", re.DOTALL)
_UNREADABLE = regex(r"'(?P<path>.*)' is not readable\.?\Z", re.DOTALL)
_MISSING = regex(r"\AMissing (?:option|argument|parameter)\b")
_STRANGER = regex(r"\ANo such (?:option|command)\b:?\s*'?(?P<word>.+?)'?\.?(?: Did .*)?\Z")
_EXTRA = regex(r"\AGot unexpected extra arguments?(?:\(s\))?\s*\((?P<words>.+)\)\Z")
_NO_VALUE = regex(r"\AOption '(?P<option>[^']+)' requires an argument\.?\Z")
_A_SWITCH = regex(r"\AOption '(?P<option>[^']+)' does not take a value\.?\Z")
_NUMBER = regex(r"-?[0-9.]{1,20}")
_KINDS = {
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "true or false",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "greater_than": "more than {gt}",
    "less_than": "less than {lt}",
}
_SHOWN = 60


def parser_fault(fault: Any) -> FctuneError:
    """Return what typer refuses as a fault of ours.

    Args:
        fault: of the kind PARSER_FAULT.
    """
    told = str(fault.message)
    verb = fault.ctx.command_path if fault.ctx is not None else _typed_verb()
    asked = f"{verb} --help"
    if isinstance(fault, typer.BadParameter):
        return _of_value(fault, told, asked)
    if found := _STRANGER.match(told):
        word = found["word"]
        near = _near(fault, word)
        kind = "option" if word.startswith("-") else "verb"
        hint = f"did you mean {', '.join(near)}? {asked}" if near else asked
        return UsageFault(f"no such {kind} of {verb}", where=word, hint=hint)
    if found := _EXTRA.match(told):
        return UsageFault(f"got more than is looked at: {found['words']}", where=verb, hint=asked)
    if found := _NO_VALUE.match(told):
        return UsageFault("got no value, expected one", where=found["option"], hint=asked)
    if found := _A_SWITCH.match(told):
        hint = f"leave the value out: {found['option']}"
        return UsageFault("got a value, expected none", where=found["option"], hint=hint)
    return UsageFault(told.removesuffix("."), hint=asked)


def _typed_verb() -> str:
    """Return the verb as it was typed, for a fault that does not tell where it was met."""
    words = sys.argv[1:2]
    return " ".join(["fctune", *(word for word in words if word.isalpha())])


def _of_value(fault: Any, told: str, asked: str) -> FctuneError:
    """Return what is wrong with the value of an option or an argument, or that there is none."""
    where = _named(fault)
    if _MISSING.match(fault.format_message()):
        return UsageFault("is needed, got none", where=where, hint=f"{_usage(fault)}; {asked}")
    if found := _UNREADABLE.search(told):
        from fctune.jsonl.faults import file_fault

        return file_fault(found["path"], PermissionError(13, "Permission denied"))
    got, expected = _refused(fault.__cause__)
    if found := _CHOICES.search(told):
        words = re.findall(r"'([^']*)'", found["words"])
        near = difflib.get_close_matches(str(got), words, n=1)
        message = f"got {_shown(got, told)}, expected {_either(words)}"
        hint = f"did you mean {where} {near[0]}?" if near else asked
        return UsageFault(message, where=where, hint=hint)
    if expected:
        return UsageFault(f"got {_shown(got, told)}, expected {expected}", where=where, hint=asked)
    return UsageFault(told.removesuffix("."), where=where, hint=asked)


def _refused(cause: Any) -> tuple[Any, str]:
    """Return the value that was refused and what was expected; None and "" where nobody tells."""
    errors = getattr(cause, "errors", None)
    first = next(iter(errors()), None) if callable(errors) else None
    if not isinstance(first, dict):
        return None, ""
    expected = _KINDS.get(str(first.get("type")), "")
    bounds = {name: f"{bound:g}" for name, bound in _bounds(first.get("ctx"))}
    return first.get("input"), expected.format_map(bounds)


def _bounds(context: Any) -> list[tuple[str, float]]:
    given = context.items() if isinstance(context, dict) else ()
    return [(name, bound) for name, bound in given if isinstance(bound, int | float)]


def _shown(got: Any, told: str) -> str:
    """Return a value as it was typed; from the message where the cause does not tell it."""
    if got is None:
        quoted = re.match(r"(?:Value error, )?'(.*?)' is not", told, re.DOTALL)
        got = quoted[1] if quoted else ""
    text = str(got)
    if _NUMBER.fullmatch(text):
        return text
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _named(fault: Any) -> str:
    """Return the option as it is typed, or the argument's name."""
    options = [name for name in getattr(fault.param, "opts", ()) if name.startswith("-")]
    if options:
        return str(max(options, key=len))
    return str(getattr(fault.param, "name", "") or "").upper()


def _usage(fault: Any) -> str:
    """Return the verb with all that it needs."""
    needed = [one for one in fault.ctx.command.params if getattr(one, "required", False)]
    words = [
        f"{max(one.opts, key=len)} ..." if one.opts[0].startswith("-") else str(one.name).upper()
        for one in needed
    ]
    return " ".join([fault.ctx.command_path, *words])


def _near(fault: Any, word: str) -> list[str]:
    """Return the options or verbs that may have been meant, the nearest first."""
    command = fault.ctx.command if fault.ctx is not None else None
    if word.startswith("-"):
        known = [name for one in getattr(command, "params", ()) for name in one.opts]
    else:
        known = list(getattr(command, "commands", ()))
    return difflib.get_close_matches(word, known, n=2, cutoff=0.6)


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
