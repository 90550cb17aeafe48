"""The labels of the page, in English and Chinese.

Input: a language. Output: its labels by key. The page holds both languages, and its reader switches
between them. Texts of the data, reasons and names of metrics in results.json stay as they are.
"""

from __future__ import annotations

from fctune.evaluation.page_html.doubt_words import DOUBT_WORDS
from fctune.evaluation.page_html.metric_words import METRIC_WORDS

LANGUAGES = ("en", "zh")

# key: (English, Chinese)
_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Evaluation", "评测报告"),
    "other_language": ("中文", "English"),
    "overview": ("Overview", "概览"),
    "headline": ("Function accuracy ({mode}): {value}", "函数调用准确率（{mode}）：{value}"),
    "mode": ("mode", "评分模式"),
    "account": (
        "{n} cases = {correct} right + {wrong} wrong + {unscored} without an answer.",
        "{n} 个用例 = 正确 {correct} + 错误 {wrong} + 无回答 {unscored}。",
    ),
    "intervals": (
        "Bars are 95 % intervals; “few” marks fewer than 30 cases.",
        "横条为 95 % 置信区间；“样本少”表示不足 30 个用例。",
    ),
    "few": ("few", "样本少"),
    "lower_better": ("less is better", "越低越好"),
    "of_cases": ("{n} cases", "{n} 个用例"),
    "cases_counted": ("{n} cases", "{n} 个用例"),
    "outcomes": ("Outcomes", "结果分布"),
    "note_outcomes": (
        "Each case has one outcome: the first of this list that applies. Choose one to see its "
        "cases.",
        "每个用例只有一个结果：列表中最先符合的一项。点击可查看对应用例。",
    ),
    "decision_matrix": ("Decisions", "决策"),
    "note_decision": (
        "Rows: what was due. Columns: what the model did. Counted in cases. Choose a cell to see "
        "its cases.",
        "行：应做的；列：模型做的。单位为用例。点击单元格查看用例。",
    ),
    "confusion_matrix": ("Tool confusion", "工具混淆"),
    "note_confusion": (
        "Rows: the tool that was due. Columns: the tool that was called. Counted in calls, "
        "parallel ones paired. Choose a cell to see its cases; the same counts are in "
        "confusion.csv.",
        "行：应调用的工具；列：实际调用的工具。单位为调用，并行调用先配对。点击单元格查看用例；"
        "同样的数字见 confusion.csv。",
    ),
    "note_other": (
        "“other” holds the rarer tools; {right} of the calls in its own cell are right.",
        "other 为其余较少的工具；其对角格中有 {right} 次调用是正确的。",
    ),
    "due_called": ("due ↓ · done →", "应为 ↓ · 实际 →"),
    "sum": ("sum", "合计"),
    "metrics": ("All metrics", "全部指标"),
    "note_metrics": (
        "Choose the head of a column to sort.",
        "点击列标题可排序。",
    ),
    "lessons": ("By lesson", "按训练内容"),
    "tags": ("By slice", "按切片"),
    "by_tool": ("By tool", "按工具"),
    "note_by_tool": (
        "The tools with the most wrong calls come first.",
        "错误调用最多的工具排在最前。",
    ),
    "dimensions": ("Five difficulties", "五类难点"),
    "formats": ("Strict and repaired reading", "严格读取与修复读取"),
    "note_formats": (
        "Strict: the output as it is. Repaired: small faults of form mended before reading. All "
        "other numbers are of the strict reading.",
        "严格：按原样读取；修复：先补正小的格式错误再读取。其余数字均为严格读取。",
    ),
    "repairs": ("What was mended", "修复内容"),
    "long_tail": ("Long tail", "长尾"),
    "note_tail": (
        "Tools by how often they were trained.",
        "按训练中出现次数划分的工具。",
    ),
    "robustness": ("Robustness", "鲁棒性"),
    "execution": ("Execution", "执行结果"),
    "error_types": ("Errors by type", "错误类型"),
    "tokens": ("Output tokens", "输出 token 数"),
    "shown": ("Show", "展开"),
    "settings": ("Settings and data", "设置与数据"),
    "cases": ("Cases", "用例"),
    # Columns and captions.
    "metric": ("metric", "指标"), "value": ("value", "值"), "cases_n": ("cases", "用例数"),
    "meaning": ("meaning", "含义"),
    "lesson": ("lesson", "内容"), "tag": ("slice", "切片"), "tool": ("tool", "工具"),
    "calls_right": ("calls right", "调用正确"), "right": ("right", "正确"),
    "all_calls": ("all", "全部"), "taken_for": ("most often taken for", "最常误作"),
    "strict": ("strict", "严格"), "repaired": ("repaired", "修复"),
    "repair": ("mended", "修复项"), "bucket": ("tools", "工具组"),
    "tools_n": ("tools", "工具数"), "training_calls": ("calls in training", "训练中的调用数"),
    "name": ("name", "名称"), "n": ("n", "n"),
    "variant": ("variant", "变体"), "origins_right": ("origins right", "原用例正确"),
    "variants_right": ("variants right", "变体正确"), "lost": ("lost", "损失"),
    "what_it_does": ("what it does", "说明"),
    "whole": ("Over all tools", "全部工具"), "worst": ("Worst tools", "最差的工具"),
    "training": ("training", "训练集"), "setting": ("setting", "设置项"),
    "set_to": ("value", "值"), "what": ("what", "项目"),
    "config": ("Settings", "设置"), "data": ("Data", "数据"), "versions": ("Versions", "版本"),
    "and_more": ("and {n} more", "另有 {n} 项"),
    # Difficulties and buckets.
    "dim_structure": ("Structure", "结构稳定"),
    "dim_arguments": ("Arguments", "参数提取与编造"),
    "dim_timing": ("When to call", "调用时机"),
    "dim_state": ("State over turns", "多轮状态"),
    "dim_generalisation": ("Unseen tools", "未见过的工具"),
    "means_structure": (
        "With tools at hand, does every output keep the call format and the tool's schema, also "
        "where calls are nested, parallel or have many tools to choose from?",
        "有工具可用时，每次输出是否都遵守调用格式与工具的 schema，包括嵌套、并行和工具很多的情形？",
    ),
    "means_arguments": (
        "Does a call hold the values that were said, all of them and none beside, and does the "
        "model ask for those that nobody said?",
        "调用是否包含说过的全部取值且没有多余的，对没人说过的取值是否反问？",
    ),
    "means_timing": (
        "Does the model call where a tool helps, answer where none is needed, ask where a value is "
        "missing, and refuse where no tool fits?",
        "工具有用时是否调用，不需要时是否回答，缺值时是否反问，没有合适工具时是否拒答？",
    ),
    "means_state": (
        "After results and earlier exchanges, does the model go on rightly, and carry over what a "
        "follow-up leaves out?",
        "在得到结果和之前的对话之后，是否继续正确，并承接后续问题省略的内容？",
    ),
    "means_generalisation": (
        "Does the model call tools that no training row calls? Known only where the training split "
        "is given, or the cases say so.",
        "是否能调用训练数据中从未调用过的工具？仅在给出训练集或用例注明时可知。",
    ),
    "group_overall": ("Overall", "总体"),
    "group_timing": ("When to call", "调用时机"),
    "group_parsed": ("When to call, readable calls only", "调用时机（只计可读取的调用）"),
    "group_selection": ("Which tool", "工具选择"),
    "group_arguments": ("Which arguments", "参数"),
    "group_form": ("Form", "格式"),
    "group_asking": ("Asking for what is missing", "反问缺失信息"),
    "group_dialogues": ("Dialogues", "对话"),
    "group_parallel": ("Parallel calls", "并行调用"),
    "family_expects": ("What is due", "应做的决策"),
    "family_tools": ("Tools to choose from", "可选工具数"),
    "family_calls": ("Gold calls of the turn", "本轮标准调用数"),
    "family_turn": ("Question of the dialogue", "对话中的第几问"),
    "family_depth": ("Depth of the arguments", "参数嵌套深度"),
    "family_carry": ("Carried over from earlier turns", "承接前文"),
    "family_category": ("Category", "类别"),
    "family_source": ("Source", "来源"),
    "family_bucket": ("How often the tool was trained", "工具的训练次数"),
    "family_variant": ("Variant", "变体"),
    "family_held_out": ("Held-out tools", "留出的工具"),
    "bucket_head": ("head", "头部"), "bucket_mid": ("middle", "中部"),
    "bucket_tail": ("tail", "尾部"), "bucket_unseen": ("unseen", "未见过"),
    # Decisions and specials of the matrices.
    "call": ("call", "调用"), "answer": ("answer", "直接回答"), "ask": ("ask", "反问"),
    "refuse": ("refuse", "拒答"),
    "other": ("other", "其他"), "no_call": ("no call", "不调用"),
    "unknown_tool": ("unknown tool", "未知工具"), "malformed": ("malformed", "格式错误"),
    # Outcomes: word, then meaning.
    "outcome_infra_error": ("no answer", "无回答"),
    "outcome_truncated": ("cut off", "被截断"),
    "outcome_malformed": ("malformed", "格式错误"),
    "outcome_missed_call": ("missed call", "漏调用"),
    "outcome_false_call": ("false call", "误调用"),
    "outcome_wrong_count": ("wrong count", "调用数不符"),
    "outcome_unknown_tool": ("unknown tool", "未知工具"),
    "outcome_wrong_tool": ("wrong tool", "工具错误"),
    "outcome_missing_required": ("missing argument", "缺少必填参数"),
    "outcome_unknown_param": ("unknown parameter", "未知参数"),
    "outcome_type": ("wrong type", "类型错误"),
    "outcome_enum": ("not in enum", "不在枚举中"),
    "outcome_value": ("wrong value", "值错误"),
    "outcome_ok": ("right", "正确"),
    "means_infra_error": ("the server or the recording gave no answer; not scored",
                          "服务器或记录没有回答，不计分"),
    "means_truncated": ("the limit of new tokens cut the answer", "达到新 token 上限，回答被截断"),
    "means_malformed": ("a call was begun and cannot be read", "开始了调用，但无法读取"),
    "means_missed_call": ("words, where a call was due", "应调用却只给出文字"),
    "means_false_call": ("a call, where words were due", "应给出文字却发起了调用"),
    "means_wrong_count": ("more or fewer calls than were due", "调用次数多于或少于应有次数"),
    "means_unknown_tool": ("a tool that is not listed", "调用了未列出的工具"),
    "means_wrong_tool": ("a listed tool, and not the one that was due",
                         "工具在列表中，但不是应调用的"),
    "means_missing_required": ("a required argument is not given", "未给出必填参数"),
    "means_unknown_param": ("an argument that the tool does not have", "给出了工具没有的参数"),
    "means_type": ("an argument of another type than the schema says", "参数类型与 schema 不符"),
    "means_enum": ("a value that the schema does not list", "取值不在 schema 的枚举中"),
    "means_value": ("lawful arguments, and one has the wrong value", "参数合法，但取值错误"),
    "means_ok": ("right calls, or words where no call was due",
                 "调用正确，或在不需调用时给出文字"),
    # The browser of cases.
    "embedded_all": ("This page holds all {total} cases; wrong ones first.",
                     "本页收录全部 {total} 个用例，错误的在前。"),
    "embedded": (
        "This page holds {shown} of {total} cases: {wrong_shown} of the {wrong} wrong or "
        "unanswered ones, and a sample of the right ones. All are in predictions.jsonl; "
        "one case's story: fctune score predictions.jsonl --explain ID.",
        "本页收录 {total} 个用例中的 {shown} 个："
        "{wrong} 个错误或无回答的用例中的 {wrong_shown} 个，以及部分正确用例。"
        "全部见 predictions.jsonl；查看单个用例：fctune score predictions.jsonl --explain ID。",
    ),
    "embedded_wrong": (
        "This page holds {shown} of {total} cases: all {wrong} wrong or unanswered ones, and a "
        "sample of the right ones. All are in predictions.jsonl; one case's story: "
        "fctune score predictions.jsonl --explain ID.",
        "本页收录 {total} 个用例中的 {shown} 个：全部 {wrong} 个错误或无回答的用例，"
        "以及部分正确用例。全部见 predictions.jsonl；"
        "查看单个用例：fctune score predictions.jsonl --explain ID。",
    ),
    "needs_js": ("The browser of cases needs JavaScript; the file report.md does not.",
                 "浏览用例需要 JavaScript；report.md 不需要。"),
    "search": ("search prompts, outputs, reasons", "搜索提示、输出、原因"),
    "reset": ("Reset", "重置"), "all": ("all", "全部"),
    "verdict": ("verdict", "判定"), "outcome": ("outcome", "结果"),
    "decision": ("decision", "决策"), "cell": ("matrix cell", "矩阵单元"),
    "verdict_right": ("right", "正确"), "verdict_wrong": ("wrong", "错误"),
    "verdict_unscored": ("no answer", "无回答"),
    "found": ("{n} of {total} cases on this page", "本页 {total} 个用例中的 {n} 个"),
    "more_cases": ("Show {n} more", "再显示 {n} 个"),
    "nothing": ("No case on this page fits.", "本页没有符合的用例。"),
    "not_here": (
        "Case {id} is not on this page. Its story: fctune score predictions.jsonl --explain {id}",
        "本页没有用例 {id}。可用 fctune score predictions.jsonl --explain {id} 查看。",
    ),
    "remove_cell": ("remove this filter", "移除此筛选"),
    "why": ("Why", "原因"),
    "prompt": ("Prompt", "提示"), "system": ("system", "系统"), "tools": ("tools", "工具"),
    "user": ("user", "用户"), "model": ("model", "模型"), "result": ("result", "结果"),
    "earlier": ("{n} earlier turns", "之前的 {n} 轮"),
    "gold": ("Due", "应为"), "read": ("What was read", "读到的内容"),
    "no_calls": ("no call", "没有调用"), "words_only": ("words", "文字"),
    "read_repaired": ("Read after mending ({repairs})", "修复后读到（{repairs}）"),
    "cannot_be_read": ("cannot be read", "无法读取"),
    "raw": ("Raw output", "原始输出"), "no_raw": ("The recording holds calls, no text.",
                                                  "记录中只有调用，没有文本。"),
    "compared": ("Arguments", "参数对比"), "argument": ("argument", "参数"),
    "due": ("due", "应为"), "got": ("got", "实际"), "judged": ("judged", "判定"),
    "or": ("or", "或"), "omittable": ("may be left out", "可省略"),
    "not_given": ("not given", "未给出"), "not_due": ("not due", "不应有"),
    "no_such_call": ("no call", "没有调用"),
    "arg_right": ("right", "正确"), "arg_wrong": ("wrong", "错误"),
    "free": ("free to give or leave", "可有可无"),
    "invented": ("said nowhere before (heuristic)", "前文没有出处（启发式）"),
    "from": ("from", "来自"), "link": ("link to this case", "此用例的链接"),
    "finish_length": ("cut at the token limit", "达到 token 上限"),
    "prompt_tokens": ("prompt tokens", "提示 token"),
    "output_tokens": ("output tokens", "输出 token"),
    "cut": ("{n} more characters", "另有 {n} 个字符"),
    "error_type": ("official error", "官方错误类型"),
    "ungrounded_values": ("ungrounded values", "无出处的值"),
    "missing_slots": ("to be asked for", "应反问"), "asked_slots": ("asked for", "已反问"),
    "guessed_slots": ("guessed", "猜测"),
    "keys": ("/ search · j k next and previous case · Esc clear",
             "/ 搜索 · j k 下一个、上一个用例 · Esc 清除"),
    **DOUBT_WORDS,
    **METRIC_WORDS,
}  # fmt: skip

KEYS = frozenset(_WORDS)


def words(lang: str) -> dict[str, str]:
    """Return the labels of one language by key.

    >>> words("zh")["user"]
    '用户'
    """
    at = LANGUAGES.index(lang)
    return {key: texts[at] for key, texts in _WORDS.items()}


def both() -> dict[str, dict[str, str]]:
    """Return the labels of both languages, for the switch."""
    return {lang: words(lang) for lang in LANGUAGES}
