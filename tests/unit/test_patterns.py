"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys

import pytest

from fctune.patterns import regex

ALL = """
import importlib, pkgutil, re
import fctune
import fctune.patterns
made = []
def noted(text, flags=0):
    made.append((text, flags))
    return lazy(text, flags)
lazy, fctune.patterns.regex = fctune.patterns.regex, noted
for found in pkgutil.walk_packages(fctune.__path__, "fctune."):
    if "predict" not in found.name and "libfctune" not in found.name:  # engine, no Python
        importlib.import_module(found.name)
for text, flags in made:
    re.compile(text, flags)
print(len(made))
"""


def test_it_is_compiled_by_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    compiled = re.compile

    def noted(text: str, flags: int = 0) -> re.Pattern[str]:
        made.append(text)
        return compiled(text, flags)

    monkeypatch.setattr(re, "compile", noted)
    found = regex("a+")
    assert (found.pattern, made) == ("a+", [])
    assert found.sub("b", "caat") == "cbt"
    assert found.search("caat") and not found.fullmatch("b")
    assert made == ["a+"]


def test_it_says_what_a_compiled_one_says() -> None:
    text, flags = r"(?P<word>[a-z]+) ?", re.IGNORECASE
    ours, theirs = regex(text, flags), re.compile(text, flags)
    assert ours.findall("Ab c") == theirs.findall("Ab c")
    assert (ours.flags, ours.groups, ours.groupindex) == (
        theirs.flags, theirs.groups, theirs.groupindex,
    )  # fmt: skip
    assert regex(rb"a").split(b"bab") == [b"b", b"b"]


def test_it_is_copied_and_sent_to_other_processes() -> None:
    for used in (False, True):
        found = regex("a")
        if used:
            found.search("a")
        for other in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
            assert other.search("ba")


def test_a_faulty_one_is_told_when_it_is_used() -> None:
    with pytest.raises(re.error):
        regex("(").search("")


def test_all_patterns_of_the_package_can_be_compiled() -> None:
    done = subprocess.run([sys.executable, "-c", ALL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 400
