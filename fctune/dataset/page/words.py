"""The labels of the page, in English and Chinese.

Input: a language. Output: its labels by key. The texts of the data, and the meanings of the issue
codes, are shown as they are.
"""

from __future__ import annotations

LANGUAGES = ("en", "zh")

# key: (English, Chinese)
_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Dataset", "数据集"),
    "overview": ("Overview", "概览"),
    "lessons": ("Lessons", "训练内容"),
    "codes": ("Issue codes", "问题代码"),
    "tools": ("Tools", "工具"),
    "sizes": ("Sizes", "长度与工具数"),
    "audits": ("Audits", "审计"),
    "sources": ("Sources and settings", "来源与设置"),
    "rows": ("Rows", "数据行"),
    "split": ("split", "划分"),
    "lesson": ("lesson", "内容"),
    "code": ("code", "代码"),
    "tool": ("tool", "工具"),
    "kind": ("kind", "类别"),
    "accepted": ("accepted as it was", "原样采用"),
    "repaired": ("repaired", "已修复"),
    "rejected": ("rejected", "已拒绝"),
    "all": ("all", "全部"),
    "read": ("rows read", "读入行数"),
    "kept": ("kept", "保留"),
    "deduplicated": ("exact duplicates", "完全重复"),
    "written": ("rows written", "写出行数"),
    "train": ("train", "训练集"),
    "dev": ("dev", "验证集"),
    "test": ("test", "测试集"),
    "ungrounded": ("rows with an ungrounded argument", "参数无出处的行"),
    "tool_count": ("tools", "工具数"),
    "calls": ("calls", "调用次数"),
    "meaning": ("meaning", "含义"),
    "severity": ("severity", "级别"),
    "error": ("error", "错误"),
    "repair": ("repair", "修复"),
    "warning": ("warning", "警告"),
    "file": ("file", "文件"),
    "digest": ("digest", "摘要"),
    "setting": ("settings", "设置"),
    "value": ("value", "值"),
    "lengths_measured": ("Tokens per row, counted by the tokenizer", "每行 token 数（分词器计数）"),
    "lengths_estimated": ("Tokens per row, estimated", "每行 token 数（估算）"),
    "tools_per_row": ("Tools per row", "每行工具数"),
    "over": ("{read} rows, read evenly from {total}", "从 {total} 行中均匀抽取 {read} 行"),
    "quantiles": ("median {p50}, 95 % {p95}, max {max}", "中位数 {p50}，95 % {p95}，最大 {max}"),
    "cutoff": ("cutoff_len {cutoff}", "cutoff_len {cutoff}"),
    "embedded": (
        "This page holds {shown} of {total} written rows and {rejects} of {rejected} rejected: "
        "a few of every code and every lesson, the others evenly from the whole.",
        "本页收录 {total} 行中的 {shown} 行，以及 {rejected} 条拒绝行中的 {rejects} 条："
        "每个代码、每类内容都有几行，其余从全体均匀抽取。",
    ),
    "embedded_all": (
        "This page holds all {total} written rows and all {rejected} rejected ones.",
        "本页收录全部 {total} 行和全部 {rejected} 条拒绝行。",
    ),
    "all_rows": ("All of them: fctune inspect {name} --html {name}.html --html-rows {total}",
                 "要收录全部：fctune inspect {name} --html {name}.html --html-rows {total}"),
    "no_sidecar": (
        "This dataset has no sidecar of rows: where a row came from and its codes are unknown.",
        "该数据集没有逐行记录：行的来源与代码未知。",
    ),
    "not_audited": (
        "Not audited: prepare it with this version.",
        "未审计：请用当前版本重新 prepare。",
    ),
    "not_made": ("Not asked for", "未启用"),
    "none_found": ("none", "无"),
    "search": ("Search the rows on this page", "在本页的行中搜索"),
    "reset": ("Clear", "清除"),
    "found": ("{n} of {total} rows on this page", "本页 {total} 行中的 {n} 行"),
    "more": ("Show {n} more", "再显示 {n} 行"),
    "nothing": ("No row on this page fits.", "本页没有符合的行。"),
    "needs_js": ("The browser of rows needs JavaScript.", "行浏览器需要 JavaScript。"),
    "system": ("system", "系统"),
    "user": ("user", "用户"),
    "model": ("model", "模型"),
    "call": ("call", "调用"),
    "result": ("result", "结果"),
    "learned": ("the model learns this", "模型学习这一段"),
    "before": ("Before: the raw row", "修复前：原始行"),
    "after": ("After: the row as written", "修复后：写出的行"),
    "marked": ("Marked: what the other side does not have.", "标出的是另一侧没有的内容。"),
    "because": ("Why", "原因"),
    "hint": ("what to do", "处理办法"),
    "raw": ("The row as it was read", "读入的原始行"),
    "from": ("from", "来自"),
    "in": ("written to", "写入"),
    "tokens": ("tokens", "token"),
    "cut": ("{n} more characters", "还有 {n} 个字符"),
    "tools_shown": ("tools that the model sees", "模型可见的工具"),
    "unknown": ("unknown", "未知"),
    "damaged": ("cannot be read", "无法读取"),
    "part": ("part {n}", "第 {n} 部分"),
    "gone": ("The raw file is not there any more.", "原始文件已不存在。"),
    "changed": ("The raw file has changed since; its row is not shown.",
                "原始文件此后有改动，不再显示其内容。"),
    "large": ("The raw file is too large to be read for a page.", "原始文件过大，页面不再读取。"),
    "several": ("Several raw rows stand on that line.", "该行号上有多条原始数据。"),
    "redacted": ("The dataset is redacted; raw rows are not shown.",
                 "数据已脱敏，不显示原始数据。"),
    "left_out": ("Left out to keep this page small: fctune inspect {name} --row {row} --raw",
                 "为控制页面大小而省略：fctune inspect {name} --row {row} --raw"),
    "and_more": ("and {n} more", "另有 {n} 项"),
    "near_duplicates": ("Near duplicates", "近似重复"),
    "contradictions": ("Contradictions", "相互矛盾"),
    "leakage": ("Leakage between splits", "划分之间的泄漏"),
    "held_out": ("Held-out tools", "留出的工具"),
    "balance": ("Balance", "均衡"),
    "frames": ("Over-represented frames", "过多的句式"),
    "personal": ("Personal data", "个人信息"),
    "warnings": ("Warnings over the whole set", "对全体的警告"),
    "made_by": ("written by fctune {version}", "由 fctune {version} 生成"),
    "lesson_general": ("general", "通用"),
    "lesson_no_call": ("no_call", "不调用 no_call"),
    "lesson_ask_back": ("ask_back", "反问 ask_back"),
    "lesson_call": ("call", "调用 call"),
    "lesson_parallel": ("parallel", "并行 parallel"),
    "lesson_multi_turn": ("multi_turn", "多轮 multi_turn"),
    "lesson_refuse": ("refuse", "拒答 refuse"),
    "lesson_recover": ("recover", "纠错 recover"),
    "lesson_confirm": ("confirm", "确认 confirm"),
}  # fmt: skip


def words(lang: str) -> dict[str, str]:
    """Return the labels of one language by key.

    >>> words("zh")["user"]
    '用户'
    """
    at = LANGUAGES.index(lang)
    return {key: both[at] for key, both in _WORDS.items()}
