"""What the checker says of one prediction: Verdict, and the Fault that it rests on.

Input: a Fault, where there is one. Output: the official error type, and one sentence that begins
with it. The sentence is written when it is asked for: most verdicts are counted, not read.
"""

from __future__ import annotations

from typing import Any, NamedTuple

WRONG_FORMAT = "ast_decoder:decoder_wrong_output_format"
UNDECODED = "ast_decoder:decoder_failed"
CALL_MADE = "irrelevance_error:decoder_success"
NO_CALL = "relevance_error:decoder_failed"
WRONG_NAME = "simple_function_checker:wrong_func_name"
MISSING_REQUIRED = "simple_function_checker:missing_required"
MISSING_OPTIONAL = "simple_function_checker:missing_optional"
UNEXPECTED = "simple_function_checker:unexpected_param"
NO_MATCH = "parallel_function_checker_no_order:cannot_find_match"


class Fault(NamedTuple):
    """The first thing that is wrong with a prediction.

    Attributes:
        kind: the error type, in the official words.
        tool: the gold call's tool; "" where it is no matter of one call.
        parameter: the argument; "" where it is no matter of one argument.
        got: what the prediction has there.
        expected: what would be right: accepted values, names or a count.
        gold: the place of the gold call among its fellows, from 0.
        inner: for a gold call without a partner, the fault of each call that was tried.
    """

    kind: str
    tool: str = ""
    parameter: str = ""
    got: Any = None
    expected: Any = None
    gold: int = 0
    inner: tuple[tuple[int, Fault], ...] = ()


class Verdict(NamedTuple):
    """The verdict on one prediction.

    Attributes:
        valid: the official checker accepts it.
        error_type: why not, in the official words; None where it is valid.
        fault: what is wrong, as data; None where it is valid.
    """

    valid: bool
    error_type: str | None = None
    fault: Fault | None = None

    @property
    def reason(self) -> str:
        """One sentence that begins with the error type; "" where it is valid."""
        from fctune.evaluation.bfcl.sentences import sentence

        return "" if self.fault is None else sentence(self.fault)


VALID = Verdict(valid=True)


def invalid(fault: Fault) -> Verdict:
    """Return the verdict on a prediction with a fault."""
    # Without the keyword-aware constructor, which costs as much as a whole argument.
    return tuple.__new__(Verdict, (False, fault[0], fault))


def nearest_of(fault: Fault) -> tuple[int, Fault]:
    """Return the tried call that came nearest, with its place: one of the right name first."""
    named = [pair for pair in fault.inner if pair[1].kind != WRONG_NAME]
    return (named or list(fault.inner))[0]
