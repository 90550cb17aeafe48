"""JUnit XML: gates as test cases, which every CI service shows.

Input: GateResults. Output: one XML document of the common JUnit form: a testsuite, a testcase for
each gate, and a failure in each that does not hold. Equal results give equal bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from fctune.evaluation.comparison.gates import GateResult
from fctune.jsonl import write_text
from fctune.patterns import regex

# XML 1.0, section 2.2: all that may not stand in a document, whatever its escape.
_UNLAWFUL = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, results: Sequence[GateResult], *, suite: str) -> None:
    """Write gates as JUnit XML.

    Args:
        path: the file; its folder is made where absent.
        results: in the order in which they are listed.
        suite: the name of the testsuite, such as the folder of the results.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, junit(results, suite=suite))


def junit(results: Sequence[GateResult], *, suite: str) -> str:
    """Return gates as JUnit XML."""
    failed = sum(not result.passed for result in results)
    counts = f'tests="{len(results)}" failures="{failed}" errors="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="fctune" {counts}>',
        f"  <testsuite name={_attribute(suite)} {counts}>",
    ]
    for result in results:
        head = f'    <testcase classname="fctune.gates" name={_attribute(result.name)}'
        body = "\n".join((result.message, *result.details))
        if result.passed:
            lines += [f"{head}>", f"      <system-out>{_text(body)}</system-out>"]
        else:
            message = _attribute(result.message)
            lines += [f"{head}>", f'      <failure type="gate" message={message}>{_text(body)}']
            lines[-1] += "</failure>"
        lines.append("    </testcase>")
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _attribute(text: str) -> str:
    return quoteattr(_UNLAWFUL.sub("�", text), {"\n": "&#10;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(_UNLAWFUL.sub("�", text))
