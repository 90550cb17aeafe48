"""The kinds of change between two versions of a tool, and what each means for a trained model.

Role: the closed table behind `fctune tools diff`. The impact of a kind follows from two questions.
Would a call that is valid under OLD be refused under NEW? Then it is breaking: the model that was
trained on OLD makes such calls. Can NEW want, or offer, something that the model never saw? Then
the old calls stay good and a new training is advised. Otherwise the change is compatible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Impact(Enum):
    """What a change means for a model that was trained on OLD."""

    COMPATIBLE = "compatible"
    RETRAIN = "retrain"
    BREAKING = "breaking"

    @property
    def rank(self) -> int:
        """Its place in the order compatible, retrain, breaking, from 0."""
        return list(Impact).index(self)


_C, _R, _B = Impact.COMPATIBLE, Impact.RETRAIN, Impact.BREAKING


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change.

    Attributes:
        impact: its class.
        meaning: what it means for a trained model, in one sentence.
    """

    impact: Impact
    meaning: str


KINDS: dict[str, Kind] = {
    "tool-described": Kind(_C, "The prompt reads differently; the calls stay the same."),
    "parameter-described": Kind(_C, "The prompt reads differently; the calls stay the same."),
    "note-changed": Kind(_C, "A title, an example or another note that no call is judged by."),
    "values-reordered": Kind(_C, "The same values in another order."),
    "default-added": Kind(_C, "What happened before where the parameter was left out is now said."),
    "format-hint": Kind(_C, "A hint on the width of numbers; no call is judged by it."),
    "examples-changed": Kind(_C, "Examples serve data and pages; no call is judged by them."),
    "request-changed": Kind(_C, "The HTTP request behind the tool; the model does not see it."),
    "tool-added": Kind(_R, "The model has never seen this tool; it will seldom call it."),
    "tools-reordered": Kind(_R, "The model saw the tools in one order only."),
    "parameter-added": Kind(_R, "The model has never seen this parameter and will leave it out."),
    "parameter-unlisted": Kind(_R, "The model still gives it; nothing says any more what it is."),
    "parameter-optional": Kind(_R, "The model always gives it; it never learned to leave it out."),
    "value-added": Kind(_R, "The model has never used this value."),
    "values-opened": Kind(_R, "The model only knows the values that were listed."),
    "type-widened": Kind(_R, "The model has only given the types of before."),
    "bounds-widened": Kind(_R, "The model has stayed within the bounds of before."),
    "rule-lifted": Kind(_R, "The model has kept to a rule that is no more."),
    "object-opened": Kind(_R, "Other keys are lawful now; the model has never written any."),
    "variant-added": Kind(_R, "The model has never used this form."),
    "default-changed": Kind(_R, "A call that leaves the parameter out now means something else."),
    "returns-changed": Kind(_R, "The results that the model reads have another shape."),
    "tool-removed": Kind(_B, "The model still calls it, and every such call fails."),
    "tool-renamed": Kind(_B, "The model calls the old name; a tool_mapping can translate it."),
    "parameter-removed": Kind(_B, "The model still gives it, and the call is refused."),
    "parameter-renamed": Kind(_B, "The model gives the old name; a tool_mapping can translate it."),
    "parameter-required": Kind(_B, "The model may leave it out, and the call is refused."),
    "required-added": Kind(_B, "The model has never seen it, and a call without it is refused."),
    "type-changed": Kind(_B, "The model gives values of a type that is refused now."),
    "value-removed": Kind(_B, "The model still uses this value, and the call is refused."),
    "values-closed": Kind(_B, "The model may give any value; all but the listed ones are refused."),
    "bounds-narrowed": Kind(_B, "The model may give values that are out of bounds now."),
    "rule-added": Kind(_B, "The model has not learned this rule; calls may break it."),
    "object-closed": Kind(_B, "Keys that were lawful are refused now."),
    "variant-removed": Kind(_B, "The model may use this form, and the call is refused."),
    "schema-changed": Kind(_B, "Whether old calls stay valid cannot be proved; assume the worst."),
    "unknown-change": Kind(_B, "The old schema is not at hand; assume the worst."),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one tool.

    Attributes:
        kind: a key of KINDS.
        tool: name of the tool under OLD, or under NEW where it is added; "" for the catalogue.
        place: the parameter, such as `guests[].name`; "" for the tool as a whole.
        message: what was and what is, in words.
        renamed: for a rename, the new name; else "".
    """

    kind: str
    tool: str
    place: str
    message: str
    renamed: str = ""

    @property
    def impact(self) -> Impact:
        """What the change means for a trained model."""
        return KINDS[self.kind].impact

    def as_dict(self) -> dict[str, Any]:
        """Return the change as a JSON-ready object; `renamed` only where there is a new name."""
        value: dict[str, Any] = {
            "kind": self.kind,
            "impact": self.impact.value,
            "tool": self.tool,
            "place": self.place,
            "message": self.message,
            "meaning": KINDS[self.kind].meaning,
        }
        return {**value, "renamed": self.renamed} if self.renamed else value


def worst(changes: Iterable[Change]) -> Impact | None:
    """Return the gravest impact of changes, None where there are none."""
    return max((change.impact for change in changes), key=lambda impact: impact.rank, default=None)
