"""Writing a good OKR: pure checks of the words, which explain and suggest and never refuse."""

from okrs.writing.deadlines import Period
from okrs.writing.key_results import KeyResultDraft, check_key_result
from okrs.writing.likeness import Likeness, most_alike
from okrs.writing.objectives import check_objective
from okrs.writing.remarks import PROMPT, Code, Remark, Review, Tone, Verdict

__all__ = [
    "PROMPT",
    "Code",
    "KeyResultDraft",
    "Likeness",
    "Period",
    "Remark",
    "Review",
    "Tone",
    "Verdict",
    "check_key_result",
    "check_objective",
    "most_alike",
]
