"""What makes a row one of a format, in a sentence: for people who ask why a row was read so.

Names of keys stand in backticks; `fctune prepare --explain` finds the nearest format by them.
"""

from __future__ import annotations

SIGNS: dict[str, str] = {
    "when2call": "`question`, `correct_answer`, and `answers` as an object",
    "bfcl": "`question` as a list, beside `function`, `involved_classes` or `ground_truth`",
    "acebench": "`id`, `question` as text, `function` as a list; or `ground_truth` alone",
    "toolalpaca": "`Function_Description` as an object, with `Instructions` or `Instances`",
    "toolbench": "`answer_generation`; or `query` with `api_list`; or AutoGPT's prompt with "
    "`functions`",
    "api_bank": "`turns` whose `role` is User, AI or API",
    "seal_tools": "`query`, and `calling` as a list",
    "xlam": "`query`, `tools` and `answers`",
    "otel": "`attributes` of a span that hold `gen_ai` messages; or an export of `resourceSpans`",
    "langfuse": "`type` GENERATION, or Langfuse's marks, with `input` and `output`",
    "exchange": "`request` and `response` of a model's interface, or the two joined",
    "gemini": "`contents` whose items have `parts`",
    "openai_responses": "`input` or `output` with items of type `function_call`, `reasoning`",
    "bedrock": "`messages` whose `content` has `toolUse` or `toolResult`; or a `toolConfig`",
    "anthropic": "`messages` with blocks `tool_use` or `tool_result`; or tools with `input_schema`",
    "vercel": "`messages` whose `parts` or `content` have the types of the AI SDK",
    "langchain": "messages of LangChain's classes; or a run with `inputs` and `outputs`",
    "lf_v1": "`messages` whose `content` has parts with `type` and `value`",
    "ms_swift": "`messages` with a `role` tool_call or tool_response",
    "mistral": "`messages` beside `available_tools`; or `text` with [INST] and [TOOL_CALLS]",
    "tagged": "`trace`, a list of messages or the text of one; or prompts with `<tools>` and "
    "`tool_name`",
    "hermes": "a prompt with tools between `<tools>` tags; or a user turn in `<tool_response>`",
    "seal_prompt": "a prompt with `task_instruction` and a list of APIs",
    "react": "a model turn with Action: and Action Input:, or a prompt that asks for them",
    "toolace": "a prompt that lists tools as JSON, and calls as [name(key=value)]",
    "text_call": "a model turn with the words tool_call: and a call",
    "openai": "`messages` whose turns have `role` and `content`; or turns with `tool_calls`",
    "sharegpt": "`conversations`, or another list of turns with `from` and `value`",
    "glaive_v2": "`chat` as one text, with USER: and ASSISTANT:",
    "alpaca_tools": "`instruction` or `input` with a list of tools between marks, and `output`",
    "alpaca": "`instruction` and `output`",
}
