"""What a slip in the options says: our own words and codes, not those of the option parser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fctune.cli import main

EVAL = ("eval", "model", "--data", "d.jsonl", "--out", "o")


def told(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, list[str]]:
    """Return exit code and lines of stderr."""
    monkeypatch.setattr(sys, "argv", ["fctune", *words])
    with pytest.raises(SystemExit) as ended:
        main.run()
    shown = capsys.readouterr()
    assert shown.out == ""
    return int(ended.value.code or 0), shown.err.splitlines()


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ("--mode", "严格"),
            ["--mode: got '严格', expected bfcl, strict or semantic", "hint: fctune eval --help"],
        ),
        (
            ("--mode", "stric"),
            [
                "--mode: got 'stric', expected bfcl, strict or semantic",
                "hint: did you mean --mode strict?",
            ],
        ),
        (
            ("--temperature", "热"),
            ["--temperature: got '热', expected a number", "hint: fctune eval --help"],
        ),
        (
            ("--temperature", "-1"),
            ["--temperature: got -1, expected 0 or more", "hint: fctune eval --help"],
        ),
        (
            ("--tolerance", "2"),
            ["--tolerance: got 2, expected 1 or less", "hint: fctune eval --help"],
        ),
        (
            ("--max-cases", "1.5"),
            ["--max-cases: got 1.5, expected a whole number", "hint: fctune eval --help"],
        ),
        (
            ("--modle", "x"),
            [
                "--modle: no such option of fctune eval",
                "hint: did you mean --mode, --model? fctune eval --help",
            ],
        ),
        (("--seed",), ["--seed: got no value, expected one", "hint: fctune eval --help"]),
        (
            ("--constrain=3",),
            ["--constrain: got a value, expected none", "hint: leave the value out: --constrain"],
        ),
        (
            ("more", "甲"),
            ["fctune eval: got more than is looked at: more 甲", "hint: fctune eval --help"],
        ),
    ],
)
def test_a_slip_in_an_option(
    words: tuple[str, ...],
    lines: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert told((*EVAL, *words), capsys, monkeypatch) == (2, lines)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ("eval", "model", "--data", "d"),
            ["--out: is needed, got none", "hint: fctune eval --data ... --out ...; "],
        ),
        (
            ("tools", "diff", "old.yaml"),
            ["NEW: is needed, got none", "hint: fctune tools diff OLD NEW; "],
        ),
        (("scor",), ["scor: no such verb of fctune", "hint: did you mean score"]),
        (("tools", "查"), ["查: no such verb of fctune tools", "hint: fctune tools --help"]),
    ],
)
def test_what_is_missing_and_what_there_is_not(
    words: tuple[str, ...],
    lines: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, shown = told(words, capsys, monkeypatch)
    assert (code, shown[0], len(shown)) == (2, lines[0], 2)
    assert shown[1].startswith(lines[1])


@pytest.mark.parametrize("words", [("score", "{}", "--out", "o"), ("tools", "check", "{}")])
def test_a_file_that_may_not_be_read_is_bad_input_wherever_it_is_met(
    words: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = tmp_path / "密.jsonl"
    closed.write_text("{}\n")
    # As for a user without the right: for the administrator there is no such file.
    monkeypatch.setattr("os.access", lambda *_: False)
    code, shown = told(tuple(word.format(closed) for word in words), capsys, monkeypatch)
    assert (code, shown) == (
        3,
        [f"{closed}: cannot be read: permission denied", f"hint: ls -l '{closed}'"],
    )


def test_no_words_at_all_show_the_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, shown = told((), capsys, monkeypatch)
    assert code == 2
    assert shown[0].startswith("Usage: fctune") and "hint:" not in "\n".join(shown)


def test_help_and_version_end_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in (("--version",), ("eval", "--help")):
        monkeypatch.setattr(sys, "argv", ["fctune", *words])
        with pytest.raises(SystemExit) as ended:
            main.run()
        assert ended.value.code == 0
        assert capsys.readouterr().err == ""
