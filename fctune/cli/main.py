"""The entry point: registers the verbs, and is the one place where errors become exit codes.

Verb modules import the library inside their command, so that `fctune --help` stays fast.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, Any, NoReturn

import typer

from fctune import __version__
from fctune.cli import (
    compare,
    doctor,
    inspect,
    prepare,
    quickstart,
    score,
    tools_check,
    tools_confusions,
    tools_diff,
    tools_docs,
    tools_grammar,
    tools_import,
    tools_registry,
    train,
    variants,
)
from fctune.cli import eval as evaluate
from fctune.cli.output import out
from fctune.cli.panels import Grouped
from fctune.cli.parser_words import PARSER_FAULT, parser_fault
from fctune.cli.pipe import reader_gone
from fctune.errors import FctuneError, Interrupted

INTERNAL_ERROR = 70

app = typer.Typer(
    name="fctune",
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


def _guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap a verb so that Ctrl-C becomes an error of ours instead of an abort without a code."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt as fault:
            who = str(fault) or "the user"
            raise Interrupted(f"stopped by {who}; nothing half-written is left") from fault
        except BrokenPipeError as fault:
            # The reader of our stdout has gone (`fctune ... | head`): that is not a fault, and
            # typer would make it one. Another pipe is a matter of the verb.
            if reader_gone():
                raise typer.Exit(0) from fault
            raise RuntimeError(f"a pipe of the verb is broken: {fault}") from fault

    return wrapper


def _stoppable(command: Callable[..., None]) -> Callable[..., None]:
    """Wrap a verb so that SIGTERM and SIGHUP end it as Ctrl-C does, with all cleared away."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        with _stop_signals():
            command(*args, **kwargs)

    return wrapper


@contextmanager
def _stop_signals() -> Iterator[None]:
    """Turn stop signals into KeyboardInterrupt; one that is ignored stays so, as nohup asks."""

    def stop(number: int, frame: FrameType | None) -> None:
        # No error of ours: what a plug-in raises is caught as a fault of its row.
        raise KeyboardInterrupt(signal.Signals(number).name)

    taken: list[int] = []
    if threading.current_thread() is threading.main_thread():
        asked = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))
        taken = [n for n in asked if n is not None and signal.getsignal(n) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


app.command("prepare", cls=Grouped, short_help="Raw conversations to a registered dataset.")(
    _guarded(_stoppable(prepare.command))
)
app.command("inspect", short_help="A dataset's rows, counts and page.")(_guarded(inspect.command))
app.command("train", short_help="Run a stage with llamafactory-cli.")(_guarded(train.command))
app.command("eval", cls=Grouped, short_help="Let a checkpoint answer, and judge its calls.")(
    _guarded(_stoppable(evaluate.command))
)
app.command("variants", short_help="Variants of held-out cases, to be asked too.")(
    _guarded(_stoppable(variants.command))
)
app.command("score", cls=Grouped, short_help="Judge recorded predictions.")(
    _guarded(_stoppable(score.command))
)
app.command("compare", short_help="Compare results, with paired tests.")(
    _guarded(_stoppable(compare.command))
)
app.command("doctor", short_help="Check the installation.")(_guarded(doctor.command))
app.command("quickstart", short_help="The whole story on a tiny model.")(
    _guarded(quickstart.command)
)

tools_app = typer.Typer(no_args_is_help=True, help="Tool schemas.", rich_markup_mode=None)
for _name, _verb, _short in (
    ("check", tools_check, "Check tool schemas."),
    ("import", tools_import, "OpenAPI, MCP, Python and other tool lists to a catalogue."),
    ("confusions", tools_confusions, "Pairs of tools that a model will mistake for each other."),
    ("docs", tools_docs, "A readable page of a catalogue."),
    ("grammar", tools_grammar, "A grammar or JSON Schema of the calls, for a model server."),
    ("diff", tools_diff, "What changed, and what it means for a trained model."),
):
    tools_app.command(_name, short_help=_short)(_guarded(_verb.command))
registry_app = typer.Typer(
    no_args_is_help=True, help="Tools known to a project, with history.", rich_markup_mode=None
)
for _name, _command, _short in tools_registry.VERBS:
    registry_app.command(_name, short_help=_short)(_guarded(_command))
tools_app.add_typer(registry_app, name="registry")
app.add_typer(tools_app, name="tools")


def run() -> None:
    """Run the command line; the console script's entry point."""
    try:
        # Else typer would end the process with words of its own. It returns the code of an Exit.
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
