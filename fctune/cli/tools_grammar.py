"""`fctune tools grammar`: what a server needs so that a model writes lawful calls alone."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fctune.cli.options import JsonOpt
from fctune.cli.output import out


class GrammarKind(StrEnum):
    """The forms that servers take."""

    gbnf = "gbnf"
    json_schema = "json-schema"


def command(
    file: Annotated[
        Path, typer.Argument(help="Tools: a catalogue in JSON or YAML.", show_default=False)
    ],
    to: Annotated[
        GrammarKind,
        typer.Option("--to", help="gbnf: llama.cpp and its kin; json-schema: all others."),
    ] = GrammarKind.gbnf,
    call_format: Annotated[
        str, typer.Option("--call-format", help="How the model writes calls, for gbnf.")
    ] = "qwen",
    max_calls: Annotated[int, typer.Option(help="Most calls of a turn, for gbnf.", min=1)] = 16,
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Write there instead of to stdout.")
    ] = None,
    json: JsonOpt = False,
) -> None:
    """Write a grammar or a JSON Schema that allows the calls of a catalogue and nothing else.

    The same constraint as `fctune eval --constrain --tool-choice required`, for a model server.
    What the form cannot say is told on stderr, one sentence each.
    """
    from fctune.errors import InputFault
    from fctune.evaluation.grammar.exports import export_gbnf, export_json_schema
    from fctune.jsonl import write_text
    from fctune.tools.read import load_catalog

    catalog, _ = load_catalog(file)
    if not catalog.specs:
        raise InputFault("holds no tool, expected at least one", where=str(file))
    if to is GrammarKind.gbnf:
        exported = export_gbnf(catalog, call_format, max_calls=max_calls)
    else:
        exported = export_json_schema(catalog)
    if out_file is not None:
        write_text(out_file, exported.text)
        out.note(f"grammar: {out_file}")
    elif json:
        out.json({"kind": to.value, "text": exported.text, "notes": list(exported.notes)})
    else:
        out.data(exported.text.rstrip("\n"))
    for note in exported.notes:
        out.warn(note)
