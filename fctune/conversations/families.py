"""Template families: how the engine's templates differ in what a row may hold.

Input: the name of an engine template. Output: how parallel results are joined into the one
observation that the engine takes, and what the template cannot express. The facts are data and
are held against the pinned engine by `tests/contract/test_conversations_engine.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fctune.conversations.turns import Conversation, ModelTurn
from fctune.issues import Issue, issue
from fctune.tools.spec import ToolCatalog

# Between two results; the template itself writes the first opening and the last closing tag, so
# that the text equals what the model's own chat template makes of two tool messages.
RESULT_SEPARATOR = "\n</tool_response>\n<tool_response>\n"


class ResultJoiner(Enum):
    r"""How the results of one model turn become one observation.

    SEPARATOR: `a\n</tool_response>\n<tool_response>\nb`, for templates with that tag.
    JSON_LIST: `[a, b]`, where results that are JSON stand as they are and others as strings; a
        single result stays as it is.
    JSON_TEXT: as JSON_LIST, and a single result that is not JSON becomes a JSON string, because
        Mistral templates splice it raw into `{"content": ...}`. Reading such a row back gives the
        quoted text: of the three only this one is not undone.
    """

    SEPARATOR = "separator"
    JSON_LIST = "json_list"
    JSON_TEXT = "json_text"

    def join(self, results: tuple[str, ...]) -> str:
        """Return the text of the observation.

        >>> ResultJoiner.JSON_LIST.join(('{"n":1}', "sunny"))
        '[{"n":1}, "sunny"]'
        >>> ResultJoiner.JSON_TEXT.join(("sunny",))
        '"sunny"'
        """
        if len(results) == 1:
            text = results[0]
            return _as_json(text, quote_strings=False) if self is ResultJoiner.JSON_TEXT else text
        if self is ResultJoiner.SEPARATOR:
            return RESULT_SEPARATOR.join(results)
        return "[" + ", ".join(_as_json(text, quote_strings=True) for text in results) + "]"


def split_results(text: str, count: int) -> tuple[str, ...] | None:
    """Undo `ResultJoiner.join` for `count` results, or return None where the text is no such join.

    >>> split_results('[{"n":1}, "sunny"]', 2)
    ('{"n":1}', 'sunny')
    >>> split_results("sunny", 2) is None
    True
    """
    parts = tuple(text.split(RESULT_SEPARATOR))
    if len(parts) == count:
        return parts
    items = _list_items(text)
    return items if items is not None and len(items) == count else None


@dataclass(frozen=True, slots=True)
class Family:
    """What the templates of one family have in common.

    Attributes:
        joiner: how they take the results of parallel calls.
        parallel: whether they can write several calls in one turn.
        text_beside_calls: whether they can write words and calls in one turn.
        plain_schemas: whether they print each parameter in words (ReAct), which fails on an enum
            of anything but strings and on a schema that is no object.
    """

    joiner: ResultJoiner
    parallel: bool = True
    text_beside_calls: bool = True
    plain_schemas: bool = False


# llamafactory 0.9.5 data/tool_utils.py: GLM4ToolUtils raises on more than one call, and
# DefaultToolUtils (three templates of four, so the guess for those to come) joins the enum.
# data/template.py: Llama2Template formats calls without tool_call_words, and lfm2 has other
# words, so that `text<tool_call>...` is no valid JSON to either; mistral_small and gemma4 take it
# and write the words behind the token that opens a call.
_GENERIC = Family(ResultJoiner.JSON_LIST, plain_schemas=True)
_NATIVE = Family(ResultJoiner.JSON_LIST)
_QWEN = Family(ResultJoiner.SEPARATOR)
_GLM4 = Family(ResultJoiner.JSON_LIST, parallel=False)
_GEMMA = Family(ResultJoiner.JSON_LIST, text_beside_calls=False, plain_schemas=True)
_CALLS_ALONE = Family(ResultJoiner.JSON_LIST, text_beside_calls=False)
_MISTRAL = Family(ResultJoiner.JSON_TEXT, text_beside_calls=False)

_TEMPLATES: dict[str, Family] = {
    """
    bailing_v2 keye_vl llava_next_qwen mimo mimo_v2 mimo_vl qwen qwen2_omni qwen2_vl qwen3 qwen3_5
    qwen3_5_nothink qwen3_6 qwen3_nothink qwen3_omni qwen3_omni_nothink qwen3_vl qwen3_vl_nothink
    """: _QWEN,
    "youtu": Family(ResultJoiner.SEPARATOR, plain_schemas=True),
    "chatglm3 glm4 glm4v glm_ocr glmz1": _GLM4,
    """
    aeva glm4_5v glm4_7 glm4_moe llama3 llama4 llava_next_llama3 minimax1 minimax2 mllama seed_oss
    """: _NATIVE,
    "gemma gemma2 gemma3 gemma3n llama2 llama2_zh paligemma paligemma_chat": _GEMMA,
    "gemma4 gemma4n lfm2 lfm2_vl": _CALLS_ALONE,
    """
    llava_next_mistral llava_next_video_mistral ministral ministral3 mistral mistral_small pixtral
    """: _MISTRAL,
}
FAMILIES: dict[str, Family] = {
    template: family for names, family in _TEMPLATES.items() for template in names.split()
}


def family_of(template: str) -> Family:
    """Return the family of an engine template; templates not in the table are generic.

    >>> family_of("qwen3_nothink").joiner.value, family_of("glm4").parallel
    ('separator', False)
    """
    return FAMILIES.get(template, _GENERIC)


def check_family(conversation: Conversation, family: Family) -> list[Issue]:
    """Return what a lawful conversation holds that the templates of a family cannot write."""
    issues = check_schemas(conversation.catalog) if family.plain_schemas else []
    for index, turn in enumerate(conversation.turns):
        if not isinstance(turn, ModelTurn):
            continue
        place = f"turns[{index}]"
        if len(turn.calls) > 1 and not family.parallel:
            found = f"got {len(turn.calls)} calls in one turn, the template takes 1"
            issues.append(issue("call-parallel-unsupported", place, found))
        if turn.calls and turn.text and not family.text_beside_calls:
            found = "got words and a call in one turn, the template takes one of the two"
            issues.append(issue("call-text-unsupported", place, found))
    return issues


def check_schemas(catalog: ToolCatalog) -> list[Issue]:
    """Return the parameters that templates which print each in words fail on."""
    issues: list[Issue] = []
    for spec in catalog:
        for name, schema in spec.parameters["properties"].items():
            enum = schema.get("enum") if isinstance(schema, Mapping) else None
            items = schema.get("items") if isinstance(schema, Mapping) else None
            if not isinstance(schema, Mapping) or (items and not isinstance(items, Mapping)):
                found = "got a schema that is no object"
            elif enum and not all(isinstance(value, str) for value in enum):
                found = "got an enum with values that are no strings"
            else:
                continue
            issues.append(issue("tool-schema-unsupported", f"tools.{spec.name}.{name}", found))
    return issues


def _as_json(text: str, *, quote_strings: bool) -> str:
    """Return a result as it stands where it is JSON, else as a JSON string.

    In a list a result that is itself a JSON string is quoted again, or else splitting could not
    tell `sunny` from `"sunny"`.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return json.dumps(text, ensure_ascii=False)
    if text.strip() != text or (quote_strings and isinstance(value, str)):
        return json.dumps(text, ensure_ascii=False)
    return text


def _list_items(text: str) -> tuple[str, ...] | None:
    """Return the elements of a JSON list: strings decoded, all else as written."""
    try:
        if not isinstance(json.loads(text, parse_constant=_refuse), list):
            return None
    except (ValueError, RecursionError):
        return None
    decoder = json.JSONDecoder()
    items: list[str] = []
    position = text.index("[") + 1
    while True:
        while text[position] in " \t\n\r,":
            position += 1
        if text[position] == "]":
            return tuple(items)
        value, end = decoder.raw_decode(text, position)
        items.append(value if isinstance(value, str) else text[position:end])
        position = end


def _refuse(name: str) -> Any:
    raise ValueError(name)
