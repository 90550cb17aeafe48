"""Option types that several verbs share, so that one word means one thing everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

JsonOpt = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout instead of text.")
]
DryRunOpt = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done and write nothing.")
]
SeedOpt = Annotated[int, typer.Option("--seed", help="Seed of everything that is drawn.")]
