"""Plans: what a sequence of roles says of a row, worked out once for all rows that share it.

Input: ShareGPT roles, or steps such as `u`, `c2`, `r2`, `m`. Output: a Plan, or None where the
sequence is not lawful as it stands, so that the row takes the full way.

Before: ("human", "function_call", "observation", "gpt")
After:  Plan(shape="uc1r1m", users=(0,), calls=(1,), models=(3,), lesson="call", ...)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_ROLE_NAMES = {
    **dict.fromkeys(("human", "user"), "u"),
    **dict.fromkeys(("gpt", "assistant", "model", "bot", "chatgpt"), "m"),
    **dict.fromkeys(("function_call", "function-call", "tool_call", "tool_calls"), "c"),
    **dict.fromkeys(
        (
            "observation", "tool", "function", "function_response", "function-response",
            "tool_response", "ipython",
        ),
        "r",
    ),
    **dict.fromkeys(("system", "developer"), "s"),
}  # fmt: skip
_WRITTEN = {"u": "human", "m": "gpt", "c": "function_call", "r": "observation"}
_FOLLOWERS = {"": "u", "u": "mc", "m": "u", "c": "r", "r": "mc"}
_MAX_PLANS = 4096
_MAX_TURNS = 200


@dataclass(slots=True)
class Plan:
    """What a shape says of the texts of a row; rows share few shapes.

    Attributes:
        shape: as `fctune.conversations.identity.number_of_items` has it.
        names: the roles of the dataset row.
        same: the row has these roles already, and nothing else.
        head: 1 where a system turn comes first.
        users, models, calls: the places of user texts, of words of the model, of calling turns.
        counts: how many calls each calling turn has.
        asks: the places of the model's words before its first call.
        idle: the places of the model's words to which no call of their exchange leads.
        lesson: `call`, `multi_turn` or `parallel`; "" without calls.
        decides: how many calls the first model turn has.
        zeros: how many zeros stand within its texts.
        merges: results of one turn stand in several messages.
    """

    shape: str
    names: tuple[str, ...]
    same: bool
    head: int
    users: tuple[int, ...]
    models: tuple[int, ...]
    calls: tuple[int, ...]
    counts: tuple[int, ...]
    asks: tuple[int, ...]
    idle: tuple[int, ...]
    lesson: str
    decides: int
    zeros: int
    merges: bool


class PlanTable:
    """The plans met so far, bounded."""

    def __init__(self) -> None:
        """Start empty."""
        self._plans: dict[Any, Plan | None] = {}

    def of_roles(self, roles: tuple[Any, ...]) -> Plan | None:
        """Return the plan of a sequence of ShareGPT roles; None where it is not lawful.

        Raises:
            TypeError: a role is no text.
        """
        try:
            return self._plans[roles]
        except KeyError:
            kinds = [_ROLE_NAMES.get(role, "x") for role in roles]
            head = int(kinds[:1] == ["s"])
            steps = [kind + ("1" if kind in "cr" else "") for kind in kinds[head:]]
            return self._keep(roles, _plan_of(steps, roles, head))

    def of_steps(self, steps: tuple[str, ...]) -> Plan | None:
        """Return the plan of steps such as `u`, `c2`, `r2`, `m`; None where it is not lawful."""
        try:
            return self._plans[steps]
        except KeyError:
            return self._keep(steps, _plan_of(list(steps), (), 0))

    def _keep(self, key: tuple[str, ...], plan: Plan | None) -> Plan | None:
        if len(self._plans) >= _MAX_PLANS:
            self._plans.clear()
        self._plans[key] = plan if len(key) <= _MAX_TURNS else None
        return self._plans[key]


def _plan_of(steps: list[str], roles: tuple[str, ...], head: int) -> Plan | None:
    kinds = "".join(step[0] for step in steps)
    pairs = zip(("", *kinds), kinds, strict=False)
    if kinds[-1:] not in ("m", "c") or any(kind not in _FOLLOWERS[one] for one, kind in pairs):
        return None
    names = tuple(_WRITTEN[kind] for kind in kinds)
    calls = _places(kinds, "c")
    counts = tuple(int(steps[place][1:]) for place in calls)
    models = _places(kinds, "m")
    exchanges = sum("c" in part for part in kinds.split("u"))
    lesson = "parallel" if max(counts, default=0) > 1 else "call"
    return Plan(
        shape="".join(steps),
        names=names,
        same=not head and names == roles,
        head=head,
        users=_places(kinds, "u"),
        models=models,
        calls=calls,
        counts=counts,
        asks=tuple(place for place in models if calls and place < calls[0]),
        idle=tuple(place for place in models if "c" not in kinds[:place].rpartition("u")[2]),
        lesson=("multi_turn" if lesson == "call" and exchanges > 1 else lesson) if calls else "",
        decides=counts[0] if kinds[1] == "c" else 0,
        zeros=sum(map(_zeros, steps)),
        merges=any(step[0] == "r" and step != "r1" for step in steps),
    )


def _zeros(step: str) -> int:
    count = int(step[1:] or 0)
    return {"c": count, "r": count - 1}.get(step[0], 0)


def _places(kinds: str, kind: str) -> tuple[int, ...]:
    return tuple(index for index, found in enumerate(kinds) if found == kind)
