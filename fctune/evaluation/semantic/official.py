"""The equality of values of BFCL's official checker, for the metrics of arguments in its mode.

Input: one accepted value and the value given. Output: a truth. The verdict on a case is that of
`fctune.evaluation.bfcl`, which judges all answers of a parameter at once; here each is judged
alone. Source of the rules: bfcl-eval 2026.3.23, `ast_checker.py`: texts without spaces and the
marks ,./-_*^ in lower case, exact types, and whole numbers for `float` at the top level only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fctune.evaluation.matching.match import Place

_REAL = ("float", "number")
_REMOVED = str.maketrans({**dict.fromkeys(" ,./-_*^"), "'": '"'})


@dataclass(frozen=True, slots=True)
class BfclRules:
    """Compares as the official checker does.

    Attributes:
        underscore_to_dot: dots of gold names become underscores, as servers demand.
    """

    underscore_to_dot: bool = False

    def same_name(self, gold: str, predicted: str) -> bool:
        """Tell whether a name is the gold one, as the model's configuration writes it."""
        if gold == predicted:
            return True  # as written, or taken back to the listed name before
        return self.underscore_to_dot and predicted == gold.replace(".", "_")

    def equal(self, place: Place, gold: Any, predicted: Any) -> bool:
        """Tell whether a value is one accepted value."""
        declared = place.schema.get("type") if hasattr(place.schema, "get") else None
        if declared in _REAL and type(predicted) is int:
            predicted = float(predicted)
            gold = float(gold) if type(gold) is int else gold
        if isinstance(gold, str) and isinstance(predicted, str):
            return bool(normal(gold) == normal(predicted))
        if isinstance(gold, dict) and isinstance(predicted, dict):
            return gold.keys() == predicted.keys() and all(
                normal(value) == normal(predicted[key]) for key, value in gold.items()
            )
        if isinstance(gold, list) and isinstance(predicted, list):
            # Element types count one level deep: [1] is no [1.0].
            return [(type(one), normal(one)) for one in gold] == [
                (type(one), normal(one)) for one in predicted
            ]
        return type(gold) is type(predicted) and bool(gold == predicted)

    def omittable(self, place: Place, gold: Any) -> bool:
        """Tell whether the argument may be left out: only the case's answers say so."""
        return False

    def addable(self, place: Place, predicted: Any) -> bool:
        """Tell whether the argument may be given: only the case's answers say so."""
        return False


def normal(value: Any) -> Any:
    """Return a text as the checker compares it; other values as they are."""
    return value.translate(_REMOVED).lower() if isinstance(value, str) else value
