"""Names that a model, a parser or a language of the caller will stumble over.

Input: the tools of a catalogue. Output: issues. Whether a tool's name is lawful at all is told by
the reader of tools (`tool-name-unlawful`).
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Sequence

from fctune.issues import Issue, issue
from fctune.patterns import regex
from fctune.tools.spec import ToolSpec

# Words that chat templates and agent loops use themselves: Llama 3.1 names its built-in tools so
# (its model card: brave_search, wolfram_alpha, code_interpreter over `ipython`), GPT-OSS calls
# `functions.x` and has `python` and `browser`, ReAct loops end on `finish`, and a model that
# calls nothing is often made to call `none`.
_TEMPLATE_WORDS = frozenset(
    {
        "python", "ipython", "code_interpreter", "brave_search", "wolfram_alpha", "browser",
        "functions", "multi_tool_use", "parallel", "finish", "final_answer", "none", "null",
        "true", "false", "undefined", "nan", "tool", "tools", "tool_call", "function",
        "function_call", "name", "arguments", "parameters",
    }
)  # fmt: skip
_PLAIN_NAME = regex(r"^[^\W\d][\w-]{0,63}\Z")
_SEPARATORS = regex(r"[-_.\s]")


def check_names(specs: Sequence[ToolSpec], places: Sequence[str]) -> list[Issue]:
    """Return what is wrong with the names of tools and of their parameters.

    Args:
        specs: the tools.
        places: the place of each.
    """
    named = [(spec.name, place) for spec, place in zip(specs, places, strict=True)]
    issues = list(_alike(named))
    for spec, place in zip(specs, places, strict=True):
        if spec.name.casefold() in _TEMPLATE_WORDS or keyword.iskeyword(spec.name):
            message = f"{spec.name!r} is a word of chat templates or of Python"
            issues.append(issue("tool-name-reserved", place, message))
        within = f"{place}.parameters.properties"
        parameters = [str(name) for name in spec.parameters["properties"]]
        issues += _alike((name, f"{within}.{name}") for name in parameters)
        for name in parameters:
            if not _PLAIN_NAME.match(name):
                found = f"got {name[:60]!r}, expected letters, digits, _ and -, no digit first"
                issues.append(issue("tool-parameter-name", f"{within}.{name}", found))
    return issues


def _alike(named: Iterable[tuple[str, str]]) -> Iterator[Issue]:
    """Yield names that differ only in case or in their separators."""
    first: dict[str, str] = {}
    for name, place in named:
        key = _SEPARATORS.sub("", name).casefold()
        if key and first.get(key, name) != name:
            yield issue("tool-name-alike", place, f"{name!r} looks like {first[key]!r}")
        first.setdefault(key, name)
