"""Cases of a file, read by the importer that its content asks for.

Input: a split, or a file or folder of a public test set. Output: CaseSet.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fctune.errors import UsageFault
from fctune.evaluation.cases import bfcl, when2call, xlam
from fctune.evaluation.cases.case_set import CaseSet, read_cases
from fctune.jsonl import STDIN
from fctune.tools.spec import ToolCatalog

if TYPE_CHECKING:
    from fctune.tools.mapping.spec import ToolMapping

_IMPORTERS = (bfcl, when2call, xlam)


def read_any_cases(
    path: Path,
    *,
    template: str = "qwen",
    mapping: ToolMapping | None = None,
    answers: Path | None = None,
    underscore_to_dot: bool = False,
    tools: ToolCatalog | None = None,
) -> CaseSet:
    """Read cases from a split or a public test set, told apart by content.

    Args:
        path: a file; for BFCL also the folder of its question files.
        template: the engine template, which says how parallel results are joined.
        mapping: writes calls and tools of an API as the model-facing ones; for splits alone.
        answers: possible answers of BFCL; default: beside the questions.
        underscore_to_dot: answers to BFCL come from a server that had `.` in names written as `_`.
        tools: tools of rows that bring none; for splits alone.

    Raises:
        InputFault: the file cannot be read, or gives no case.
        UsageFault: an option is given that is not for this kind of file.
    """
    name = set_of(path)
    if name is not None and mapping is not None:
        raise UsageFault("a mapping is for splits, not for a public test set", where=str(path))
    if name is not None and tools is not None:
        raise UsageFault("tools are for splits, not for a public test set", where=str(path))
    if name != bfcl.NAME and (answers is not None or underscore_to_dot):
        raise UsageFault("is no file of BFCL, which alone has possible answers", where=str(path))
    if name == bfcl.NAME:
        return bfcl.read_cases(
            path, template=template, answers=answers, underscore_to_dot=underscore_to_dot
        )
    if name == when2call.NAME:
        return when2call.read_cases(path, template=template)
    if name == xlam.NAME:
        return xlam.read_cases(path, template=template)
    return read_cases(path, template=template, mapping=mapping, tools=tools)


def set_of(path: Path) -> str | None:
    """Return the name of the public test set that a file is of, or None for all else.

    Raises:
        InputFault: the file cannot be opened.
    """
    if path == STDIN:
        return None
    return next((name for one in _IMPORTERS if (name := one.detect(path)) is not None), None)
