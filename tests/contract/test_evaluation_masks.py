"""The mask of one new token is the one that transformers makes."""

from __future__ import annotations

import pytest

pytest.importorskip("transformers", reason="needs the [train] extra")
pytestmark = pytest.mark.contract

import torch  # noqa: E402
from transformers import masking_utils  # noqa: E402

from fctune.evaluation.local.predict_local_mask import one_token_mask, quick_masks  # noqa: E402

THEIRS = masking_utils.ALL_MASK_ATTENTION_FUNCTIONS["sdpa"]


@pytest.mark.parametrize("keys", [9, 12])
@pytest.mark.parametrize("skip", [False, True])
def test_it_is_their_mask(keys: int, skip: bool) -> None:
    padding = torch.ones((3, 9), dtype=torch.bool)
    padding[0, :4] = False
    padding[1, 2:5] = False  # between prefix and rest
    asked = {
        "batch_size": 3,
        "cache_position": torch.tensor([8]),
        "kv_length": keys,
        "kv_offset": 0,
        "mask_function": masking_utils.causal_mask_function,
        "attention_mask": padding,
        "allow_is_causal_skip": skip,
    }
    ours, theirs = one_token_mask(**asked), THEIRS(**asked)
    assert ours is not None and ours.dtype == theirs.dtype
    assert torch.equal(ours.expand_as(theirs), theirs)


def test_all_else_is_theirs() -> None:
    alone = torch.ones((1, 5), dtype=torch.bool)
    asked = {"cache_position": torch.tensor([4]), "kv_length": 5, "attention_mask": alone}
    assert one_token_mask(**asked) is None  # none is needed
    window = masking_utils.sliding_window_causal_mask_function(3)
    alone[0, 0] = False
    assert one_token_mask(**asked) is not None
    assert one_token_mask(**asked, mask_function=window) is None
    assert one_token_mask(**asked, kv_offset=2) is None
    assert one_token_mask(**{**asked, "cache_position": torch.arange(5)}) is None
    with quick_masks():
        mask = masking_utils.ALL_MASK_ATTENTION_FUNCTIONS["sdpa"]
        whole = {"batch_size": 1, "cache_position": torch.arange(5), "kv_length": 5}
        assert torch.equal(
            mask(**whole, attention_mask=alone), THEIRS(**whole, attention_mask=alone)
        )
    assert masking_utils.ALL_MASK_ATTENTION_FUNCTIONS["sdpa"] is THEIRS
