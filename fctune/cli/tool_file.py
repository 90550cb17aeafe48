"""The tools of --tools: those of rows that bring none of their own.

Input: a path as the user gave it. Output: a ToolCatalog, with what was mended in it told on stderr.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctune.cli.output import out
from fctune.errors import InputFault

if TYPE_CHECKING:
    from fctune.tools.spec import ToolCatalog

ToolsOpt = Annotated[
    Path | None,
    typer.Option("--tools", help="Tools of rows that bring none, JSON or YAML."),
]


def read_tools(path: Path | None) -> ToolCatalog | None:
    """Read the file of --tools; None where it is not given.

    Raises:
        InputFault: the file cannot be read, or describes tools in a form that has to be imported.
    """
    from fctune.issues import Severity
    from fctune.jsonl import read_document
    from fctune.tools.imports.shapes import is_catalogue
    from fctune.tools.read import load_catalog

    if path is None:
        return None
    if not is_catalogue(read_document(path)):
        raise InputFault(
            "got a description of tools that is no catalogue yet",
            where=str(path),
            hint=f"fctune tools import {path} --out tools.yaml, then --tools tools.yaml",
        )
    catalog, issues = load_catalog(path)
    for found in issues:
        if found.severity is not Severity.WARNING:
            out.issue(found, str(path))
    return catalog
