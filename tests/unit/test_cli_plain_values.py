"""Plain values of options: made here as typer makes them, and without what it loads for that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from fctune.cli.parser_words import PARSER_FAULT
from fctune.cli.plain_values import quicken

Given = dict[str, Any]


def _command(got: Given) -> Any:
    app = typer.Typer()

    @app.command()
    def verb(
        paths: list[Path],
        text: str | None = None,
        whole: Annotated[int, typer.Option(min=1, max=99)] = 7,
        share: Annotated[float, typer.Option(min=0.5)] = 0.9,
        out: Annotated[Path, typer.Option()] = Path("data"),
        many: Annotated[list[str] | None, typer.Option()] = None,
        flag: bool = False,
    ) -> None:
        got.update(locals())

    return typer.main.get_command(app)


def _outcome(args: list[str], *, quick: bool) -> tuple[Given, str]:
    got: Given = {}
    command = _command(got)
    if quick:
        quicken(command.params)
    try:
        command.main(args, standalone_mode=False)
    except (PARSER_FAULT, ValueError) as fault:
        return {}, f"{type(fault).__name__}: {fault}"
    got.pop("got", None)
    return got, ""


@pytest.mark.parametrize(
    "args",
    [
        ["a"],
        ["a", "b", "/", "--flag"],
        ["a", "--text", "", "--many", "x", "--many", "y=1"],
        ["a", "--whole", "12", "--share", "0.75", "--out", "/tmp"],
        ["a", "--whole", "012", "--share", "1"],
        ["a", "--whole", "0"],
        ["a", "--whole", "100"],
        ["a", "--whole", "1_0"],
        ["a", "--whole", "1.0"],
        ["a", "--whole", "three"],
        ["a", "--share", "0.4"],
        ["a", "--share", "1e-1"],
        ["a", "--share", "nan"],
        ["a", "--share", ".7"],
        ["", "--out", ""],
        ["a\0b"],
        [],
    ],
)
def test_values_and_faults_are_those_of_typer(args: list[str]) -> None:
    quick, slow = _outcome(args, quick=True), _outcome(args, quick=False)
    assert quick == slow
    assert {n: type(v) for n, v in quick[0].items()} == {n: type(v) for n, v in slow[0].items()}


def test_a_verb_begins_without_pydantic(tmp_path: Path) -> None:
    row = tmp_path / "none.jsonl"
    code = (
        "import sys; from fctune.cli.main import run\n"
        f"sys.argv = ['fctune', 'prepare', {str(row)!r}, '--dev', '0.2']\n"
        f"sys.argv += ['--out', {str(tmp_path)!r}]\n"
        "try: run()\n"
        "except SystemExit as end: assert end.code == 3, end.code\n"
        "assert 'pydantic' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=dict(os.environ))
    assert done.returncode == 0, done.stderr.decode()
