"""Figures and texts of a manifest or of results, checked before they are noted.

Input: a value of a JSON file, and the field that it stands in. Output: the value, or an InputFault
that names file, field and value. What no count and no share can be is refused, since the registry
would show it as if it had been measured.

Before: {"value": 0.5, "num": 1, "den": 2}
After:  (0.5, 1, 2)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fctune.errors import InputFault
from fctune.tools.registry.writing import storable_text

MAX_COUNT = 10**9
_MAX_SHOWN = 60
_ROUNDING = 0.005


@dataclass(frozen=True, slots=True)
class Field:
    """A place in a JSON file.

    Attributes:
        file: to name in faults.
        path: of the field, such as `by_tool.track.num`.
    """

    file: Path
    path: str

    def inside(self, name: str | int) -> Field:
        """Return a field within this one."""
        shown = f"[{name}]" if isinstance(name, int) else f".{name}" if self.path else name
        return Field(self.file, self.path + shown)

    def fault(self, value: Any, expected: str) -> InputFault:
        """Return the fault of a value that is not what was expected."""
        shown = ascii(value) if isinstance(value, str) and not storable_text(value) else repr(value)
        shown = shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 3] + "..."
        path = self.path.encode("utf-8", errors="backslashreplace").decode()
        return InputFault(
            f"{path}: got {shown}, expected {expected}",
            where=str(self.file),
            hint="write the file again with fctune prepare, fctune eval or fctune score",
        )


def text_at(field: Field, value: Any) -> str:
    """Return a text that databases hold.

    Raises:
        InputFault: it is none.
    """
    if not isinstance(value, str) or not storable_text(value):
        raise field.fault(value, "text without NUL or half characters")
    return value


def count_at(field: Field, value: Any) -> int:
    """Return a count from 0 to a billion; a float counts where it is whole.

    Raises:
        InputFault: it is none.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= MAX_COUNT or value != int(value):
        raise field.fault(value, f"a count from 0 to {MAX_COUNT}")
    return int(value)


def measurement_at(field: Field, value: Any) -> tuple[float, int, int] | None:
    """Return share, right calls and due calls of a metric; None where no call was due.

    Raises:
        InputFault: it is no metric, or its figures cannot be true together.
    """
    if not isinstance(value, Mapping):
        raise field.fault(value, "{value, num, den}")
    num = count_at(field.inside("num"), value.get("num"))
    den = count_at(field.inside("den"), value.get("den"))
    share, here = value.get("value"), field.inside("value")
    if share is None and den == 0:
        return None
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        raise here.fault(share, "a share from 0 to 1")
    if num > den:
        raise field.inside("num").fault(num, f"at most den, which is {den}")
    if den and abs(share - num / den) > _ROUNDING:
        raise here.fault(share, f"num / den, which is {num}/{den}")
    return float(share), num, den
