"""Calls written in every format that has a decoder, as the models' own templates write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fctune.tools.spec import ToolCall, ToolCatalog, ToolSpec

Calls = Sequence[ToolCall]


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def bare(value: Any) -> str:
    return value if isinstance(value, str) else dumps(value)


def objects(calls: Calls, name: str = "name", key: str = "arguments") -> list[dict[str, Any]]:
    return [{name: one.name, key: dict(one.arguments)} for one in calls]


def between(opening: str, closing: str, **keys: str) -> Callable[[Calls], str]:
    def write(calls: Calls) -> str:
        return "\n".join(f"{opening}{dumps(one)}{closing}" for one in objects(calls, **keys))

    return write


def listed(opening: str, closing: str, **keys: str) -> Callable[[Calls], str]:
    return lambda calls: f"{opening}{dumps(objects(calls, **keys))}{closing}"


def pythonic(calls: Calls) -> str:
    return f"[{', '.join(python_call(one) for one in calls)}]"


def python_call(one: ToolCall) -> str:
    return f"{one.name}({', '.join(f'{k}={v!r}' for k, v in one.arguments.items())})"


def gemma(value: Any) -> str:
    if isinstance(value, str):
        return f'<|"|>{value}<|"|>'
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{gemma(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(gemma, value)) + "]"
    return dumps(value)


def xml(one: ToolCall, head: str, pair: str, tail: str) -> str:
    pairs = [pair.format(key=key, value=bare(value)) for key, value in one.arguments.items()]
    return head.format(name=one.name) + "".join(pairs) + tail


def deepseek_v3(calls: Calls) -> str:
    sep = "<｜tool▁sep｜>"
    parts = (
        f"<｜tool▁call▁begin｜>function{sep}{one.name}\n```json\n{dumps(one.arguments)}\n```"
        "<｜tool▁call▁end｜>"
        for one in calls
    )
    return "<｜tool▁calls▁begin｜>" + "\n".join(parts) + "<｜tool▁calls▁end｜>"


def deepseek_v3_2(calls: Calls) -> str:
    text = "<｜DSML｜function_calls>\n"
    for one in calls:
        text += f'<｜DSML｜invoke name="{one.name}">\n'
        for key, value in one.arguments.items():
            told = "true" if isinstance(value, str) else "false"
            text += f'<｜DSML｜parameter name="{key}" string="{told}">{bare(value)}'
            text += "</｜DSML｜parameter>\n"
        text += "</｜DSML｜invoke>\n"
    return text + "</｜DSML｜function_calls>"


def kimi(calls: Calls) -> str:
    parts = (
        f"<|tool_call_begin|>functions.{one.name}:{index}<|tool_call_argument_begin|>"
        f"{dumps(one.arguments)}<|tool_call_end|>"
        for index, one in enumerate(calls)
    )
    return f"<|tool_calls_section_begin|>{''.join(parts)}<|tool_calls_section_end|>"


def harmony(calls: Calls) -> str:
    return "<|start|>assistant".join(
        f"<|channel|>commentary to=functions.{one.name} <|constrain|>json<|message|>"
        f"{dumps(one.arguments)}<|call|>"
        for one in calls
    )


def each(write: Callable[[ToolCall], str], mark: str = "\n") -> Callable[[Calls], str]:
    return lambda calls: mark.join(write(one) for one in calls)


def wrapped(opening: str, closing: str, write: Callable[[ToolCall], str]) -> Callable[[Calls], str]:
    return lambda calls: opening + "\n".join(write(one) for one in calls) + closing


# Name of the format to its ways of writing, the first of which stands for it elsewhere.
WRITERS: dict[str, tuple[Callable[[Calls], str], ...]] = {
    "qwen": (between("<tool_call>\n", "\n</tool_call>"),),
    "ling": (between("<tool_call>\n", "\n</tool_call>"),),
    "tagged": (between("<tool_call>\n", "\n</tool_call>", name="tool_name", key="args"),),
    "default": (
        each(lambda one: f"Action: {one.name}\nAction Input: {dumps(one.arguments)}"),
        each(lambda one: f"Action: {one.name}\nAction Input: ```json\n{dumps(one.arguments)}\n```"),
    ),
    "llama3": (
        lambda calls: (
            dumps(objects(calls, key="parameters")[0])
            if len(calls) == 1
            else dumps(objects(calls, key="parameters"))
        ),
        listed("<|python_tag|>", "", key="parameters"),
        pythonic,
        each(lambda one: f"<function={one.name}>{dumps(one.arguments)}</function>"),
    ),
    "mistral": (
        listed("[TOOL_CALLS] ", ""),
        listed("", ""),
        each(lambda one: f"[TOOL_CALLS]{one.name}[ARGS]{dumps(one.arguments)}", ""),
        each(lambda one: f"[TOOL_CALLS]{one.name}[CALL_ID]a1B2[ARGS]{dumps(one.arguments)}", ""),
        each(lambda one: f"[TOOL_CALLS]{one.name}{dumps(one.arguments)}", ""),
    ),
    "minimax1": (
        lambda calls: "<tool_calls>\n" + "\n".join(map(dumps, objects(calls))) + "\n</tool_calls>",
        listed("<tool_calls>", "</tool_calls>"),
    ),
    "minimax2": (
        wrapped(
            "<minimax:tool_call>\n",
            "\n</minimax:tool_call>",
            lambda one: xml(
                one,
                '<invoke name="{name}">',
                '\n<parameter name="{key}">{value}</parameter>',
                "\n</invoke>",
            ),
        ),
    ),
    "seed_oss": (
        each(
            lambda one: xml(
                one,
                "<seed:tool_call>\n<function={name}>",
                "\n<parameter={key}>{value}</parameter>",
                "\n</function>\n</seed:tool_call>",
            )
        ),
    ),
    "qwen3_5": (
        each(
            lambda one: xml(
                one,
                "<tool_call>\n<function={name}>",
                "\n<parameter={key}>\n{value}\n</parameter>",
                "\n</function>\n</tool_call>",
            )
        ),
    ),
    "glm4_moe": (
        each(
            lambda one: xml(
                one,
                "<tool_call>{name}",
                "\n<arg_key>{key}</arg_key>\n<arg_value>{value}</arg_value>",
                "\n</tool_call>",
            )
        ),
        each(
            lambda one: xml(
                one,
                "<tool_call>{name}",
                "<arg_key>{key}</arg_key><arg_value>{value}</arg_value>",
                "</tool_call>",
            ),
            "",
        ),
    ),
    "glm4": (
        each(lambda one: f"{one.name}\n{dumps(one.arguments)}", "<|observation|>\n<|assistant|>"),
    ),
    "gemma4": (
        each(lambda one: f"<|tool_call>call:{one.name}{gemma(one.arguments)}<tool_call|>", ""),
    ),
    "lfm2": (lambda calls: f"<|tool_call_start|>{pythonic(calls)}<|tool_call_end|>", pythonic),
    "pythonic": (pythonic,),
    "olmo3": (wrapped("<function_calls>\n", "\n</function_calls>", python_call),),
    "json": (
        listed("", ""),
        listed("```json\n", "\n```"),
        lambda calls: dumps({"thought": "", "tool_calls": objects(calls)}),
    ),
    "phi4_mini": (listed("<|tool_call|>", "<|/tool_call|>"), listed("<|tool_call|>", "")),
    "function_call": (
        between("<function_call>", "</function_call>"),
        listed("<thought>hm</thought>\n<function_call>", "</function_call>"),
    ),
    "glaive": (between("<functioncall> ", ""),),
    "nemotron": (listed("<TOOLCALL>", "</TOOLCALL>"),),
    "internlm2": (between("<|action_start|><|plugin|>\n", "<|action_end|>", key="parameters"),),
    "deepseek": (
        wrapped(
            "<｜tool▁calls▁begin｜>",
            "<｜tool▁calls▁end｜>",
            lambda one: (
                f"<｜tool▁call▁begin｜>{one.name}<｜tool▁sep｜>{dumps(one.arguments)}"
                "<｜tool▁call▁end｜>"
            ),
        ),
        deepseek_v3,
    ),
    "deepseek_v3_2": (deepseek_v3_2,),
    "kimi_k2": (kimi,),
    "harmony": (harmony,),
    "qwen_agent": (each(lambda one: f"✿FUNCTION✿: {one.name}\n✿ARGS✿: {dumps(one.arguments)}"),),
    "command_r": (
        lambda calls: (
            f"Action: ```json\n{dumps(objects(calls, name='tool_name', key='parameters'))}\n```"
        ),
        listed("<|START_ACTION|>", "<|END_ACTION|>", name="tool_name", key="parameters"),
    ),
}


def schema_of(value: Any) -> dict[str, Any]:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    return {"type": names.get(type(value), "null" if value is None else "object")}


def catalog_of(calls: Calls) -> ToolCatalog:
    """Return tools whose schemas say of what type the arguments of the calls are."""
    specs = {}
    for one in calls:
        properties = {key: schema_of(value) for key, value in one.arguments.items()}
        known = dict(specs[one.name].parameters["properties"]) if one.name in specs else {}
        parameters = {"type": "object", "properties": {**known, **properties}}
        specs[one.name] = ToolSpec(one.name, "", parameters)
    return ToolCatalog(tuple(specs.values()))
