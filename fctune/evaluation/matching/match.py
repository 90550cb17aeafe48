"""Matching of predicted calls with the calls of the gold answer, by the equality of a mode.

Input: gold calls, predicted calls, their catalogue, what else is accepted, and Rules that say when
two values are equal. Output: CallMatch, which pairs calls of one name so that as many arguments as
possible are right, whatever the order of parallel calls. Nothing raises, whatever the values are.

The strict rules: names exact; strings exact; JSON types exact, so that true is not 1 and "5" is
not 5; 1 equals 1.0 only where the schema says `number`; key order does not count, list order does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fctune.evaluation.cases.case_set import Accepted
from fctune.evaluation.matching.assignment import best_assignment
from fctune.evaluation.matching.equality import equal_values, property_of, shown
from fctune.tools.spec import ToolCall, ToolCatalog

__all__ = ["STRICT", "CallMatch", "Pair", "Place", "Rules", "Slot", "best_assignment",
           "equal_values", "match_calls", "shown"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where an argument stands, which decides how it is compared.

    Attributes:
        tool: the tool's name, as the gold call has it.
        name: the parameter.
        schema: the schema of the parameter; None where there is none.
        tool_schema: the schema of the whole call.
    """

    tool: str
    name: str
    schema: Any = None
    tool_schema: Any = None


class Rules(Protocol):
    """When a call is right: the equality of one mode. Its methods may raise; callers guard."""

    def same_name(self, gold: str, predicted: str) -> bool:
        """Tell whether two names are of one tool."""

    def equal(self, place: Place, gold: Any, predicted: Any) -> bool:
        """Tell whether the predicted value is right."""

    def omittable(self, place: Place, gold: Any) -> bool:
        """Tell whether an argument of this gold value may be left out."""

    def addable(self, place: Place, predicted: Any) -> bool:
        """Tell whether an argument of this value may be given where the gold call has none."""


class _Strict:
    """The rules of the mode `strict`."""

    def same_name(self, gold: str, predicted: str) -> bool:
        return gold == predicted

    def equal(self, place: Place, gold: Any, predicted: Any) -> bool:
        return equal_values(gold, predicted, place.schema)

    def omittable(self, place: Place, gold: Any) -> bool:
        return False

    def addable(self, place: Place, predicted: Any) -> bool:
        return False


STRICT: Rules = _Strict()


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument of a pair of calls.

    Attributes:
        name: the parameter.
        in_gold: the gold call gives it.
        in_predicted: the predicted call gives it.
        right: both give it, with equal values; or one gives it, and the rules allow that.
        message: what was found and what was expected; "" where it is right.
    """

    name: str
    in_gold: bool
    in_predicted: bool
    right: bool
    message: str = ""

    @property
    def neutral(self) -> bool:
        """Whether it is lawfully given on one side only, and so counts in no metric."""
        return self.right and not (self.in_gold and self.in_predicted)


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold call and the predicted call of the same name that stands for it."""

    gold: ToolCall
    predicted: ToolCall
    slots: tuple[Slot, ...]

    @property
    def exact(self) -> bool:
        """Whether every argument is right and none is missing or extra."""
        return all(slot.right for slot in self.slots)

    @property
    def right_slots(self) -> int:
        """How many arguments were given with the right value."""
        return sum(slot.right and not slot.neutral for slot in self.slots)


@dataclass(frozen=True, slots=True)
class CallMatch:
    """All gold and predicted calls of one turn, paired.

    Attributes:
        pairs: in the order of the gold calls.
        missing: gold calls without a partner.
        extra: predicted calls without a partner.
    """

    pairs: tuple[Pair, ...]
    missing: tuple[ToolCall, ...]
    extra: tuple[ToolCall, ...]

    @property
    def exact(self) -> bool:
        """Whether the predicted calls are the gold calls, in any order."""
        return not self.missing and not self.extra and all(pair.exact for pair in self.pairs)

    @property
    def right_slots(self) -> int:
        """How many arguments were given with the right value."""
        return sum(pair.right_slots for pair in self.pairs)

    @property
    def gold_slots(self) -> int:
        """How many arguments were due; those lawfully left out are not."""
        paired = sum(_counted(pair, "in_gold") for pair in self.pairs)
        return paired + sum(len(call.arguments) for call in self.missing)

    @property
    def predicted_slots(self) -> int:
        """How many arguments were given; those lawfully added do not count."""
        paired = sum(_counted(pair, "in_predicted") for pair in self.pairs)
        return paired + sum(len(call.arguments) for call in self.extra)


def _counted(pair: Pair, side: str) -> int:
    return sum(getattr(slot, side) and not slot.neutral for slot in pair.slots)


def match_calls(
    gold: Sequence[ToolCall],
    predicted: Sequence[ToolCall],
    catalog: ToolCatalog,
    accepted: Sequence[Accepted] = (),
    rules: Rules = STRICT,
) -> CallMatch:
    """Pair gold and predicted calls of equal names with the most right arguments in total.

    Args:
        gold: the calls of the true turn.
        predicted: the calls made.
        catalog: the tools, whose schemas say what type a value has.
        accepted: for each gold call, in their order, what else is right; may be empty.
        rules: when names and values are equal.

    >>> gold = [ToolCall("f", {"n": 1}), ToolCall("f", {"n": 2})]
    >>> match_calls(gold, gold[::-1], ToolCatalog()).exact
    True
    """
    beside = [*accepted[: len(gold)], *[_ONLY_ITSELF] * (len(gold) - len(accepted))]
    judges = [_Judge(call, catalog, extra, rules) for call, extra in zip(gold, beside, strict=True)]
    table = [[judge.pair(other) for other in predicted] for judge in judges]
    # A right call outweighs any number of right arguments in wrong ones, and a shared name none.
    heavy = 1 + sum(1 + len(call.arguments) for call in gold)
    weights = [[_weight(pair, heavy) for pair in row] for row in table]
    pairs: list[Pair] = []
    taken: set[int] = set()
    missing: list[ToolCall] = []
    for row, column in enumerate(best_assignment(weights)):
        found = table[row][column] if column is not None else None
        if found is None or column is None:
            missing.append(gold[row])
        else:
            pairs.append(found)
            taken.add(column)
    extra = tuple(call for index, call in enumerate(predicted) if index not in taken)
    return CallMatch(tuple(pairs), tuple(missing), extra)


def _weight(pair: Pair | None, heavy: int) -> int:
    """Return the worth of a pair: one for the name, one for each right argument, more if exact."""
    return 0 if pair is None else 1 + pair.right_slots + heavy * pair.exact


_ONLY_ITSELF = Accepted({})


@dataclass(frozen=True, slots=True)
class _Judge:
    """Compares calls with one gold call."""

    gold: ToolCall
    catalog: ToolCatalog
    beside: Accepted
    rules: Rules

    def pair(self, predicted: ToolCall) -> Pair | None:
        """Return both calls argument by argument, or None where the names differ."""
        gold = self.gold
        if not self.rules.same_name(gold.name, predicted.name):
            return None
        spec = self.catalog.get(gold.name)
        schema = spec.parameters if spec else {}
        added = (name for name in predicted.arguments if name not in gold.arguments)
        slots = tuple(
            self._slot(Place(gold.name, name, property_of(schema, name), schema), predicted)
            for name in (*gold.arguments, *added)
        )
        return Pair(gold, predicted, slots)

    def _slot(self, place: Place, predicted: ToolCall) -> Slot:
        name, gold, given = place.name, self.gold.arguments, predicted.arguments
        if name not in given:
            free = name in self.beside.omittable or _told(self.rules.omittable, place, gold[name])
            message = "" if free else f"missing, expected {shown(gold[name])}"
            return Slot(name, True, False, free, message)
        choices = self._choices(name)
        right = any(_told(self.rules.equal, place, value, given[name]) for value in choices)
        if name not in gold:
            free = right or _told(self.rules.addable, place, given[name])
            wanted = _one_of(choices) if choices else "no value"
            message = "" if free else f"got {shown(given[name])}, expected {wanted}"
            return Slot(name, False, True, free, message)
        message = "" if right else f"got {shown(given[name])}, expected {_one_of(choices)}"
        return Slot(name, True, True, right, message)

    def _choices(self, name: str) -> tuple[Any, ...]:
        """Return the accepted values of a parameter, that of the gold call first."""
        own = (self.gold.arguments[name],) if name in self.gold.arguments else ()
        return (*own, *self.beside.values.get(name, ()))


def _told(rule: Any, *values: Any) -> bool:
    """Return what a rule says; what it cannot judge, such as a bottomless value, is not right."""
    try:
        return bool(rule(*values))
    except Exception:  # noqa: BLE001 - a strange value is wrong, and no fault of the run
        return False


def _one_of(choices: Sequence[Any]) -> str:
    """Return accepted values for a sentence, each once."""
    texts = list(dict.fromkeys(shown(value) for value in choices))
    return texts[0] if len(texts) == 1 else f"one of {', '.join(texts[:4])}"
