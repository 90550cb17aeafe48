"""The verbs by name, each of which is imported, and its options made, when it is called.

Role: to make the options of all verbs takes longer than most verbs work. Help of a group is written
from the tables here, so that it imports no verb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from fctune.cli.guards import guarded, stoppable
from fctune.cli.panels import Grouped


class Verb(NamedTuple):
    """Where a verb is, and what its group says of it.

    Attributes:
        module: its module in this folder.
        short: one line of help.
        function: its name there.
        cls: how its help is written.
        stops: True where SIGTERM ends it as Ctrl-C does.
    """

    module: str
    short: str
    function: str = "command"
    cls: type[TyperCommand] | None = None
    stops: bool = False

    def made(self, name: str) -> Any:
        """Import the verb, and return it with its options."""
        function: Callable[..., None] = getattr(
            import_module(f"fctune.cli.{self.module}"), self.function
        )
        # Else typer evaluates each annotation four times.
        function.__annotations__ = get_type_hints(function, include_extras=True)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        ending = guarded(stoppable(function) if self.stops else function)
        alone.command(name, cls=self.cls, short_help=self.short)(ending)
        return typer.main.get_command(alone)


class Group(NamedTuple):
    """Verbs under a common word.

    Attributes:
        cls: the group.
        short: one line of help.
    """

    cls: type[TyperGroup]
    short: str

    def made(self, name: str) -> Any:
        """Return the group, whose verbs are made when they are called."""
        app = typer.Typer(
            name=name, cls=self.cls, help=self.short, no_args_is_help=True, rich_markup_mode=None
        )
        return typer.main.get_group(app)


class _Made(Mapping[str, Any]):
    """The commands of a table, made when they are asked for."""

    def __init__(self, table: Mapping[str, Verb | Group]) -> None:
        self._table = table
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._table[name].made(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class Lazy(TyperGroup):
    """A group whose verbs are made when they are called.

    Attributes:
        table: its verbs, in the order of its help.
    """

    table: ClassVar[Mapping[str, Verb | Group]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = _Made(self.table)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the verbs."""
        return list(self.table)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the verbs, each with its line of help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.short) for name, entry in self.table.items()])


class RegistryVerbs(Lazy):
    """The verbs of `fctune tools registry`."""

    table: ClassVar[Mapping[str, Verb | Group]] = {
        name: Verb("tools_registry", short, function)
        for name, function, short in (
            ("add", "add", "Add tools, and new versions of known ones."),
            ("remove", "remove", "Mark tools as removed."),
            ("list", "list_tools", "The tools, with training calls and accuracy."),
            ("history", "history", "What was done, when and by whom."),
            ("show", "show", "One version of a tool."),
            ("export", "export", "The current tools as a catalogue."),
            ("record", "record", "Training calls of a dataset, or accuracies of an evaluation."),
        )
    }


class ToolVerbs(Lazy):
    """The verbs of `fctune tools`."""

    table: ClassVar[Mapping[str, Verb | Group]] = {
        "check": Verb("tools_check", "Check tool schemas."),
        "import": Verb("tools_import", "OpenAPI, MCP, Python and other tool lists to a catalogue."),
        "confusions": Verb(
            "tools_confusions", "Pairs of tools that a model will mistake for each other."
        ),
        "docs": Verb("tools_docs", "A readable page of a catalogue."),
        "grammar": Verb(
            "tools_grammar", "A grammar or JSON Schema of the calls, for a model server."
        ),
        "diff": Verb("tools_diff", "What changed, and what it means for a trained model."),
        "registry": Group(RegistryVerbs, "Tools known to a project, with history."),
    }


class Verbs(Lazy):
    """The verbs of `fctune`."""

    table: ClassVar[Mapping[str, Verb | Group]] = {
        "prepare": Verb(
            "prepare", "Raw conversations to a registered dataset.", cls=Grouped, stops=True
        ),
        "inspect": Verb("inspect", "A dataset's rows, counts and page."),
        "train": Verb("train", "Run a stage with llamafactory-cli."),
        "eval": Verb(
            "eval", "Let a checkpoint answer, and judge its calls.", cls=Grouped, stops=True
        ),
        "variants": Verb("variants", "Variants of held-out cases, to be asked too.", stops=True),
        "score": Verb("score", "Judge recorded predictions.", cls=Grouped, stops=True),
        "compare": Verb("compare", "Compare results, with paired tests.", stops=True),
        "doctor": Verb("doctor", "Check the installation."),
        "quickstart": Verb("quickstart", "The whole story on a tiny model."),
        "tools": Group(ToolVerbs, "Tool schemas."),
    }
