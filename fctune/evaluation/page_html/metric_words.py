"""Names of the metrics on the page, in English and Chinese, and their meaning in Chinese.

Input: none. Output: labels by key: `metric_` and the name in results.json. The English name is that
of results.json itself, written as words, and the English meanings are those of the ratios; a metric
without an entry here is shown by its name.
"""

from __future__ import annotations

_PARSED = "（只计可读取的调用）"

# name: (Chinese, meaning in Chinese)
_METRICS: dict[str, tuple[str, str]] = {
    "function_accuracy": ("函数调用准确率", "应调用的用例中，全部调用正确的比例"),
    "overall_accuracy": ("总体准确率", "全部用例：调用正确，或不需调用时给出文字"),
    "repaired_function_accuracy": ("函数调用准确率（修复后）", "同上，无法严格读取时采用宽松读取"),
    "over_call_rate": ("误调用率", "不需调用的用例中发起或开始调用的比例：FP / (FP + TN)"),
    "missed_call_rate": ("漏调用率", "应调用的用例中没有发起调用的比例：FN / (TP + FN)"),
    "decision_precision": ("调用精确率", "发起的调用中确实应调用的比例：TP / (TP + FP)"),
    "decision_recall": ("调用召回率", "应调用的用例中发起调用的比例：TP / (TP + FN)"),
    "decision_f1": ("调用 F1", "两者的调和平均：2 TP / (2 TP + FP + FN)"),
    "balanced_accuracy": ("平衡准确率", "TP / (TP + FN) 与 TN / (TN + FP) 的平均"),
    "mcc": ("马修斯相关系数", "应调用与已调用的相关性：-1 到 1，0 为随机"),
    "hallucinated_call_rate": ("无可用工具时的调用率", "没有可用工具或应拒答时仍发起调用的比例"),
    "decision_accuracy": (
        "决策准确率", "调用、回答、反问、拒答四类决策正确的比例（文字按规则判别）"),
    "decision_macro_f1": ("决策宏平均 F1", "四类决策 F1 的平均，只计出现的类别"),
    "over_call_rate_parsed": (f"误调用率{_PARSED}", "不需调用的用例中发起可读取调用的比例"),
    "missed_call_rate_parsed": (f"漏调用率{_PARSED}", "应调用的用例中没有可读取调用的比例"),
    "decision_precision_parsed": (f"调用精确率{_PARSED}", "可读取的调用中确实应调用的比例"),
    "decision_recall_parsed": (f"调用召回率{_PARSED}", "应调用的用例中有可读取调用的比例"),
    "decision_f1_parsed": (f"调用 F1{_PARSED}", "两者的调和平均"),
    "balanced_accuracy_parsed": (f"平衡准确率{_PARSED}", "TP / (TP + FN) 与 TN / (TN + FP) 的平均"),
    "mcc_parsed": (f"马修斯相关系数{_PARSED}", "-1 到 1，0 为随机"),
    "selection_given_call": ("工具选择", "应调用且发起了调用的用例中，工具名称一致的比例"),
    "name_precision": ("名称精确率", "发起的调用中，名称与标准答案相符的比例"),
    "name_recall": ("名称召回率", "标准答案的调用中，名称被调用的比例"),
    "name_f1": ("名称 F1", "两者的调和平均（按调用计）"),
    "hallucinated_tool_rate": ("编造工具率", "列出工具的用例中，调用了未列出工具的调用比例"),
    "argument_accuracy": ("参数准确率", "标准答案的参数中，给出且取值正确的比例（召回率）"),
    "argument_precision": ("参数精确率", "给出的参数中正确的比例"),
    "argument_f1": ("参数 F1", "参数准确率与参数精确率的调和平均"),
    "full_arguments": ("参数全对率", "名称正确的调用中，参数全部正确的比例"),
    "missing_required_rate": ("缺少必填参数率", "对已列出工具的调用中缺少必填参数的比例"),
    "hallucinated_param_rate": ("编造参数率", "不属于该工具的参数比例"),
    "type_error_rate": ("类型错误率", "对已列出工具的调用中有类型错误的比例"),
    "enum_error_rate": ("枚举错误率", "对已列出工具的调用中取值不在枚举内的比例"),
    "ungrounded_value_rate": ("无出处取值率", "调用中不正确且前文没有出处的文字和数字（启发式）"),
    "parse_rate": ("可解析率", "输出为文字或可读取的调用的比例"),
    "repaired_parse_rate": ("修复后可解析率", "同上，加上宽松读取能修复的"),
    "format_success": ("格式规范率", "只有文字，或只有可读取的调用而没有多余文字的输出比例"),
    "schema_validity": ("schema 合法率", "对已列出工具的调用中符合 schema 的比例"),
    "truncated_rate": ("截断率", "因新 token 上限被截断的输出比例"),
    "ask_rate": ("反问率", "应反问的用例中，没有调用并提出反问的比例"),
    "ask_targeted": ("反问到位率", "缺失参数已知的用例中，反问提到全部缺失参数的比例"),
    "guess_rate": ("猜测率", "同样的用例中，调用给出了无人说过的缺失参数的比例"),
    "turn_accuracy": ("轮次准确率", "对话中正确轮次的比例（前文为标准轮次）"),
    "process_accuracy": ("过程准确率", "各对话正确轮次比例的平均"),
    "dialogue_accuracy": ("对话准确率", "所有轮次都正确的对话比例"),
    "parallel_accuracy": ("并行调用准确率", "应有两次以上调用的用例中，全部正确且没有多余的比例"),
    "parallel_call_recall": ("并行调用召回率", "这些用例的标准调用中，参数全对地被调用的比例"),
    "extra_call_rate": ("多余调用率", "应调用时发起的、没有对应标准调用的调用比例"),
    "macro_accuracy": ("按工具平均", ""),
    "tool_coverage": ("至少正确调用一次的工具", ""),
    "robust_accuracy": ("各种形式都正确", ""),
    "attack_success": ("攻击成功率", ""),
    "task_success": ("任务完成率", ""),
    "dialogue_success": ("对话完成率", ""),
    "side_effect_rate": ("不应调用时的副作用率", ""),
    "failed_execution_rate": ("执行失败的调用", ""),
    "repeated_call_rate": ("重复调用率", ""),
    "steps_ratio": ("步数比", ""),
    "recovery_rate": ("调用失败后的恢复率", ""),
    "accuracy": ("准确率", ""),
    "precision": ("精确率", ""),
    "recall": ("召回率", ""),
    "f1": ("F1", ""),
}  # fmt: skip

_WRITTEN = {"f1": "F1", "mcc": "MCC"}


def _english(name: str) -> str:
    """Return the name in results.json as words: the page has no second name for a metric.

    >>> _english("decision_macro_f1")
    'decision macro F1'
    """
    return " ".join(_WRITTEN.get(word, word) for word in name.split("_"))


METRIC_WORDS: dict[str, tuple[str, str]] = {
    f"metric_{name}": (_english(name), chinese) for name, (chinese, _) in _METRICS.items()
}
MEANINGS: dict[str, str] = {name: meaning for name, (_, meaning) in _METRICS.items()}
