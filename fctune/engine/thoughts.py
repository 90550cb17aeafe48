"""The words that reasoning templates put around a thought.

Input: the name of an engine template. Output: what stands before and behind a thought in a row.
The facts are data and are held against the pinned engine by
`tests/contract/test_engine_thoughts.py`.

What llamafactory 0.9.5 data/template.py ReasoningTemplate then trains:

- By default (`enable_thinking: true`) every thought of every model turn is trained, and a turn
  without one learns an empty thought: `enable_thinking: null` gives that turn an empty thought
  that it does not learn, which is right for sets that have thoughts in some turns only.
- `enable_thinking: false` takes all thoughts out of the row again.
- With `mask_history: true` the thoughts of all model turns but the last are taken out, those before
  calls of the same exchange too, which the models' own chat templates keep. The engine's
  `preserve_thinking: true` keeps them all.
- Thoughts of earlier exchanges stay in the context else; the models' own chat templates leave them
  out there. Prefix rows (`--prefix-rows`) with `mask_history: true` come closest to those.
"""

from __future__ import annotations

_LINES = ("<think>\n", "\n</think>\n\n")
_BARE = ("<think>", "</think>")

# llamafactory 0.9.5 data/template.py. Left out are reasoning templates that write a thought in
# another place than the model does where a call follows: gemma4 and gemma4n put it inside the token
# that opens a call, seed_oss behind a second start of the turn, and gpt_oss, which has no form
# for calls, would say that the call is the final answer.
THOUGHT_WORDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "deepseekr1", "ernie_vl", "glm4_5v", "glm4_moe", "glm4v", "glmz1", "keye_vl", "mimo",
            "mimo_vl", "minimax2", "qwen3", "qwen3_5", "qwen3_6", "qwen3_omni", "qwen3_vl", "youtu",
        ),
        _LINES,
    ),
    **dict.fromkeys(("aeva", "glm4_7", "hy3", "mimo_v2"), _BARE),
    "kimi_vl": ("◁think▷", "◁/think▷"),
}  # fmt: skip


def thought_words_of(template: str) -> tuple[str, str] | None:
    r"""Return the words before and behind a thought; None where the template has no form for one.

    >>> thought_words_of("qwen3"), thought_words_of("qwen")
    (('<think>\n', '\n</think>\n\n'), None)
    """
    return THOUGHT_WORDS.get(template)
