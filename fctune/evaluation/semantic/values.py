"""The rules of the mode `semantic`: values that mean the same are equal.

Input: values with the schema of their place, and Comparators. Output: truths; see Rules of
`fctune.evaluation.matching.match`. Where the file names no comparator, the schema chooses: numbers
by value, dates and times by the instant, texts by their normal form, ids and choices letter by
letter, lists in order and `uniqueItems` in any order, objects key by key. Types still count: "5" is
not 5, since the tool would refuse it. An argument that equals its default may be left out, and the
reverse.

Before: gold {"city": "Oslo", "days": 3}, predicted {"city": "oslo ", "days": 3.0, "units": "C"}
After:  equal, where the schema says that `units` is "C" by default
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from fctune.evaluation.matching.assignment import best_assignment
from fctune.evaluation.matching.equality import equal_values, is_number, property_of
from fctune.evaluation.matching.match import Place
from fctune.evaluation.semantic.comparators import AUTO, Comparator, Comparators
from fctune.evaluation.semantic.dates import equal_moments, read_moment, read_zone
from fctune.evaluation.semantic.numbers import equal_numbers, number_in
from fctune.evaluation.semantic.schema import (
    MISSING,
    default_of,
    form_of,
    is_date,
    is_exact,
    is_required,
)
from fctune.evaluation.semantic.text import is_code_like, normal_text

_MAX_REGEX_TEXT = 10_000
_MAX_SET = 200


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place inside a call: the path in dots, the schema there, and the schema of the call."""

    tool: str
    path: str
    schema: Any
    root: Any

    def key(self, name: str, schema: Any) -> _Spot:
        """Return the spot of a key of the object that stands here."""
        return _Spot(self.tool, f"{self.path}.{name}", property_of(schema, name), self.root)

    def item(self, schema: Any) -> _Spot:
        """Return the spot of the items of the list that stands here."""
        items = schema.get("items") if hasattr(schema, "get") else None
        return _Spot(self.tool, f"{self.path}[]", items, self.root)

    @property
    def name(self) -> str:
        """The last name of the path; items have that of their list."""
        return self.path.replace("[]", "").rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Semantic:
    """Compares by meaning.

    Attributes:
        comparators: of the arguments that the file names.
    """

    comparators: Comparators = field(default_factory=Comparators)

    def same_name(self, gold: str, predicted: str) -> bool:
        """Tell whether two names are of one tool: letter by letter."""
        return gold == predicted

    def equal(self, place: Place, gold: Any, predicted: Any) -> bool:
        """Tell whether two values of an argument mean the same."""
        return self._equal(_spot(place), gold, predicted)

    def omittable(self, place: Place, gold: Any) -> bool:
        """Tell whether the argument may be left out: it is ignored, or has its default."""
        return self._free(_spot(place), gold, required=is_required(place.tool_schema, place.name))

    def addable(self, place: Place, predicted: Any) -> bool:
        """Tell whether the argument may be given: it is ignored, or has its default."""
        return self._free(_spot(place), predicted, required=False)

    def _free(self, spot: _Spot, value: Any, *, required: bool) -> bool:
        if self.comparators.of(spot.tool, spot.path).omittable:
            return True
        default = default_of(spot.schema, spot.root)
        return not required and default is not MISSING and self._equal(spot, default, value)

    def _equal(self, spot: _Spot, gold: Any, predicted: Any, given: Comparator = AUTO) -> bool:
        how = self.comparators.of(spot.tool, spot.path)
        if how is AUTO:
            how = given
        if how.name == "ignore":
            return True
        if how.name == "exact":
            return equal_values(gold, predicted, spot.schema)
        if how.name == "regex":
            return _matches(predicted, how)
        if how.name == "set" and isinstance(gold, list) and isinstance(predicted, list):
            return self._same_set(spot, gold, predicted, how)
        if how.name == "list" and isinstance(gold, list) and isinstance(predicted, list):
            return self._same_list(spot, gold, predicted, how)
        if how.name in _PLAIN:
            return bool(_PLAIN[how.name](gold, predicted, how.options))
        return self._by_schema(spot, gold, predicted)

    def _by_schema(self, spot: _Spot, gold: Any, predicted: Any) -> bool:
        form = form_of(spot.schema, gold, spot.root)
        if isinstance(gold, dict) and isinstance(predicted, dict):
            return self._same_object(spot, form, gold, predicted)
        if isinstance(gold, list) and isinstance(predicted, list):
            unordered = form.get("uniqueItems") is True or form.get("type") == "set"
            same = self._same_set if unordered else self._same_list
            return same(spot, gold, predicted, AUTO)
        if is_number(gold) and is_number(predicted):
            listed = "enum" in form or "const" in form
            return bool(gold == predicted) if listed else equal_numbers(gold, predicted)
        if isinstance(gold, str) and isinstance(predicted, str):
            return _same_text(form, spot.name, gold, predicted)
        return type(gold) is type(predicted) and bool(gold == predicted)

    def _same_object(
        self, spot: _Spot, form: Any, gold: dict[str, Any], predicted: dict[str, Any]
    ) -> bool:
        for name, value in gold.items():
            inner = spot.key(name, form)
            if name in predicted:
                if not self._equal(inner, value, predicted[name]):
                    return False
            elif not self._free(inner, value, required=is_required(form, name)):
                return False
        return all(
            self._free(spot.key(name, form), value, required=False)
            for name, value in predicted.items()
            if name not in gold
        )

    def _same_list(
        self, spot: _Spot, gold: list[Any], predicted: list[Any], how: Comparator
    ) -> bool:
        inner = spot.item(form_of(spot.schema, gold, spot.root))
        return len(gold) == len(predicted) and all(
            self._equal(inner, one, other, how.items or AUTO)
            for one, other in zip(gold, predicted, strict=True)
        )

    def _same_set(
        self, spot: _Spot, gold: list[Any], predicted: list[Any], how: Comparator
    ) -> bool:
        """Tell whether each item has a partner of its own, or any partner where `duplicates`."""
        if max(len(gold), len(predicted)) > _MAX_SET:
            return _same_keys(gold, predicted, once=bool(how.options.get("duplicates")))
        inner = spot.item(form_of(spot.schema, gold, spot.root))
        items = how.items or AUTO
        alike = [[self._equal(inner, one, other, items) for other in predicted] for one in gold]
        if how.options.get("duplicates"):
            covered = all(any(row) for row in alike)
            return covered and all(any(row[at] for row in alike) for at in range(len(predicted)))
        if len(gold) != len(predicted):
            return False
        weights = [[int(same) for same in row] for row in alike]
        chosen = best_assignment(weights)
        return all(at is not None and weights[row][at] for row, at in enumerate(chosen))


def _same_keys(gold: list[Any], predicted: list[Any], *, once: bool) -> bool:
    """Compare long lists by the normal forms of their items, without pairing them."""
    one, other = (Counter(map(_key, items)) for items in (gold, predicted))
    return one.keys() == other.keys() if once else one == other


def _key(value: Any) -> str:
    if isinstance(value, str):
        return f"text {normal_text(value)}"
    return f"number {float(value)}" if is_number(value) else json.dumps(value, sort_keys=True)


def _spot(place: Place) -> _Spot:
    return _Spot(place.tool, place.name, place.schema, place.tool_schema)


def _same_text(form: Any, name: str, gold: str, predicted: str) -> bool:
    """Compare two texts by what the schema and the name of their place say of them."""
    if gold == predicted:
        return True
    if is_exact(form, name) or is_code_like(gold):
        return False
    if normal_text(gold) == normal_text(predicted):
        return True
    loose = is_date(form, name)
    one, other = read_moment(gold, loose=loose), read_moment(predicted, loose=loose)
    return one is not None and other is not None and equal_moments(one, other)


def _texts(gold: Any, predicted: Any, options: Any) -> bool:
    if not (isinstance(gold, str) and isinstance(predicted, str)):
        return equal_values(gold, predicted, None)
    case, punctuation = bool(options.get("case")), bool(options.get("punctuation"))
    one, other = (
        normal_text(text, case=case, punctuation=punctuation) for text in (gold, predicted)
    )
    return one == other


def _numbers(gold: Any, predicted: Any, options: Any) -> bool:
    both = (gold, predicted)
    if options.get("text") or all(isinstance(value, str) for value in both):
        read = [number_in(value) for value in both]
        if None in read:
            return bool(gold == predicted) and type(gold) is type(predicted)
        gold, predicted = read
    rel, absolute = options.get("rel", 0.0), options.get("abs", 0.0)
    if is_number(gold) and is_number(predicted):
        return equal_numbers(gold, predicted, rel=rel, absolute=absolute)
    return type(gold) is type(predicted) and bool(gold == predicted)


def _dates(gold: Any, predicted: Any, options: Any) -> bool:
    if not (isinstance(gold, str) and isinstance(predicted, str)):
        return equal_values(gold, predicted, None)
    order, zone = options.get("order", ""), options.get("zone", "")
    one, other = read_moment(gold, order=order), read_moment(predicted, order=order)
    if one is None or other is None:
        # `tomorrow` is a day too; it equals itself.
        return _texts(gold, predicted, {})
    minutes = read_zone(zone) if zone else None
    return equal_moments(one, other, part=options.get("part", ""), zone=minutes)


def _matches(predicted: Any, how: Comparator) -> bool:
    flags = re.IGNORECASE if how.options.get("ignore_case") else 0
    text = predicted if isinstance(predicted, str) else str(predicted)
    if len(text) > _MAX_REGEX_TEXT:
        return False
    return re.fullmatch(how.options["pattern"], text, flags) is not None


_PLAIN = {"text": _texts, "number": _numbers, "date": _dates}
