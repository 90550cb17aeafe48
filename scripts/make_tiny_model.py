"""Make a tiny local model that a CPU can fine-tune in minutes, for quickstart and CI.

Role: the two training stages need a base model, and no model hub may be reachable.
Input: text to train the tokenizer on (`data/raw/**`, `data/tools/**`).
Output: a model directory (config, safetensors, tokenizer with a Qwen-style chat template).
Command: python scripts/make_tiny_model.py --out build/tiny --seed 0

The weights are random, except for a copy circuit. A random network of this size does not learn
to copy an order number from the question into the call within minutes; one that starts with
attention to the two previous tokens (layer 0) and matching on them (layer 1) does. The circuit is
only a start: untrained, the model gets no task right. It knows nothing of any tool.
"""

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

# Special tokens end a generation and are dropped from decoded text.
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
# Markers of the Qwen tool protocol are single tokens, but NOT special: a special <tool_call>
# would stop the generation at once and vanish from the decoded answer.
MARKERS = (
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<tools>",
    "</tools>",
    "<think>",
    "</think>",
)
# The fixed sentences of the Qwen tool prompt, one token each: they stand in every row that offers
# tools, and attention over them would cost a tiny model a sixth of its training time.
SENTENCES = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n",
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n",
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments "
    "within <tool_call></tool_call> XML tags:\n<tool_call>\n",
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>',
)
# One token per digit and per Han character, and no space or quote glued to a word: a value then
# has the same tokens in the question (` blue`) and in JSON (`"blue`), so that it can be copied.
# What stands between two words of JSON (`": "`) is one token, and so is a name like `check_stock`.
PRE_TOKENIZE = "|".join(
    (
        r"\p{Han}",
        r"[^\P{L}\p{Han}]+(?:_[^\P{L}\p{Han}]+)*",
        r"\p{N}",
        r"[^\s\p{L}\p{N}]+(?: [{}\[\]\"/]+)* ?[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+",
    )
)

CHAT_TEMPLATE = Path(__file__).with_name("tiny_chat_template.jinja")


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; `hidden` is split into four equal content slots."""

    vocab: int = 2048
    hidden: int = 192
    layers: int = 4
    heads: int = 4
    head_dim: int = 64
    ffn: int = 512
    rope_theta: float = 1.0e6
    init: float = 0.02
    recency: float = 10.0

    @property
    def slot(self) -> int:
        """Width of one content slot: token, previous, one before, output."""
        return self.hidden // 4


def texts(roots: list[Path]) -> Iterator[str]:
    """Yield every string in the JSON, JSONL and YAML files under `roots`, in a fixed order."""
    for path in sorted(p for root in roots for p in root.rglob("*")):
        if path.suffix == ".jsonl":
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from strings(json.loads(line))
        elif path.suffix == ".json":
            yield from strings(json.loads(path.read_text(encoding="utf-8")))


def strings(value: Any) -> Iterator[str]:
    """Yield the strings inside `value`; tool schemas as the JSON that the model will read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and "tools" in value and isinstance(value["tools"], list):
        yield from (json.dumps(tool, ensure_ascii=False) for tool in value["tools"])
        yield from strings({k: v for k, v in value.items() if k != "tools"})
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def make_tokenizer(corpus: Iterator[str], vocab: int) -> PreTrainedTokenizerFast:
    """Train a byte-level BPE tokenizer; ids depend on the corpus and `vocab` alone."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRE_TOKENIZE), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tok.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab - len(SPECIAL) - len(MARKERS) - len(SENTENCES),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tok.train_from_iterator(corpus, trainer)
    tok.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    tok.add_tokens([AddedToken(t, special=False, normalized=False) for t in (*MARKERS, *SENTENCES)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tok,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
        model_max_length=4096,
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],  # a server passes all that is named
    )
    fast.chat_template = CHAT_TEMPLATE.read_text(encoding="utf-8")
    return fast


def make_model(shape: Shape, tok: PreTrainedTokenizerFast, seed: int) -> Qwen2ForCausalLM:
    """Build a Qwen2 with small random weights, then write the copy circuit into it."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        initializer_range=shape.init,
        vocab_size=shape.vocab,
        hidden_size=shape.hidden,
        intermediate_size=shape.ffn,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        head_dim=shape.head_dim,
        max_position_embeddings=4096,
        rope_theta=shape.rope_theta,
        # Untied: the output reads another slot than the one where the input token stands, or
        # the model would begin by predicting the token that it has just read.
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tok.convert_tokens_to_ids("<|im_end|>"),
        pad_token_id=tok.convert_tokens_to_ids("<|endoftext|>"),
        use_sliding_window=False,
    )
    model = Qwen2ForCausalLM(config)
    with torch.no_grad():
        write_embeddings(model, shape)
        for head in (0, 1):
            write_previous_token_head(model.model.layers[0], shape, head, back=head + 1)
        for head in (0, 1):
            write_match_head(model.model.layers[1], shape, head, pair=head == 0)
        write_recent_words_head(model.model.layers[1], shape, head=2)
    model.generation_config.eos_token_id = config.eos_token_id
    model.generation_config.pad_token_id = config.pad_token_id
    return model


def write_embeddings(model: Qwen2ForCausalLM, shape: Shape) -> None:
    """Put each token's random code into slot 0 on the way in and read slot 3 on the way out."""
    c = shape.slot
    code = torch.randn(shape.vocab, c)
    model.model.embed_tokens.weight.normal_(0, 0.02)
    model.model.embed_tokens.weight[:, :c] += 0.2 * code
    model.lm_head.weight.normal_(0, 0.02)
    model.lm_head.weight[:, 3 * c :] += 0.1 * code


def rotate(vector: torch.Tensor, shape: Shape, offset: int) -> torch.Tensor:
    """Rotate a head vector by `offset` positions, as the rotary embedding does."""
    half = shape.head_dim // 2
    freq = shape.rope_theta ** (-torch.arange(half, dtype=torch.float32) / half)
    cos, sin = torch.cos(offset * freq), torch.sin(offset * freq)
    a, b = vector[:half], vector[half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin])


def write_previous_token_head(layer: Any, shape: Shape, head: int, back: int) -> None:
    """Make `head` attend to the token `back` positions ago and store its code in slot `back`.

    Query and key are constant vectors (biases) that meet after the rotation by `back` positions.
    """
    c, start = shape.slot, head * shape.head_dim
    rows = slice(start, start + shape.head_dim)
    half = shape.head_dim // 2
    vector = torch.zeros(shape.head_dim)
    vector[: half // 3] = 8.0
    attn = layer.self_attn
    attn.q_proj.weight[rows] *= 0.1
    attn.k_proj.weight[rows] *= 0.1
    attn.q_proj.bias[rows] = vector
    attn.k_proj.bias[rows] = rotate(vector, shape, back)
    attn.o_proj.weight[:, rows] *= 0.1
    # Slot 0 alone is filled here, so RMS normalisation doubles it; 0.1 undoes that.
    for i in range(c):
        attn.v_proj.weight[start + i, i] += 1.0
        attn.o_proj.weight[back * c + i, start + i] += 0.1


def write_match_head(layer: Any, shape: Shape, head: int, pair: bool) -> None:
    """Make `head` find where the last token (or `pair`) stood before and copy what came after it.

    Query: current (and previous) token; key: previous (and one before). They are compared through
    a random projection on the slowest rotary dimensions, where position hardly matters. A constant
    on a middle frequency adds that the nearest match wins: the last question, not an older one.
    """
    c, start, half = shape.slot, head * shape.head_dim, shape.head_dim // 2
    first_slow = math.ceil(half * math.log(1000.0) / math.log(shape.rope_theta))
    slow = [*range(first_slow, half), *range(half + first_slow, shape.head_dim)]
    width = len(slow) // 2
    parts = ((0, slow[:width]), (1, slow[width:])) if pair else ((0, slow),)
    attn = layer.self_attn
    attn.o_proj.weight[:, start : start + shape.head_dim] *= 0.1
    for slot, dims in parts:
        projection = torch.linalg.qr(torch.randn(c, c))[0][: len(dims)] * 1.6
        for row, dim in zip(projection, dims, strict=True):
            attn.q_proj.weight[start + dim, slot * c : (slot + 1) * c] += row
            attn.k_proj.weight[start + dim, (slot + 1) * c : (slot + 2) * c] += row
    attn.q_proj.bias[start + first_slow - 4] = shape.recency
    attn.k_proj.bias[start + first_slow - 4] = shape.recency
    for i in range(c):
        attn.v_proj.weight[start + i, i] += 1.0
        attn.o_proj.weight[3 * c + i, start + i] += 0.2


def write_recent_words_head(layer: Any, shape: Shape, head: int) -> None:
    """Make `head` average the words of about the last 24 tokens, the last question as a rule.

    Query and key are constants again, on middle frequencies, which blur the position that they
    meet at. What was asked for then stands in one slot, in whatever words and at whatever place.
    """
    c, start = shape.slot, head * shape.head_dim
    rows = slice(start, start + shape.head_dim)
    half = shape.head_dim // 2
    vector = torch.zeros(shape.head_dim)
    vector[3 * half // 16 : 11 * half // 32] = 3.5
    attn = layer.self_attn
    attn.q_proj.bias[rows] = vector
    attn.k_proj.bias[rows] = rotate(vector, shape, 12)
    attn.o_proj.weight[:, rows] *= 0.1
    for i in range(c):
        attn.v_proj.weight[start + i, i] += 1.0
        attn.o_proj.weight[2 * c + i, start + i] += 1.0


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=Path, default=root / "build" / "tiny")
    parser.add_argument("--corpus", type=Path, nargs="+", default=None)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--vocab", type=int, default=Shape.vocab)
    parser.add_argument("--hidden", type=int, default=Shape.hidden)
    parser.add_argument("--layers", type=int, default=Shape.layers)
    parser.add_argument("--ffn", type=int, default=Shape.ffn)
    return parser.parse_args()


def main() -> None:
    """Make the tokenizer and the model and save both."""
    args = parse_args()
    raw = Path(__file__).resolve().parent.parent / "data" / "raw"
    corpus = args.corpus or [raw / name for name in ("ecommerce", "general", "glaive")]
    shape = Shape(
        vocab=args.vocab,
        hidden=args.hidden,
        layers=args.layers,
        ffn=args.ffn,
    )
    tok = make_tokenizer(texts(corpus), shape.vocab)
    if len(tok) > shape.vocab:
        raise SystemExit(f"tokenizer: vocabulary, got {len(tok)}, expected at most {shape.vocab}")
    model = make_model(shape, tok, args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    tok.save_pretrained(args.out)
    model.save_pretrained(args.out)
    count = sum(p.numel() for p in model.parameters())
    print(f"{args.out}: {count / 1e6:.2f} M parameters, {len(tok)} tokens, seed {args.seed}")


if __name__ == "__main__":
    main()
