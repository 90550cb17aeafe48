"""`fctune inspect --rejected`, and of a file of rejects: the refused rows, with reason and hint.

Input: a Place with rejected rows, and a Selection. Output: text or JSON on stdout.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from fctune.cli.output import out
from fctune.dataset.amounts import amount
from fctune.dataset.inspect.rejected import has_code
from fctune.errors import InputFault, UsageFault

if TYPE_CHECKING:
    from fctune.dataset.inspect.place import Place
    from fctune.dataset.inspect.select import Selection


def check_rejected(place: Place, others: Mapping[str, object]) -> None:
    """Refuse options that do not choose among rejected rows: they would be left unread.

    Args:
        place: the dataset.
        others: option to value, of the options that are meant for rows that were kept.

    Raises:
        UsageFault: such an option was given.
        InputFault: the dataset has rejected rows and no file of them.
    """
    given = ", ".join(option for option, value in others.items() if value)
    if given:
        kept = "leave out --rejected" if place.parts else "name the dataset, not its rejects"
        raise UsageFault(
            f"got {given} with rejected rows, which only --code, --grep and --sample choose",
            hint=f"leave out {given}; or, for rows that were kept, {kept}",
        )
    if place.rejects is None and place.manifest.get("rejected") != 0:
        where = place.folder / f"{place.name}.rejects.jsonl"
        raise InputFault(
            "it has no file of rejected rows", where=str(where), hint="fctune prepare writes it"
        )


def show_rejected(place: Place, wanted: Selection, *, limit: int, json: bool) -> None:
    """Print the rejected rows that are asked for.

    Args:
        place: the dataset; without a file of rejects it has none.
        wanted: code, search and sample choose.
        limit: the most rows; 0 shows all.
        json: print one JSON object.

    Raises:
        InputFault: the file cannot be read, or a line of it is no reject.
    """
    from fctune.cli.inspect_rows import print_rejected, rejected_document
    from fctune.dataset.inspect.select import selected_rejected

    found = iter(()) if place.rejects is None else selected_rejected(place.rejects, wanted)
    most = None if wanted.sample or not limit else limit
    shown: list[dict[str, Any]] = []
    for row in islice(found, most):
        shown.append(rejected_document(row))
        if not json:
            print_rejected(row)
    if json:
        out.json({"dataset": place.name, "rejected": shown})
    if most is not None and len(shown) == most and next(found, None) is not None:
        rows = amount(most, "row")
        out.note(f"{rows} shown, there are more: --limit 0 shows all, --sample N draws some")
    elif not shown:
        out.note(_none_fits(place, wanted))


def _none_fits(place: Place, wanted: Selection) -> str:
    """Say that there is no such row, and where rows with that code or those words may be."""
    codes: Mapping[str, int] = place.manifest.get("rejects_by_code") or {}
    if not wanted.code and wanted.search is None:
        return "no row was rejected"
    if codes and wanted.code and not any(has_code(code, wanted.code) for code in codes):
        return f"no rejected row fits; they were rejected for {', '.join(codes)}"
    return "no rejected row fits"


def hint_of_rejected(place: Place, code: str, typed: str) -> str:
    """Return what to type where rows with a code were rejected, "" where none was.

    Args:
        place: the dataset.
        code: the code, or a family such as `call-*`.
        typed: how the user named the dataset.
    """
    codes: Mapping[str, int] = place.manifest.get("rejects_by_code") or {}
    if not code or place.rejects is None or not any(has_code(known, code) for known in codes):
        return ""
    see = f"fctune inspect {typed} --rejected --code {shlex.quote(code)}"
    return f"rows with it were rejected: {see}"
