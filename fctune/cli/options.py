"""Option types that several verbs share, so that one word means one thing everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonOpt = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout instead of text.")
]
DryRunOpt = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done and write nothing.")
]
MappingOpt = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        help="File with tool_mapping: calls of an API are read as the model-facing tools.",
    ),
]
SeedOpt = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]
DbOpt = Annotated[
    str | None,
    typer.Option(
        "--db",
        envvar="FCTUNE_REGISTRY",
        help="Registry: a file or a postgresql:// URL; default: data/tools.db.",
        show_default=False,
    ),
]
