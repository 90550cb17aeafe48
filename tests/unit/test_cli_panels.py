"""The groups of options in the help of verbs that have many."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from fctune.cli.main import app
from fctune.cli.panels import PANELS, Grouped


@pytest.mark.parametrize("verb", sorted(PANELS))
def test_each_named_option_is_one_of_the_verb_and_in_one_group(verb: str) -> None:
    params = typer.main.get_group(app).commands[verb].params
    known = {name for param in params for name in param.opts}
    named = [name for names in PANELS[verb].values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= known


def test_help_shows_groups_in_order_and_the_rest_as_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PANELS, "go", {"Second": ("--beta",), "First": ("--alpha", "--none")})
    small = typer.Typer(rich_markup_mode=None)

    @small.command("go", cls=Grouped)
    def go(
        raw: str,
        alpha: Annotated[int, typer.Option("--alpha", help="One.")] = 1,
        beta: Annotated[int, typer.Option("--beta", help="Two.")] = 2,
        gamma: Annotated[int, typer.Option("--gamma", help="Three.")] = 3,
    ) -> None:
        """Go."""

    @small.command("other")
    def other() -> None:
        """Stand beside, so that `go` is a verb."""

    text = CliRunner().invoke(small, ["go", "--help"]).stdout
    places = [text.index(part) for part in ("raw", "Second:", "--beta", "First:", "--alpha")]
    assert places == sorted(places)
    assert text.index("--alpha") < text.index("Options:") < text.index("--gamma")
    assert "--help" in text
