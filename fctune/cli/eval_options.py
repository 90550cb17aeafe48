"""The options of `fctune eval` that say who answers and what is asked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Server(StrEnum):
    """How a server takes history."""

    openai = "openai"
    llamafactory = "llamafactory"


class Quantized(StrEnum):
    """How the weights of a local checkpoint are loaded."""

    none = "none"
    four = "4bit"
    trained = "trained"


class ToolChoice(StrEnum):
    """What --constrain lets an answer be."""

    auto = "auto"
    required = "required"


class Engine(StrEnum):
    """Where the cases are asked."""

    local = "local"
    ray = "ray"


class Language(StrEnum):
    """The language of report.html."""

    en = "en"
    zh = "zh"


CheckpointArg = Annotated[
    Path | None,
    typer.Argument(
        help="Model folder, or LoRA adapter folder; or give --endpoint.", show_default=False
    ),
]
DataOpt = Annotated[
    Path,
    typer.Option(
        help="Held-out split, such as data/shop_test.jsonl, or a file of BFCL, When2Call, xLAM "
        "or OpenAI rows.",
        show_default=False,
    ),
]
OutOpt = Annotated[Path, typer.Option("--out", help="Folder for the results.", show_default=False)]
TemplateOpt = Annotated[
    str | None, typer.Option(help="Engine template; default: that of the training run.")
]
CallFormatOpt = Annotated[
    str | None,
    typer.Option(
        "--call-format", help="How calls are written; default: that of the template, or auto."
    ),
]
MaxNewTokensOpt = Annotated[int, typer.Option(help="Most tokens of an answer.", min=1)]
BatchTokensOpt = Annotated[
    int, typer.Option(help="Most tokens of a batch, padding and answers included.", min=1)
]
MaxCasesOpt = Annotated[
    int | None,
    typer.Option(help="Ask only so many cases, drawn by --seed, half of them with calls.", min=1),
]
TrainOpt = Annotated[
    Path | None,
    typer.Option(
        "--train",
        help="Manifest or training split: accuracy by how often a tool was trained.",
        show_default=False,
    ),
]
EndpointOpt = Annotated[
    str | None,
    typer.Option(
        help="URL of an OpenAI-compatible server, such as http://localhost:8000/v1; the key is "
        "read from FCTUNE_API_KEY or OPENAI_API_KEY.",
        show_default=False,
    ),
]
ModelOpt = Annotated[
    str | None,
    typer.Option(
        "--model", help="Model name that the server knows, for --endpoint.", show_default=False
    ),
]
ServerOpt = Annotated[
    Server,
    typer.Option(help="How the server takes history: as OpenAI, or as `llamafactory-cli api`."),
]
ConcurrencyOpt = Annotated[
    int, typer.Option(help="Requests under way at a time; 1 measures latency.", min=1)
]
TimeoutOpt = Annotated[
    float, typer.Option(help="Most seconds of one request, its whole answer included.", min=1)
]
RetriesOpt = Annotated[
    int, typer.Option(help="Tries after the first where the server is busy or fails.", min=0)
]
StreamOpt = Annotated[
    bool,
    typer.Option(
        "--stream/--no-stream", help="Let the server stream; the time to the first token is kept."
    ),
]
RequestOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--request",
        metavar="KEY=VALUE",
        help="Added to the body of each request; null takes a key out. May be repeated.",
        show_default=False,
    ),
]
ConstrainOpt = Annotated[
    bool,
    typer.Option("--constrain", help="Let the model write only words, or calls that are lawful."),
]
MaxCallsOpt = Annotated[
    int, typer.Option("--max-calls", help="With --constrain: most calls of a turn.", min=1)
]
MaxStringOpt = Annotated[
    int,
    typer.Option(
        "--max-string",
        help="With --constrain: most characters of a string without a bound; 0 for any.",
        min=0,
    ),
]
TemperatureOpt = Annotated[
    float,
    typer.Option(help="Sample; 0 takes the likeliest token. Drawn by --seed and case.", min=0),
]
SharePrefixOpt = Annotated[
    bool,
    typer.Option(
        "--share-prefix/--no-share-prefix",
        help="Compute the tokens that prompts of one catalogue begin with once.",
    ),
]
AnswersOpt = Annotated[
    Path | None,
    typer.Option(
        "--answers",
        help="Possible answers of BFCL, file or folder; default: beside the questions.",
        show_default=False,
    ),
]
UnderscoreOpt = Annotated[
    bool,
    typer.Option(
        "--underscore-to-dot",
        help="BFCL: the model had dots in tool names written as underscores.",
    ),
]
ToolChoiceOpt = Annotated[
    ToolChoice, typer.Option("--tool-choice", help="With --constrain: calls may, or must, be made.")
]
ThinkingOpt = Annotated[
    bool | None,
    typer.Option(
        "--thinking/--no-thinking",
        help="Let a reasoning model think first; default: where it was trained on thoughts.",
        show_default=False,
    ),
]
QuantizeOpt = Annotated[
    Quantized, typer.Option("--quantize", help="Load the base in 4 bits, or as it was trained.")
]
ResumeOpt = Annotated[
    bool,
    typer.Option("--resume", help="Go on where an earlier run into --out was broken off."),
]
EngineOpt = Annotated[
    Engine, typer.Option("--engine", help="Ask here, or with the workers of a Ray cluster.")
]
WorkersOpt = Annotated[
    int,
    typer.Option(
        "--workers", help="Workers of --engine ray, each with the model; 0: one per GPU.", min=0
    ),
]
RayAddressOpt = Annotated[
    str | None,
    typer.Option("--ray-address", help="Ray cluster; default: one on this machine."),
]
TraceOpt = Annotated[
    bool, typer.Option("--trace", help="Tell every case on stderr as it is judged.")
]
LangOpt = Annotated[Language, typer.Option("--lang", help="Language that report.html opens in.")]
