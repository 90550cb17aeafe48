"""The entry point, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from fctune import __version__
from fctune.cli.output import out
from fctune.cli.parser_words import PARSER_FAULT, parser_fault
from fctune.cli.start import starting
from fctune.cli.verbs import Verbs
from fctune.errors import FctuneError, Interrupted

INTERNAL_ERROR = 70

app = typer.Typer(
    name="fctune",
    cls=Verbs,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Turn tool schemas and raw conversations into a model that calls those tools.",
    epilog="Exit codes: 0 ok, 1 problems found, 2 usage, 3 bad input, 4 environment, "
    "5 trainer or endpoint failed, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        out.data(f"fctune {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options that stand before the verb."""


def run() -> None:
    """Run the command line; the console script's entry point."""
    try:
        with starting():
            # Else typer would end the process with words of its own. It returns an Exit's code.
            ended = app(prog_name="fctune", standalone_mode=False)
    except FctuneError as fault:
        if os.environ.get("FCTUNE_DEBUG") == "1":
            raise
        _end(fault)
    except PARSER_FAULT as fault:
        if fault.message.startswith("Usage:"):  # no words at all: the help, which is no message
            out.error(fault.message)
            sys.exit(fault.exit_code)
        _end(parser_fault(fault))
    except typer.Abort:
        _end(Interrupted("stopped by the user"))
    except Exception as fault:  # the last line of defence: users never see a traceback
        if os.environ.get("FCTUNE_DEBUG") == "1":
            raise
        out.error(
            f"internal error, a defect of fctune: {type(fault).__name__}: {fault}",
            hint="set FCTUNE_DEBUG=1 to see where, and report it",
        )
        sys.exit(INTERNAL_ERROR)
    if ended == Interrupted.exit_code:  # before a verb began
        _end(Interrupted("stopped by the user"))
    sys.exit(ended if isinstance(ended, int) else 0)


def _end(fault: FctuneError) -> NoReturn:
    """Tell a fault, and exit with its code."""
    out.error(str(fault), hint=fault.hint)
    sys.exit(fault.exit_code)
