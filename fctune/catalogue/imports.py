"""Codes of tool imports: what an API description says that a tool schema cannot."""

from __future__ import annotations

from fctune.catalogue.entry import CodeEntry, Severity

_E, _R, _W = Severity.ERROR, Severity.REPAIR, Severity.WARNING

IMPORT_CODES: dict[str, CodeEntry] = {
    "import-name-changed": CodeEntry(
        _R,
        "The tool's name was made lawful or unique; its own name stays in `origin`.",
        '"operationId": "pet.get" -> "pet_get"',
        "Rename the tool if you know a better name. Where logs call it by its own name, add beside "
        "the tools: tool_mapping: [{tool: NEW NAME, api: OWN NAME, unmapped: keep}].",
    ),
    "import-not-expressed": CodeEntry(
        _W,
        "The source says something that a tool schema cannot hold; it was left out.",
        "a callback, a file upload, a Python type without a JSON form",
        "Say it in the tool's description if the model must know it.",
    ),
    "import-reference-missing": CodeEntry(
        _W,
        "A reference leads nowhere; the place accepts any value.",
        '"$ref": "#/components/schemas/Gone"',
        "Add what the reference names to the source.",
    ),
    "import-reference-refused": CodeEntry(
        _W,
        "A reference leads to the network or outside the source's folder and was not followed.",
        '"$ref": "https://..."',
        "Put the file beside the source and refer to it by a relative path.",
    ),
    "import-cycle-cut": CodeEntry(
        _R,
        "A schema contains itself; the inner place accepts any object.",
        "Node.children: array of Node",
        "Nothing to do; write the depth that the model needs by hand if it matters.",
    ),
    "import-size-cut": CodeEntry(
        _R,
        "A schema unfolds to more than a model can read; its deepest places accept any value.",
        "components that refer to ten others, six levels deep",
        "Nothing to do; write a smaller schema by hand if the model must know the deep places.",
    ),
    "import-parameter-added": CodeEntry(
        _R,
        "The path has a variable that no parameter declares; a required text was added.",
        "/pets/{id} without a parameter id",
        "Declare the parameter in the source to give it a type and a description.",
    ),
    "import-tool-skipped": CodeEntry(
        _E,
        "An entry of the source could not become a tool.",
        "an operation that is no object",
        "Mend the source at the place named.",
    ),
    "import-page-missing": CodeEntry(
        _E,
        "An MCP server's answer announces a further page of tools that was not read.",
        'a saved {"tools": [...], "nextCursor": "2"}',
        "Import the server live with mcp:COMMAND or mcp:URL, or save all its pages as one list.",
    ),
    "import-tool-nested": CodeEntry(
        _W,
        "A tool decorator stands on a method, or on a function within another; it was not taken.",
        "class Shop: @tool def find(self, text: str)",
        "Take a method with --name Class.method; a function within another: move it out, or import "
        "the running server with mcp:COMMAND.",
    ),
}
