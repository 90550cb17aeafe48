"""The call formats: for each, a reader, the marks that tell it, and how a call looks in it.

Role: the engine's conventions of calls, beside `evaluation/decode.py`, and the models' own formats.
Input: a Reading of the text of a model turn. Output: its calls and words. One line of the table
below, and a reader, is a format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fctune.evaluation.formats.bare_json import read_json_calls, read_llama3
from fctune.evaluation.formats.gemma4 import read_gemma4
from fctune.evaluation.formats.glm4 import read_glm4
from fctune.evaluation.formats.mistral import read_mistral
from fctune.evaluation.formats.natives import (
    DEEPSEEK,
    HARMONY,
    KIMI_K2,
    QWEN_AGENT,
    marked_reader,
    read_command_r,
)
from fctune.evaluation.formats.pythonic import read_lfm2, read_olmo3, read_pythonic
from fctune.evaluation.formats.react import read_react
from fctune.evaluation.formats.reading import Reader
from fctune.evaluation.formats.tagged_json import Tags, tagged_reader
from fctune.evaluation.formats.xml_calls import (
    DEEPSEEK_V3_2,
    GLM4_MOE,
    MINIMAX2,
    QWEN3_5,
    SEED_OSS,
    xml_reader,
)
from fctune.patterns import regex


@dataclass(frozen=True, slots=True)
class CallFormat:
    r"""One way to write calls.

    Attributes:
        name: as `--call-format` takes it; the engine's own name where it is one of its formats.
        read: the reader.
        models: whose it is, for people.
        example: a call of `f(city="Oslo", n=2)` in it; line breaks as `\n`.
        marks: tells it in a text; None where nothing does.
        engine: it is a tool format of the engine.
    """

    name: str
    read: Reader
    models: str
    example: str
    marks: re.Pattern[str] | None = None
    engine: bool = False


_QWEN = tagged_reader(Tags("<tool_call>", "</tool_call>"))
_JSON = '{"city": "Oslo", "n": 2}'
_CALL = '{"name": "f", "arguments": ' + _JSON + "}"

# The order is that in which a text is asked for marks: those that say more come first.
_TABLE = (
    CallFormat(
        "qwen3_5", xml_reader(QWEN3_5), "Qwen 3.5, 3.6, Qwen3-Coder, Step 3, Nemotron 3",
        r"<tool_call>\n<function=f>\n<parameter=city>\nOslo\n</parameter>\n<parameter=n>\n2\n"
        r"</parameter>\n</function>\n</tool_call>",
        regex(r"<tool_call>\s*+<function=|<function=[^>\n]{1,500}>\s*+<parameter="), True,
    ),
    CallFormat(
        "glm4_moe", xml_reader(GLM4_MOE), "GLM 4.5, 4.6, 4.7",
        r"<tool_call>f\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n<arg_key>n</arg_key>"
        r"\n<arg_value>2</arg_value>\n</tool_call>",
        regex(r"<arg_key>|<tool_call>[^\W\d][\w.\-]{0,127}\s*+(?:</tool_call>|\Z)"), True,
    ),
    CallFormat(
        "tagged",
        tagged_reader(Tags("<tool_call>", "</tool_call>", name_key="tool_name", key="args")),
        "tutorials",
        r'<tool_call>\n{"tool_name": "f", "args": ' + _JSON + r"}\n</tool_call>",
        regex(r'<tool_call>\s*+\{\s*+"tool_name"'),
    ),
    CallFormat(
        "qwen", _QWEN, "Qwen 2.5, Qwen 3, Hermes, Granite 4, Ernie 4.5, MiMo",
        r"<tool_call>\n" + _CALL + r"\n</tool_call>", regex("<tool_call>"), True,
    ),
    CallFormat(
        "ling", _QWEN, "Ling, Ring", r"<tool_call>\n" + _CALL + r"\n</tool_call>", None, True
    ),
    CallFormat(
        "minimax1", tagged_reader(Tags("<tool_calls>", "</tool_calls>", many=True)),
        "MiniMax M1, Jamba, Hunyuan", r"<tool_calls>\n" + _CALL + r"\n</tool_calls>",
        regex("<tool_calls>"), True,
    ),
    CallFormat(
        "minimax2", xml_reader(MINIMAX2), "MiniMax M2",
        r'<minimax:tool_call>\n<invoke name="f">\n<parameter name="city">Oslo</parameter>\n'
        r'<parameter name="n">2</parameter>\n</invoke>\n</minimax:tool_call>',
        regex("<minimax:tool_call>|<invoke name="), True,
    ),
    CallFormat(
        "seed_oss", xml_reader(SEED_OSS), "Seed-OSS",
        r"<seed:tool_call>\n<function=f>\n<parameter=city>Oslo</parameter>\n<parameter=n>2"
        r"</parameter>\n</function>\n</seed:tool_call>",
        regex("<seed:tool_call>"), True,
    ),
    CallFormat(
        "mistral", read_mistral, "Mistral, Ministral, Magistral, Devstral",
        "[TOOL_CALLS] [" + _CALL + "] or [TOOL_CALLS]f[ARGS]" + _JSON,
        regex(r"\[TOOL_CALLS\]"), True,
    ),
    CallFormat(
        "gemma4", read_gemma4, "Gemma 4",
        '<|tool_call>call:f{city:<|"|>Oslo<|"|>,n:2}<tool_call|>',
        regex(r"<\|tool_call>|<tool_call\|>"), True,
    ),
    CallFormat(
        "lfm2", read_lfm2, "LFM 2, 2.5",
        '<|tool_call_start|>[f(city="Oslo", n=2)]<|tool_call_end|>',
        regex(r"<\|tool_call_start\|>"), True,
    ),
    CallFormat(
        "phi4_mini",
        tagged_reader(Tags("<|tool_call|>", "<|/tool_call|>", many=True, open_end=True)),
        "Phi-4-mini, Granite 3", "<|tool_call|>[" + _CALL + "]<|/tool_call|>",
        regex(r"<\|tool_call\|>"),
    ),
    CallFormat(
        "deepseek", marked_reader(DEEPSEEK), "DeepSeek V2.5, V3, R1, V3.1",
        r"<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>f<｜tool▁sep｜>" + _JSON
        + "<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        regex("<｜tool▁call"),
    ),
    CallFormat(
        "deepseek_v3_2", xml_reader(DEEPSEEK_V3_2), "DeepSeek V3.2",
        r'<｜DSML｜function_calls>\n<｜DSML｜invoke name="f">\n<｜DSML｜parameter name="city" '
        r'string="true">Oslo</｜DSML｜parameter>\n<｜DSML｜parameter name="n" string="false">2'
        r"</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
        regex("<｜DSML｜"),
    ),
    CallFormat(
        "kimi_k2", marked_reader(KIMI_K2), "Kimi K2",
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>"
        + _JSON + "<|tool_call_end|><|tool_calls_section_end|>",
        regex(r"<\|tool_call_begin\|>"),
    ),
    CallFormat(
        "harmony", marked_reader(HARMONY), "gpt-oss",
        "<|channel|>commentary to=functions.f <|constrain|>json<|message|>" + _JSON + "<|call|>",
        regex(r"to=functions\.[^\s<]{1,200}[^{]{0,60}<\|message\|>"),
    ),
    CallFormat(
        "command_r", read_command_r, "Command-R, Command-A",
        r'Action: ```json\n[{"tool_name": "f", "parameters": ' + _JSON + r"}]\n```",
        regex(r"<\|START_ACTION\|>|Action:\s*+```(?:json)?\s*+\["),
    ),
    CallFormat(
        "function_call",
        tagged_reader(Tags("<function_call>", "</function_call>", many=True, open_end=True)),
        "`<thought>` styles, Granite 20B", "<function_call>" + _CALL + "</function_call>",
        regex("<function_call>"),
    ),
    CallFormat(
        "glaive",
        tagged_reader(Tags("<functioncall>", "</functioncall>", open_end=True)),
        "Glaive v2 sets", "<functioncall> " + _CALL, regex("<functioncall>"),
    ),
    CallFormat(
        "nemotron", tagged_reader(Tags("<TOOLCALL>", "</TOOLCALL>", many=True)),
        "Nemotron Nano, Super", "<TOOLCALL>[" + _CALL + "]</TOOLCALL>", regex("<TOOLCALL>"),
    ),
    CallFormat(
        "internlm2",
        tagged_reader(
            Tags("<|action_start|><|plugin|>", "<|action_end|>", many=True, key="parameters")
        ),
        "InternLM 2, 2.5, 3",
        r'<|action_start|><|plugin|>\n{"name": "f", "parameters": ' + _JSON + r"}<|action_end|>",
        regex(r"<\|action_start\|>"),
    ),
    CallFormat(
        "qwen_agent", marked_reader(QWEN_AGENT), "Qwen-Agent prompts",
        r"✿FUNCTION✿: f\n✿ARGS✿: " + _JSON, regex("✿FUNCTION✿"),
    ),
    CallFormat(
        "olmo3", read_olmo3, "OLMo 3",
        r'<function_calls>\nf(city="Oslo", n=2)\n</function_calls>',
        regex(r"<function_calls>\s*+[^\W\d][\w.\-]{0,127}\("),
    ),
    CallFormat(
        "llama3", read_llama3, "Llama 3.1 to 4",
        '{"name": "f", "parameters": ' + _JSON + "}",
        regex(r"<\|python_tag\|>|<function=[^>{}\n]{1,200}>\s*+\{"), True,
    ),
    CallFormat(
        "default", read_react, "ReAct prompts; what the engine trains where it has no other",
        r"Action: f\nAction Input: " + _JSON,
        regex(
            r"^[ \t]*+(?:\*\*)?(?:Action|动作|行动)(?:\*\*)?[ \t]*+[:：][^\n]{1,300}\s*+(?:\*\*)?"
            r"(?:Action Input|动作输入|行动输入)",
            re.MULTILINE,
        ),
        True,
    ),
    CallFormat(
        "glm4", read_glm4, "GLM-4, GLM-4-0414, ChatGLM3", r"f\n" + _JSON, None, True
    ),
    CallFormat("json", read_json_calls, "xLAM, Hammer, any prompt that asks for JSON",
               "[" + _CALL + "], also in a code fence"),
    CallFormat("pythonic", read_pythonic, "ToolACE, Llama 3.2 and 4, Gorilla",
               '[f(city="Oslo", n=2)]'),
)  # fmt: skip
FORMATS: dict[str, CallFormat] = {each.name: each for each in _TABLE}
