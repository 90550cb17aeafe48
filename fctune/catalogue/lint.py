"""Codes of catalogue quality: tools that are lawful and yet hard to call, to train or to serve.

`tool-...` and `catalogue-...` come from `fctune.tools.lint.judge`, `template-...` from
`fctune.engine.hazards`.
"""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING
_FIX = "`fctune tools check FILE --fix`"

_CATALOGUE_CODES: dict[str, CodeEntry] = {
    "catalogue-empty": CodeEntry(
        _E,
        "The catalogue holds no tool that can be used.",
        "tools: []",
        "Write a list of {name, description, parameters}.",
    ),
    "catalogue-over-cutoff": CodeEntry(
        _W,
        "The tools do not fit the longest row; the engine cuts such a prompt without a word.",
        "40 tools with --cutoff-len 2048",
        "Raise cutoff_len, shorten descriptions, or offer fewer tools per row.",
    ),
    "catalogue-required-untold": CodeEntry(
        _W,
        "No tool of the catalogue says which parameters are required.",
        "40 tools, no `required` anywhere",
        "Write `required` for each tool; --fix --require-all marks all without a default.",
    ),
    "tool-listed-twice": CodeEntry(
        _W,
        "The same tool stands in the file twice, word for word.",
        "get_time twice",
        f"Remove one of them; {_FIX} does.",
    ),
}

_WORD_CODES: dict[str, CodeEntry] = {
    "tool-name-alike": CodeEntry(
        _W,
        "Two names differ only in case or in their separators; a model mixes them up.",
        "get_user and getUser",
        "Give them names that say what tells them apart.",
    ),
    "tool-name-reserved": CodeEntry(
        _W,
        "The name is a word that chat templates, agent loops or Python use themselves.",
        '"name": "python"',
        "Rename the tool, for example run_python.",
    ),
    "tool-parameter-name": CodeEntry(
        _W,
        "The parameter's name is hazardous in Python, XML or a URL.",
        "`page[size]`, `user name`, `2nd`",
        "Use letters, digits and underscores; a mapping can hold the API's own name.",
    ),
    "tool-description-thin": CodeEntry(
        _W,
        "The description only repeats the name, or is a few letters long.",
        'get_user: "Get user."',
        "Say what the tool does, when to use it, and what it gives back.",
    ),
    "tool-description-placeholder": CodeEntry(
        _W,
        "The description is a placeholder.",
        '"description": "TODO"',
        "Write one sentence that says what it does and when.",
    ),
    "tool-description-same": CodeEntry(
        _W,
        "Two tools have the same description; the model can only guess between them.",
        "get_order and get_invoice: Get the document.",
        "Say in each what tells it from the other.",
    ),
}

_SCHEMA_CODES: dict[str, CodeEntry] = {
    "tool-schema-impossible": CodeEntry(
        _E,
        "No value satisfies a part of the schema.",
        '"minimum": 5, "maximum": 1',
        f"Mend the bounds, the enum or its type; {_FIX} writes '1' as 1 for an integer.",
    ),
    "tool-enum-type": CodeEntry(
        _W,
        "Some values of an enum are not of the parameter's type and never pass.",
        '"type": "string", "enum": ["a", 1]',
        f"Write the values in the type; {_FIX} writes 1 as a string and a string '1' as 1.",
    ),
    "tool-enum-mixed": CodeEntry(
        _W,
        "An enum mixes types; templates that write values as text lose the difference.",
        '"enum": [1, "1", true]',
        "Use one type.",
    ),
    "tool-enum-duplicate": CodeEntry(
        _W,
        "An enum holds a value twice.",
        '"enum": ["S", "M", "S"]',
        f"Remove one; {_FIX} does.",
    ),
    "tool-default-invalid": CodeEntry(
        _W,
        "A default breaks the schema that it stands in: a model that copies it calls wrongly.",
        '"type": "integer", "default": "five"',
        f"Mend the default or the type; {_FIX} mends '5' and drops null.",
    ),
    "tool-parameter-example-invalid": CodeEntry(
        _W,
        "An example value of a parameter breaks the parameter's schema.",
        '"type": "integer", "examples": ["five"]',
        "Mend the example or the type.",
    ),
    "tool-bounds-huge": CodeEntry(
        _W,
        "A bound lies beyond the integers of 64 bits, which many readers round.",
        '"maximum": 99999999999999999999',
        "Use a smaller bound, or none.",
    ),
    "tool-pattern-slow": CodeEntry(
        _W,
        "A pattern can take exponential time in engines that backtrack.",
        '"pattern": "^(a+)+$"',
        "Write it so that each text can be matched in one way only.",
    ),
    "tool-type-missing": CodeEntry(
        _W,
        "A parameter has no type; any value passes.",
        '"city": {"description": "..."}',
        "Write its type.",
    ),
    "tool-items-missing": CodeEntry(
        _W,
        "A list does not say what its elements are; OpenAI and Gemini refuse such a schema.",
        '"type": "array" without "items"',
        'Write "items": {"type": ...}.',
    ),
    "tool-too-deep": CodeEntry(
        _W,
        "The arguments are nested deep; small models lose their way, some servers refuse.",
        "an object in a list in an object in ...",
        "Flatten the parameters, or split the tool.",
    ),
    "tool-object-open": CodeEntry(
        _W,
        "Unknown arguments pass: an argument that the model invents is not noticed.",
        '"additionalProperties": true',
        'Write "additionalProperties": false unless any key is meant.',
    ),
    "tool-top-combinator": CodeEntry(
        _W,
        "The parameters have anyOf, oneOf, allOf or not at the top, which some servers refuse.",
        '"parameters": {"properties": ..., "oneOf": [...]}',
        "Split the tool, or list all parameters and say the rule in the description.",
    ),
    "tool-empty-call": CodeEntry(
        _W,
        "A call without arguments passes though parameters are evidently needed.",
        '{"properties": {"city": ..., "zip": ...}} without required',
        f"Write `required`; {_FIX} writes it, or minProperties 1.",
    ),
    "tool-required-told": CodeEntry(
        _W,
        "A description says that a parameter is required; the schema does not.",
        '"description": "Required. The city."',
        f"Write it into `required`; {_FIX} does.",
    ),
}

_TEMPLATE_CODES: dict[str, CodeEntry] = {
    "template-name-unreadable": CodeEntry(
        _W,
        "The engine's reader of this template does not read calls of a tool with this name.",
        "get-user with template gemma3, whose reader knows no dash",
        "Rename the tool with letters, digits and underscores.",
    ),
    "template-parameter-unreadable": CodeEntry(
        _W,
        "The engine's reader of this template does not read calls with this parameter.",
        "`user-id` with template gemma4 or lfm2",
        "Rename the parameter with letters, digits and underscores.",
    ),
    "template-value-unreadable": CodeEntry(
        _W,
        "A value that the schema allows is written so that the engine cannot read it back.",
        'an enum value with a quotation mark and template lfm2; "Action:" with gemma3',
        "Choose another value, or train with another template.",
    ),
    "template-value-retyped": CodeEntry(
        _W,
        "The template writes values as bare text: a string that looks like JSON changes type.",
        '"type": "string", "enum": ["1", "2"] with template qwen3_5',
        "Make it a number, or choose values that no JSON reader takes for one.",
    ),
    "template-calls-unreadable": CodeEntry(
        _W,
        "The engine cannot read back the calls that it writes with this template.",
        "template glm4_moe",
        "Nothing to do for training; fctune eval reads them by itself.",
    ),
    "template-parallel-unsupported": CodeEntry(
        _W,
        "The template cannot write several calls in one turn; the engine stops on such a row.",
        "template glm4",
        "Have one call a turn in the data, or train with another template.",
    ),
    "template-schema-hidden": CodeEntry(
        _W,
        "The template prints parameters in words and leaves a part of the schema out.",
        "nested properties, bounds or defaults with template gemma3",
        "Say it in the parameter's description, flatten it, or train with another template.",
    ),
    "template-special-token": CodeEntry(
        _W,
        "The text holds a token that the template itself uses; the tokenizer takes it for real.",
        '"description": "Ends with <|im_end|>."',
        "Write the token in other words.",
    ),
    "template-call-marker": CodeEntry(
        _E,
        "A value holds the marks of a call; the engine stops on a call with such an argument.",
        '"enum": ["<tool_call>x</tool_call>"]',
        "Choose another value.",
    ),
}

LINT_CODES: dict[str, CodeEntry] = {
    **_CATALOGUE_CODES,
    **_WORD_CODES,
    **_SCHEMA_CODES,
    **_TEMPLATE_CODES,
}
