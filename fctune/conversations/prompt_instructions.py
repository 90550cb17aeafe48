r"""Sentences by which public prompts tell a model how to write calls; the template says it anew.

Input: the words of a prompt whose tools were taken out of it. Output: the words that are left.
Only sentences of known prompts are removed (Hermes, Qwen, ToolACE, Llama, ReAct, ToolBench and a
tutorial); anything else stays where it is, and `tells_format` says whether that still speaks of a
format.

Before: You are a function calling AI model. You work for a bank.\nHere are the available tools:
After:  You work for a bank.
"""

from __future__ import annotations

import re
from functools import lru_cache

from fctune.conversations.literals import bracket_end
from fctune.patterns import regex

# A space stands for any space, and `><` for tags with or without a space between them.
_SENTENCES = (
    # Hermes and Qwen
    r"You are a function calling AI model",
    r"You are a deep thinking AI, you may use extremely long chains of thought[^.]{0,300}",
    r"You should enclose your thoughts[^.]{0,60} inside <think></think> tags[^.]{0,100}",
    r"You are (?:also )?provided with function signatures within <tools></tools> XML tags",
    r"You may call one or more functions to assist with the user query",
    r"If available tools are not relevant in assisting with user query,"
    r" just respond in natural conversational language",
    r"Don't make assumptions about what values to plug into functions",
    r"After calling & executing the functions, you will be provided with function results"
    r" within <tool_response></tool_response> XML tags",
    r"Here are the available tools",
    r"For each (?:\w+ )?function call,? return a json object,?"
    r" with the following pydantic model json schema(?: for each)?",
    r"For each (?:\w+ )?function call,? return a json object with function name and arguments"
    r" within <tool_call></tool_call> (?:XML )?tags(?: as follows| with the following schema)?",
    r"Use the following pydantic model json schema for each tool call you will make",
    r"Each function call should be enclosed within <tool_call></tool_call> XML tags"
    r"(?: as follows)?",
    r"(?:You must|Please) use <scratch_?pad>(?: ?</scratch_?pad>)? XML tags to record your"
    r" reasoning and planning before you call the functions(?: as follows)?",
    r"(?:Example:? )?<tool_call> ?\{[^{}<]{0,60}<(?:args|function)[^{}]{0,80}\} ?</tool_call>",
    r"(?:Example:? )?<scratch_?pad>[^<]{0,60}<state task[\s\S]{0,1500}?</scratch_?pad>",
    r"(?:Example:? )?<scratch_?pad> ?\{step-by-step reasoning\} ?</scratch_?pad>",
    r"# Tools(?=\n|\0|\Z)",
    # GLM and Llama 3
    r"For each function call, output the function name and arguments within the following"
    r" XML format",
    r"<tool_call>\{function-name\}[\s\S]{0,300}?</tool_call>",
    r"To call a function, please respond with JSON for a function call",
    r"Respond in the format \{\"name\": function name, \"parameters\":[^}]{0,80}\}",
    r"Do not use variables",
    # ToolACE, Llama, BFCL
    r"You are an expert in composing functions",
    r"You are given a question and a set of possible functions",
    r"Based on the question, you will need to make one or more function/tool calls"
    r" to achieve the purpose",
    r"If none of the functions? can be used, point it out",
    r"If the given question lacks the parameters required by the function,\s*also point it out",
    r"You should only return the function calls? in tools? call sections",
    r"Here is a list of functions in JSON format that you can invoke",
    r"(?:Should you decide to return the function call\(s\)[.,]?\s*"
    r"|If you decide to invoke any of the function\(s\),\s*)(?:you MUST )?"
    r"put it in the format of (?:<TOOLCALL>)?\[func[^\]]{0,200}\](?:</TOOLCALL>)?",
    r"You SHOULD NOT include any other text in the response",
    r"NO other text MUST be included",
    # ReAct and ToolBench; the blocks below take the rest
    r"Answer the following questions as best you can",
    r"尽你所能回答以下问题",
    r"(?:Specifically, )?you have access to the following (?:tools|APIs|functions)",
    r"你(?:拥有|可以使用)(?:如下|以下)(?:工具|API)",
    r"Begin!(?: Remember)?",
    r"现在开始！?",
)
# Blocks by their first and last words, and words that they must hold.
_BLOCKS = (
    ("<instructions>", r"</instructions>", "<tool_call>"),
    ("If you choose to call a function ONLY reply", r"</IMPORTANT>", "<function="),
    ("You are AutoGPT", r"(?=Specifically, you have access)|\Z", "Finish"),
    ("Use the following format if using a tool", r"\Z", "Action Input"),
    ("Use the following format", r"Final Answer:[^\n]*|(?=Begin!)", "Action Input"),
    ("请按照下面的格式", r"Final Answer:[^\n]*|(?=现在开始)", "Action Input"),
)
_SCHEMA = regex(r"pydantic\s+model\s+json\s+schema[^{}\n]{0,60}\s*(?=\{)", re.IGNORECASE)
_SEAM = regex(r"[\s\0]*\0[\s\0]*")
_LEFT = regex(
    r"</?(?:tools|tool_call|tool_response|tool_result|TOOLCALL|function_?call|scratch_?pad)>"
    r"|^\s*Action Input\s*:|\[func\w*\(",
    re.MULTILINE,
)


@lru_cache(maxsize=256)
def without_instructions(text: str) -> str:
    """Return the words of a prompt without the known sentences on how to write calls.

    The rows of a data set have few prompts, but for their tools, hence the cache.

    >>> without_instructions("You are a function calling AI model. Be kind. Begin!")
    'Be kind.'
    """
    text = _without_schema(text.replace("\0", ""))
    for first, last, held in _BLOCKS:
        text = _without_block(text, first, re.compile(last), held)
    for pattern in _KNOWN:
        text = pattern.sub("\0", text)
    return _SEAM.sub(_joint, text).strip()


def tells_format(text: str) -> bool:
    """Tell whether words on how to write calls are left in a prompt."""
    return _LEFT.search(text) is not None


def _joint(seam: re.Match[str]) -> str:
    return ("\n" * min(seam[0].count("\n"), 2)) or " "


def _without_schema(text: str) -> str:
    """Remove the schema of a call, which Hermes' prompts print behind the sentence on it."""
    found = _SCHEMA.search(text)
    end = bracket_end(text, found.end()) if found else None
    return text if found is None or end is None else text[: found.end()] + "\0" + text[end:]


def _without_block(text: str, first: str, last: re.Pattern[str], held: str) -> str:
    start = text.find(first)
    end = last.search(text, start + len(first)) if start >= 0 else None
    if end is None or held not in text[start : end.end()]:
        return text
    return f"{text[:start]}\0{text[end.end() :]}"


def _pattern_of(sentence: str) -> re.Pattern[str]:
    spaced = sentence.replace("><", r">\s*<").replace(" ?", r"\s*").replace(" ", r"\s+")
    return regex(spaced + r"[.:：。!]?", re.IGNORECASE)


_KNOWN = tuple(_pattern_of(sentence) for sentence in _SENTENCES)
