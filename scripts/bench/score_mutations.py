"""Changes to right predictions of BFCL items: what models do wrong, and what only looks wrong.

Input: an item with its possible answers. Output: named changes of a right prediction, as many as
apply, drawn by seed. `scripts/bench/score.py` gives them to the official checker and to fctune.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from score_literals import respelled, spelled

Calls = list[dict[str, Any]]
Change = Callable[["Item", random.Random], Calls | None]
_ODD = (
    None, True, False, 0, 1, -1, 5, 5.0, 0.5, "", " ", "-", "...", "5", "true", "null", [], {},
    [[]], [""], [None], [1, "a"], [{}], {"a": 1}, {"": ""}, "x", "dontcare", "\t", "\u00a0", 10**20,
    1e308,
)  # fmt: skip


class Item:
    """One item: tools, gold answers, a right prediction and the schemas of its arguments."""

    def __init__(self, key: str, category: str, tools: list[Any], answer: list[Any]) -> None:
        self.key, self.category, self.tools, self.answer = key, category, tools, answer
        self.right = [
            {"name": name, "arguments": _first(accepted)}
            for gold in answer
            for name, accepted in gold.items()
        ]

    def gold(self, call: int) -> dict[str, Any]:
        """Return the accepted values of a gold call."""
        return next(iter(self.answer[call].values()))

    def tool(self, call: int) -> dict[str, Any]:
        """Return the parameters of a gold call's tool."""
        name = next(iter(self.answer[call]))
        found = next((tool for tool in self.tools if tool["name"] == name), self.tools[0])
        return found["parameters"]

    def schema(self, call: int, key: str) -> dict[str, Any]:
        """Return the schema of an argument."""
        return self.tool(call).get("properties", {}).get(key, {})


def _first(accepted: dict[str, Any]) -> dict[str, Any]:
    """Return the first accepted values, without what may be left out."""
    return {
        key: _plain(values[0])
        for key, values in accepted.items()
        if isinstance(values, list) and values and values[0] != ""
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _plain(values[0]) if isinstance(values, list) else values
            for key, values in value.items()
            if not (isinstance(values, list) and (not values or values[0] == ""))
        }
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def every_change(item: Item, rng: random.Random) -> Iterator[tuple[str, Calls]]:
    """Yield each kind of change that applies to an item, once."""
    for kind, change in CHANGES.items():
        made = change(item, rng)
        if made is not None:
            yield kind, made
    kinds = list(CHANGES)
    for size in (2, 3):  # several changes at once
        mixed = Item(item.key, item.category, item.tools, item.answer)
        for kind in rng.sample(kinds, size):
            made = CHANGES[kind](mixed, rng)
            if made is not None and len(made) == len(item.answer) and _whole(made):
                mixed.right = made
        yield f"combined_{size}", mixed.right


def _whole(calls: Calls) -> bool:
    return all(
        isinstance(call, dict) and _text(call["name"]) and isinstance(call["arguments"], dict)
        for call in calls
    )


def _on_value(matches: Callable[[Any], bool], change: Callable[..., Any]) -> Change:
    """Return a change of one argument whose value matches."""

    def changed(item: Item, rng: random.Random) -> Calls | None:
        places = [
            (index, key)
            for index, call in enumerate(item.right)
            for key, value in call["arguments"].items()
            if matches(value)
        ]
        if not places:
            return None
        calls = copy.deepcopy(item.right)
        index, key = rng.choice(places)
        old = calls[index]["arguments"][key]
        calls[index]["arguments"][key] = change(old, rng)
        return calls

    return changed


def _on_item(matches: Callable[[Any], bool], change: Callable[..., Any]) -> Change:
    """Return a change of one item of a list."""

    def inside(values: list[Any], rng: random.Random) -> list[Any]:
        place = rng.choice([i for i, value in enumerate(values) if matches(value)])
        return [*values[:place], change(values[place], rng), *values[place + 1 :]]

    return _on_value(lambda v: isinstance(v, list) and any(map(matches, v)), inside)


def _on_member(matches: Callable[[Any], bool], change: Callable[..., Any]) -> Change:
    """Return a change of one member of an object, or of an object in a list."""

    def inside(value: Any, rng: random.Random) -> Any:
        if isinstance(value, list):
            place = rng.choice([i for i, v in enumerate(value) if has(v)])
            return [*value[:place], inside(value[place], rng), *value[place + 1 :]]
        key = rng.choice([key for key, member in value.items() if matches(member)])
        return {**value, key: change(value[key], rng)}

    def has(value: Any) -> bool:
        return isinstance(value, dict) and any(map(matches, value.values()))

    return _on_value(lambda v: has(v) or (isinstance(v, list) and any(map(has, v))), inside)


def _on_object(change: Callable[..., Any]) -> Change:
    """Return a change of an object, or of an object in a list."""

    def inside(value: Any, rng: random.Random) -> Any:
        if isinstance(value, dict):
            return change(value, rng)
        place = rng.choice([i for i, v in enumerate(value) if isinstance(v, dict)])
        return [*value[:place], change(value[place], rng), *value[place + 1 :]]

    return _on_value(
        lambda v: (
            isinstance(v, dict)
            or (isinstance(v, list) and any(isinstance(item, dict) for item in v))
        ),
        inside,
    )


def _on_calls(change: Callable[[Calls, Item, random.Random], Calls | None]) -> Change:
    """Return a change of the list of calls."""

    def changed(item: Item, rng: random.Random) -> Calls | None:
        return change(copy.deepcopy(item.right), item, rng) if item.right else None

    return changed


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _words(value: Any) -> bool:
    return isinstance(value, str) and len(value) > 1


def _integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _float(value: Any) -> bool:
    return isinstance(value, float)


def _bool(value: Any) -> bool:
    return isinstance(value, bool)


def _any(value: Any) -> bool:
    return True


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _several(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1


def _inserted(marks: str) -> Callable[[str, random.Random], str]:
    def insert(value: str, rng: random.Random) -> str:
        place = rng.randint(0, len(value))
        return value[:place] + rng.choice(marks) + value[place:]

    return insert


def _shuffled(value: Any, rng: random.Random) -> Any:
    items = list(value.items()) if isinstance(value, dict) else list(value)
    rng.shuffle(items)
    return dict(items) if isinstance(value, dict) else items


def _accent(value: str, rng: random.Random) -> str:
    return value.translate({ord("a"): "á", ord("e"): "é", ord("s"): "ß", ord("i"): "ı"})


def _without(value: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    gone = rng.choice(list(value)) if value else None
    return {key: member for key, member in value.items() if key != gone}


def _another(item: Item, rng: random.Random) -> Calls | None:
    """Put another accepted value in each place."""
    calls = copy.deepcopy(item.right)
    for index, call in enumerate(calls):
        for key, values in item.gold(index).items():
            if isinstance(values, list) and values:
                picked = rng.choice(values)
                if picked == "" and rng.random() < 0.5:
                    call["arguments"].pop(key, None)
                else:
                    call["arguments"][key] = _plain(picked)
    return calls


def _optional(value_of: Callable[[Item, int, str, random.Random], Any]) -> Change:
    """Return a change that gives an argument which may be left out."""

    def changed(item: Item, rng: random.Random) -> Calls | None:
        places = [
            (index, key)
            for index in range(len(item.right))
            for key, values in item.gold(index).items()
            if isinstance(values, list) and "" in values
        ]
        if not places:
            return None
        calls = copy.deepcopy(item.right)
        index, key = rng.choice(places)
        calls[index]["arguments"][key] = value_of(item, index, key, rng)
        return calls

    return changed


def _accepted(item: Item, index: int, key: str, rng: random.Random) -> Any:
    values = [value for value in item.gold(index)[key] if value != ""]
    return _plain(rng.choice(values)) if values else ""


def _all_optional(item: Item, rng: random.Random) -> Calls | None:
    calls = copy.deepcopy(item.right)
    for index, call in enumerate(calls):
        for key, values in item.gold(index).items():
            if isinstance(values, list) and "" in values:
                call["arguments"][key] = _accepted(item, index, key, rng)
    return calls


def _no_optional(item: Item, rng: random.Random) -> Calls | None:
    calls = copy.deepcopy(item.right)
    for index, call in enumerate(calls):
        required = item.tool(index).get("required", [])
        call["arguments"] = {k: v for k, v in call["arguments"].items() if k in required}
    return calls


def _lacking(of_required: bool) -> Change:
    def changed(item: Item, rng: random.Random) -> Calls | None:
        places = [
            (index, key)
            for index, call in enumerate(item.right)
            for key in call["arguments"]
            if (key in item.tool(index).get("required", [])) is of_required
        ]
        if not places:
            return None
        index, key = rng.choice(places)
        calls = copy.deepcopy(item.right)
        del calls[index]["arguments"][key]
        return calls

    return changed


def _schema_parameter(item: Item, rng: random.Random) -> Calls | None:
    """Give a parameter of the schema that the gold answer does not name."""
    for index, call in enumerate(item.right):
        for key, schema in item.tool(index).get("properties", {}).items():
            if key not in item.gold(index):
                calls = copy.deepcopy(item.right)
                calls[index]["arguments"][key] = schema.get("default", call["name"])
                return calls
    return None


def _enum(change: Callable[[str, list[Any], random.Random], Any]) -> Change:
    def changed(item: Item, rng: random.Random) -> Calls | None:
        for index, call in enumerate(item.right):
            for key, value in call["arguments"].items():
                listed = item.schema(index, key).get("enum")
                if isinstance(value, str) and isinstance(listed, list) and listed:
                    calls = copy.deepcopy(item.right)
                    calls[index]["arguments"][key] = change(value, listed, rng)
                    return calls
        return None

    return changed


def _renamed_parameter(calls: Calls, item: Item, rng: random.Random) -> Calls | None:
    call = rng.choice(calls)
    if not call["arguments"]:
        return None
    key = rng.choice(list(call["arguments"]))
    call["arguments"][rng.choice((key.upper(), key + "s", key + " ", ""))] = call["arguments"].pop(
        key
    )
    return calls


def _swapped(calls: Calls, item: Item, rng: random.Random) -> Calls | None:
    call = rng.choice(calls)
    if len(call["arguments"]) < 2:
        return None
    one, other = rng.sample(list(call["arguments"]), 2)
    arguments = call["arguments"]
    arguments[one], arguments[other] = arguments[other], arguments[one]
    return calls


def _crossed(calls: Calls, item: Item, rng: random.Random) -> Calls | None:
    if len(calls) < 2:
        return None
    one, other = rng.sample(range(len(calls)), 2)
    mine, theirs = calls[one]["arguments"], calls[other]["arguments"]
    calls[one]["arguments"], calls[other]["arguments"] = theirs, mine
    return calls


def _one_crossed(calls: Calls, item: Item, rng: random.Random) -> Calls | None:
    if len(calls) < 2:
        return None
    one, other = rng.sample(range(len(calls)), 2)
    shared = sorted(set(calls[one]["arguments"]) & set(calls[other]["arguments"]))
    if not shared:
        return None
    key = rng.choice(shared)
    mine, theirs = calls[one]["arguments"], calls[other]["arguments"]
    mine[key], theirs[key] = theirs[key], mine[key]
    return calls


def _name(change: Callable[[str, Item, random.Random], Any]) -> Change:
    def changed(calls: Calls, item: Item, rng: random.Random) -> Calls | None:
        call = rng.choice(calls)
        call["name"] = change(call["name"], item, rng)
        return calls

    return _on_calls(changed)


def _arguments(change: Callable[[dict[str, Any], random.Random], Any]) -> Change:
    def changed(calls: Calls, item: Item, rng: random.Random) -> Calls | None:
        call = rng.choice(calls)
        call["arguments"] = change(call["arguments"], rng)
        return calls

    return _on_calls(changed)


def _other_tool(name: str, item: Item, rng: random.Random) -> str:
    return str(rng.choice(item.tools)["name"])


def _odd(_: Any, rng: random.Random) -> Any:
    return copy.deepcopy(rng.choice(_ODD))


def _extra_other(calls: Calls, item: Item, rng: random.Random) -> Calls:
    return [*calls, {"name": rng.choice(item.tools)["name"], "arguments": {}}]


def _source_text(
    item: Item, rng: random.Random, *, respelling: float = 0.0, another: bool = False
) -> Calls | None:
    """Write the values as Java and JavaScript have them; for items of those languages alone."""
    language = item.category.removeprefix("simple_")
    if language not in ("java", "javascript"):
        return None
    calls = _another(item, rng) if another else copy.deepcopy(item.right)
    for index, call in enumerate(calls or []):
        for key, value in call["arguments"].items():
            text = spelled(value, item.schema(index, key), language, rng)
            other = rng.random() < respelling
            call["arguments"][key] = respelled(text, rng) if other else text
    return calls


CHANGES: dict[str, Change] = {
    "correct": _on_calls(lambda calls, item, rng: calls),
    "another_accepted_value": _another,
    "optional_given": _optional(_accepted),
    "optional_all_given": _all_optional,
    "optional_all_omitted": _no_optional,
    "optional_not_omittable": _lacking(of_required=False),
    "optional_schema_default": _optional(lambda i, n, k, r: i.schema(n, k).get("default")),
    "optional_empty_text": _optional(lambda i, n, k, r: ""),
    "optional_dropped_marks": _optional(lambda i, n, k, r: r.choice(" ,./-_*^")),
    "optional_empty_list": _optional(lambda i, n, k, r: []),
    "optional_empty_object": _optional(lambda i, n, k, r: {}),
    "optional_null": _optional(lambda i, n, k, r: None),
    "optional_odd": _optional(lambda i, n, k, r: _odd(None, r)),
    "missing_required": _lacking(of_required=True),
    "args_empty_object": _arguments(lambda arguments, rng: {}),
    "args_list": _arguments(lambda arguments, rng: list(arguments.values())),
    "args_text": _arguments(lambda arguments, rng: str(arguments)),
    "args_null": _arguments(lambda arguments, rng: None),
    "args_order": _arguments(_shuffled),
    "args_nested": _arguments(lambda arguments, rng: {"arguments": arguments}),
    "extra_unknown_param": _arguments(lambda arguments, rng: {**arguments, "zz_unknown": 1}),
    "extra_schema_param": _schema_parameter,
    "param_renamed": _on_calls(_renamed_parameter),
    "values_swapped": _on_calls(_swapped),
    "name_case": _name(lambda name, i, r: name.swapcase()),
    "name_space": _name(lambda name, i, r: f" {name}"),
    "name_prefix": _name(lambda name, i, r: f"functions.{name}"),
    "name_typo": _name(lambda name, i, r: name[:-1] + "q"),
    "name_empty": _name(lambda name, i, r: ""),
    "name_null": _name(lambda name, i, r: None),
    "name_dot_to_underscore": _name(lambda name, i, r: name.replace(".", "_")),
    "name_other_tool": _name(_other_tool),
    "names_dot_to_underscore": _on_calls(
        lambda calls, i, r: [{**c, "name": c["name"].replace(".", "_")} for c in calls]
    ),
    "str_upper": _on_value(_text, lambda v, r: v.upper()),
    "str_lower": _on_value(_text, lambda v, r: v.lower()),
    "str_swapcase": _on_value(_text, lambda v, r: v.swapcase()),
    "str_dropped_mark_added": _on_value(_text, _inserted(" ,./-_*^")),
    "str_kept_mark_added": _on_value(_text, _inserted("!?:;()#%&+=@|~<>[]{}\\`$")),
    "str_whitespace_added": _on_value(_text, _inserted("\t\n\r\u00a0\u3000\u200b")),
    "str_quote_added": _on_value(_text, _inserted("'\"’“")),
    "str_marks_dropped": _on_value(_text, lambda v, r: "".join(c for c in v if c.isalnum())),
    "str_quotes_changed": _on_value(
        lambda v: _text(v) and ("'" in v or '"' in v),
        lambda v, r: v.translate({39: '"', 34: "'"}),
    ),
    "str_unicode": _on_value(_text, _accent),
    "str_fullwidth": _on_value(_words, lambda v, r: chr(ord(v[0]) + 0xFEE0) + v[1:]),
    "str_truncated": _on_value(_words, lambda v, r: v[: r.randint(1, len(v) - 1)]),
    "str_extended": _on_value(_text, lambda v, r: v + r.choice((", USA", "x", " ", "."))),
    "str_other_value": _on_value(_text, lambda v, r: "something else"),
    "str_empty": _on_value(_text, lambda v, r: ""),
    "str_to_number": _on_value(_text, lambda v, r: len(v)),
    "str_to_bool": _on_value(_text, lambda v, r: True),
    "str_to_list": _on_value(_text, lambda v, r: [v]),
    "str_to_object": _on_value(_text, lambda v, r: {"value": v}),
    "enum_wrong": _enum(lambda v, listed, r: r.choice(listed)),
    "enum_case": _enum(lambda v, listed, r: v.swapcase()),
    "enum_unknown": _enum(lambda v, listed, r: "zz"),
    "int_off": _on_value(_integer, lambda v, r: v + r.choice((-1, 1, 100))),
    "int_negated": _on_value(_integer, lambda v, r: -v),
    "int_to_float": _on_value(_integer, lambda v, r: float(v)),
    "int_to_text": _on_value(_integer, lambda v, r: str(v)),
    "int_to_bool": _on_value(_integer, lambda v, r: bool(v)),
    "int_huge": _on_value(_integer, lambda v, r: 10**400),
    "float_off": _on_value(_float, lambda v, r: v + r.choice((1e-9, 0.1, -1.0))),
    "float_to_int": _on_value(_float, lambda v, r: int(v)),
    "float_to_text": _on_value(_float, lambda v, r: str(v)),
    "float_odd": _on_value(_float, lambda v, r: r.choice((float("inf"), -0.0, 1e-320))),
    "bool_flipped": _on_value(_bool, lambda v, r: not v),
    "bool_to_int": _on_value(_bool, lambda v, r: int(v)),
    "bool_to_text": _on_value(_bool, lambda v, r: str(v).lower()),
    "null_value": _on_value(_any, lambda v, r: None),
    "odd_value": _on_value(_any, _odd),
    "scalar_to_list": _on_value(lambda v: not isinstance(v, list), lambda v, r: [v]),
    "list_of_list": _on_value(_list, lambda v, r: [v]),
    "list_unwrapped": _on_value(lambda v: _list(v) and bool(v), lambda v, r: v[0]),
    "list_order": _on_value(_several, _shuffled),
    "list_reversed": _on_value(_several, lambda v, r: v[::-1]),
    "list_shorter": _on_value(_list, lambda v, r: v[:-1]),
    "list_longer": _on_value(_list, lambda v, r: [*v, v[-1] if v else "x"]),
    "list_empty": _on_value(_list, lambda v, r: []),
    "list_to_text": _on_value(_list, lambda v, r: ", ".join(map(str, v))),
    "list_to_object": _on_value(_list, lambda v, r: {str(i): x for i, x in enumerate(v)}),
    "item_case": _on_item(_text, lambda v, r: v.swapcase()),
    "item_marks": _on_item(_text, _inserted(" ,./-_*^")),
    "item_kept_marks": _on_item(_text, _inserted("!?\t:;")),
    "item_number_off": _on_item(lambda v: _integer(v) or _float(v), lambda v, r: v + 1),
    "item_int_to_float": _on_item(_integer, lambda v, r: float(v)),
    "item_float_to_int": _on_item(_float, lambda v, r: int(v)),
    "item_to_text": _on_item(_any, lambda v, r: str(v)),
    "item_to_bool": _on_item(_any, lambda v, r: True),
    "item_null": _on_item(_any, lambda v, r: None),
    "item_odd": _on_item(_any, _odd),
    "object_key_order": _on_object(_shuffled),
    "object_key_dropped": _on_object(_without),
    "object_key_added": _on_object(lambda v, r: {**v, "zz": 1}),
    "object_key_case": _on_object(lambda v, r: {key.upper(): m for key, m in v.items()}),
    "object_empty": _on_object(lambda v, r: {}),
    "object_to_text": _on_object(lambda v, r: str(v)),
    "object_to_list": _on_object(lambda v, r: list(v.values())),
    "object_dropped_and_wrong": _on_object(
        lambda v, r: dict.fromkeys(list(v)[1:], "zz"),
    ),
    "member_case": _on_member(_text, lambda v, r: v.swapcase()),
    "member_marks": _on_member(_text, _inserted(" ,./-_*^")),
    "member_kept_marks": _on_member(_text, _inserted("!?\t:;")),
    "member_number_off": _on_member(lambda v: _integer(v) or _float(v), lambda v, r: v + 1),
    "member_int_to_float": _on_member(_integer, lambda v, r: float(v)),
    "member_to_bool": _on_member(_any, lambda v, r: True),
    "member_to_list": _on_member(_any, lambda v, r: [v]),
    "member_odd": _on_member(_any, _odd),
    "call_duplicated": _on_calls(lambda calls, i, r: [*calls, copy.deepcopy(r.choice(calls))]),
    "call_missing": _on_calls(lambda calls, i, r: calls[1:]),
    "call_extra_other": _on_calls(_extra_other),
    "call_replaced": _on_calls(lambda calls, i, r: [*calls[1:], copy.deepcopy(calls[-1])]),
    "calls_reordered": _on_calls(lambda calls, i, r: _shuffled(calls, r)),
    "calls_reversed": _on_calls(lambda calls, i, r: calls[::-1]),
    "calls_crossed": _on_calls(_crossed),
    "calls_one_crossed": _on_calls(_one_crossed),
    "calls_not_objects": _on_calls(lambda calls, i, r: [call["name"] for call in calls]),
    "source_text": _source_text,
    "source_text_other": lambda item, rng: _source_text(item, rng, respelling=1.0),
    "source_text_some_other": lambda item, rng: _source_text(item, rng, respelling=0.3),
    "source_text_another_value": lambda item, rng: _source_text(item, rng, another=True),
    "empty_prediction": lambda item, rng: [],
}


def relevance_changes(item: Item, rng: random.Random) -> Iterator[tuple[str, Calls]]:
    """Yield predictions for items that ask whether a call is made."""
    name = rng.choice(item.tools)["name"] if item.tools else "f"
    yield "rel_no_call", []
    yield "rel_call_no_args", [{"name": name, "arguments": {}}]
    yield "rel_call_args", [{"name": name, "arguments": {"x": _odd(None, rng)}}]
    yield "rel_call_unknown", [{"name": "do_something", "arguments": {"x": 1}}]
    yield "rel_two_calls", [{"name": name, "arguments": {}}] * 2
    yield "rel_args_text", [{"name": name, "arguments": "x"}]
    yield "rel_args_null", [{"name": name, "arguments": None}]
    yield "rel_one_of_two_bad", [{"name": name, "arguments": {}}, {"name": name, "arguments": []}]
    yield "rel_name_empty", [{"name": "", "arguments": {}}]
    yield "rel_name_null", [{"name": None, "arguments": {}}]
    yield "rel_not_objects", [name]
