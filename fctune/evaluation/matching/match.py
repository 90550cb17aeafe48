"""Matching of predicted calls with the calls of the gold answer, by the equality of a mode.

Input: gold calls, predicted calls, their catalogue, what else is accepted, and Rules that say when
two values are equal. Output: CallMatch, which pairs calls of one name so that as many arguments as
possible are right, whatever the order of parallel calls. Nothing raises, whatever the values are.

The strict rules: names exact; strings exact; JSON types exact, so that true is not 1 and "5" is
not 5; 1 equals 1.0 only where the schema says `number`; key order does not count, list order does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

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
        return _exact(self.slots)

    @property
    def right_slots(self) -> int:
        """How many arguments were given with the right value."""
        return _right_slots(self.slots)


class Look(NamedTuple):
    """One argument of two calls that are compared: a Slot without its sentence."""

    place: Place
    in_gold: bool
    in_predicted: bool
    right: bool


def _exact(slots: Iterable[Slot | Look]) -> bool:
    return all(slot.right for slot in slots)


def _right_slots(slots: Iterable[Slot | Look]) -> int:
    return sum(slot.right and slot.in_gold and slot.in_predicted for slot in slots)


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
    # Only the pairs that are taken are written out, with sentences.
    table = [[judge.look(other) for other in predicted] for judge in judges]
    # A right call outweighs any number of right arguments in wrong ones, and a shared name none.
    heavy = 1 + sum(1 + len(call.arguments) for call in gold)
    weights = [[_weight(seen, heavy) for seen in row] for row in table]
    pairs: list[Pair] = []
    taken: set[int] = set()
    missing: list[ToolCall] = []
    for row, column in enumerate(best_assignment(weights)):
        seen = table[row][column] if column is not None else None
        if seen is None or column is None:
            missing.append(gold[row])
        else:
            pairs.append(judges[row].pair(predicted[column], seen))
            taken.add(column)
    extra = tuple(call for index, call in enumerate(predicted) if index not in taken)
    return CallMatch(tuple(pairs), tuple(missing), extra)


def _weight(seen: Seen | None, heavy: int) -> int:
    """Return the worth of a pair: one for the name, one for each right argument, more if exact."""
    if seen is None:
        return 0
    return 1 + _right_slots(seen) + heavy * _exact(seen)


_ONLY_ITSELF = Accepted({})
Seen = list[Look]


class _Judge:
    """Compares calls with one gold call."""

    def __init__(
        self, gold: ToolCall, catalog: ToolCatalog, beside: Accepted, rules: Rules
    ) -> None:
        self._gold, self._beside, self._rules = gold, beside, rules
        spec = catalog.get(gold.name)
        self._schema = spec.parameters if spec else {}
        self._places = [self._place(name) for name in gold.arguments]

    def look(self, predicted: ToolCall) -> Seen | None:
        """Compare both calls argument by argument; None where the names differ."""
        gold, given = self._gold.arguments, predicted.arguments
        if not self._rules.same_name(self._gold.name, predicted.name):
            return None
        added = [self._place(name) for name in given if name not in gold]
        return [
            Look(place, place.name in gold, place.name in given, self._right(place, given))
            for place in (*self._places, *added)
        ]

    def pair(self, predicted: ToolCall, seen: Seen) -> Pair:
        """Return both calls with what was seen of each argument in words."""
        slots = []
        for place, in_gold, given, right in seen:
            message = "" if right else self._sentence(place.name, predicted)
            slots.append(Slot(place.name, in_gold, given, right, message))
        return Pair(self._gold, predicted, tuple(slots))

    def _place(self, name: str) -> Place:
        return Place(self._gold.name, name, property_of(self._schema, name), self._schema)

    def _right(self, place: Place, given: Mapping[str, Any]) -> bool:
        """Tell whether an argument is right, or lawfully given on one side only."""
        name, gold, rules = place.name, self._gold.arguments, self._rules
        if name not in given:
            return name in self._beside.omittable or _told(rules.omittable, place, gold[name])
        right = any(_told(rules.equal, place, value, given[name]) for value in self._choices(name))
        return right or (name not in gold and _told(rules.addable, place, given[name]))

    def _sentence(self, name: str, predicted: ToolCall) -> str:
        """Say what is wrong with an argument."""
        gold, given = self._gold.arguments, predicted.arguments
        if name not in given:
            return f"missing, expected {shown(gold[name])}"
        choices = self._choices(name)
        return f"got {shown(given[name])}, expected {_one_of(choices) if choices else 'no value'}"

    def _choices(self, name: str) -> tuple[Any, ...]:
        """Return the accepted values of a parameter, that of the gold call first."""
        gold = self._gold.arguments
        own = (gold[name],) if name in gold else ()
        return (*own, *self._beside.values.get(name, ()))


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
