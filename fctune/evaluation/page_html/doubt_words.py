"""What a reader of the page must know before the numbers, in English and Chinese.

Input: none. Output: labels by key, with blanks in braces that `view.doubts` fills.
"""

from __future__ import annotations

# key: (English, Chinese)
DOUBT_WORDS: dict[str, tuple[str, str]] = {
    "doubt_unscored": (
        "{unscored} of {n} cases have no answer: the numbers may not stand for the split.",
        "{n} 个用例中有 {unscored} 个没有回答：数字未必能代表整个测试集。",
    ),
    "doubt_few": (
        "Function accuracy rests on {n} cases: the interval says more than the value.",
        "函数调用准确率只基于 {n} 个用例：应看区间，而不是数值。",
    ),
    "doubt_rejected": (
        "{rejected} of {rows} rows of the split could not be read and are not counted.",
        "测试集 {rows} 行中有 {rejected} 行无法读取，未计入。",
    ),
    "doubt_drawn": (
        "At most {most} cases were drawn, half of them with a call: overall shares are of the "
        "draw, not of the split.",
        "最多抽取 {most} 个用例，其中一半需要调用：总体比例属于抽样，不属于整个测试集。",
    ),
    "doubt_empty": (
        "{empty} of {n} answers are empty: they make no call, and do none of call, answer, ask "
        "and refuse.",
        "{n} 个回答中有 {empty} 个为空：既没有调用，也不算回答、反问或拒答。",
    ),
    "doubt_tools": (
        "{without} of {cases} cases do not tell which tools the model had: what needs the tools "
        "counts nothing there.",
        "{cases} 个用例中有 {without} 个没有说明模型可用的工具：依赖工具的指标不计这些用例。",
    ),
    "doubt_seen": (
        "{seen} of {cases} cases have a prompt that stands in the training rows of {training}: "
        "their figures may tell of memory.",
        "{cases} 个用例中有 {seen} 个的提问出现在训练数据 {training} 中：其数字可能只反映记忆。",
    ),
    "contamination": ("Contamination", "数据污染"),
}
