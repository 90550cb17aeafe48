"""`fctune tools`: verbs on tool schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fctune.cli.options import JsonOpt
from fctune.cli.output import out
from fctune.errors import ProblemsFound


def check(
    file: Annotated[Path, typer.Argument(help="Tool schemas, JSON or YAML.", show_default=False)],
    json: JsonOpt = False,
) -> None:
    """Check tool schemas: lawful schema, names, descriptions, examples.

    Exits 1 where a tool cannot be used as it is; repairs and warnings do not fail the check.
    """
    from fctune.issues import Severity
    from fctune.tools.read import load_catalog

    catalog, issues = load_catalog(file)
    errors = [found for found in issues if found.severity is Severity.ERROR]
    if json:
        out.json(
            {
                "file": str(file),
                "tools": list(catalog.names),
                "fingerprint": catalog.fingerprint,
                "issues": [found.as_dict() for found in issues],
            }
        )
    else:
        for found in issues:
            out.issue(found, str(file))
        counts = {level: sum(f.severity is level for f in issues) for level in Severity}
        summary = ", ".join(f"{counts[level]} {level.value}s" for level in Severity)
        out.data(f"{file}: {len(catalog)} tools usable; {summary}")
    if errors:
        raise ProblemsFound(f"{len(errors)} errors", where=str(file), hint=errors[0].hint)
