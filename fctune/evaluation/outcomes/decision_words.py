"""The words by which a turn asks or refuses, English and Chinese.

Input: a sentence in lower case, quotes straightened. Output: whether it asks for a value, only
offers more help, refuses, or just leads in. The tables were written on the first forty rows of the
When2Call sample and on lists of our own; scripts/bench/decisions.py measures them on the others.
"""

from __future__ import annotations

from fctune.patterns import regex

# A value is asked for, whether or not the sentence ends in a question mark.
_REQUESTS = regex(
    r"\b(?:could|can|would|will) you (?:please |kindly |also |just )*"
    r"(?:provide|specify|tell|confirm|share|clarify|let me know|give|indicate|supply|send|enter|"
    r"state|mention|elaborate|choose|select|describe|be more specific)"
    r"|\bplease (?:also |first |kindly )*(?:provide|specify|tell me|confirm|share|clarify|"
    r"let me know (?:the|your|which|what|when|where|how|if you)|give me|indicate|supply|enter|"
    r"state|mention|choose|select|describe)"
    r"|\b(?:i|we)(?:'ll| will| would|'d)?(?: also| still| just| first)* need "
    r"(?:to (?:know|confirm)|"
    r"(?:a |some |a few |a bit )?more (?:info|detail)|some (?:info|detail)|the |your |you to )"
    r"|\b(?:may|might|can|could) i (?:please )?"
    r"(?:have|know|get|ask (?:for|what|which|when|where))\b"
    r"|\b(?:missing|lacks?|without) (?:the )?(?:required|necessary) (?:parameter|information|value)"
    r"|\bi (?:don't|do not) (?:know|have) (?:your|the|which) [a-z ]{0,30}"
    r"(?:yet|to (?:proceed|continue))"
    r"|\bdo you (?:have (?:a|any) (?:\w+ ){0,2}(?:preference|in mind)|prefer|"
    r"want me to (?:use|include))"
    r"|\bwould you prefer\b"
)  # fmt: skip
_TELL_ZH = "(?:提供|告诉|告知|说明|指定|输入|补充|确认|明确|给出|发送|填写|选择|描述|说一下|给我)"
_REQUESTS_ZH = regex(
    rf"请(?:您|你)?(?:先|再|也|具体|进一步)*{_TELL_ZH}"
    rf"|(?:需要|得|要)(?:请|麻烦)?(?:您|你)(?:先|再|进一步)*{_TELL_ZH}"
    r"|(?:我|还)(?:还|先|也)*需要(?:先|再|进一步)*(?:知道|了解|确认|补充|一些信息|更多信息)"
    rf"|(?:能|能否|能不能|可以|可否|是否可以|方便)(?:麻烦|请)?(?:您|你)(?:先)?{_TELL_ZH}"
    rf"|(?:您|你)(?:能|可以|能否|能不能|可否|方便)(?:先|请|再)*{_TELL_ZH}[^。！]*[?？]"
    rf"|(?:能|能否|能不能|可否|方便){_TELL_ZH}[^。！]*[?？]"
    rf"|麻烦(?:您|你)?(?:先)?{_TELL_ZH}"
    r"|(?:缺少|缺失|还缺|还差)[^。！？]{0,12}(?:信息|参数|必|城市|日期|时间|号)"
    r"|(?:您|你)(?:还)?(?:没有|没|未)(?:提供|说明|说|指定|告诉)"
)
# A question that only offers more help, or takes leave.
_OFFERS = regex(
    r"\b(?:anything|something|what) else\b"
    r"|\bhow (?:can|may|could|else can) (?:i|we) (?:help|assist)"
    r"|\bwhat can i (?:do|help)|\b(?:would you like|do you want|shall i|should i|do you need) "
    r"(?:me to |to (?:know|see|hear|learn|try|read|order|book|proceed|continue)|more|help|any|"
    r"some|another|further|tips|a )"
    r"|\bwould you be interested\b|\binstead\b"
    r"|\bdoes (?:that|this) (?:help|answer|make sense|sound)"
    r"|\bsound(?:s)? good\b|\bif you (?:have|need|would like|want) "
    r"(?:any|more|further|help|anything|other|assistance)|\bfeel free to\b"
    r"|\bhelp you (?:with )?(?:today|further)\b"
    r"|(?:还有|有)(?:什么|其他|其它|别的|哪些)[^?？]{0,14}(?:帮|需要|问题)|还需要(?:我)?(?:帮|其他|其它|什么|别的)"
    r"|(?:有|需要)什么(?:可以|能|需要)?(?:我)?(?:为|帮)|(?:我)?(?:可以|能)(?:帮|为)(?:您|你)(?:做)?(?:些)?什么"
    r"|需要我(?:帮|为|再|继续)|要不要我|随时(?:告诉|联系|提问)|如(?:果|有)(?:您|你)?(?:还|需要)"
    r"|有(?:任何|其他|其它|更多|进一步|别的|什么|的)*(?:问题|疑问)|如有(?:疑问|需要|问题)"
)
_CANNOT = (
    r"(?:can't|cannot|can not|am unable to|'m unable to|am not able to|'m not able to|unable to|"
    r"am not capable|'m not capable|not equipped to|am limited|'m limited)"
)
_REFUSALS = regex(
    r"\b(?:i|we)(?: currently| am currently|'m currently| am sorry but i| still| really|)? ?"
    rf"{_CANNOT}"
    rf"|(?:sorry|apologi[sz]e|apologies|unfortunately|regret)[^.!?]{{0,80}}{_CANNOT}"
    r"|\b(?:i|we) (?:currently |also |simply )?(?:don't|do not|lack|have no|can only|am only able|"
    r"'m only able)(?: currently)?(?: have)?"
    r"(?: the| any| an| a| direct| real-time| access| necessary| required| suitable| specific)* ?"
    r"(?:capabilit|abilit|access|tool|function|permission|means|way to|feature|real-time|necessary)"
    r"|\b(?:there (?:is|are) no|no|none of the|without (?:a|an|any)) (?:\w+ ){0,3}"
    r"(?:tools?|functions?|apis?)\b(?! ?calls? (?:is|are|was|were) (?:needed|required|necessary))"
    r"|\b(?:tools?|functions?|apis?)\b[^.!?]{0,60}\b(?:can't|cannot|can not|can be used|"
    r"(?:do|does|is|are)(?:n't| not) (?:support|provide|allow|cover|able|suitable|relevant|"
    r"sufficient|have|include|designed|available))"
    r"|\b(?:beyond|outside(?: of)?|not (?:with)?in) (?:of )?(?:my|the) "
    r"(?:\w+ )?(?:capabilit|abilit|scope|function|tools|expertise)"
    r"|\bmy (?:current )?(?:capabilities|functions?|tools|abilities) (?:are|is) limited"
    r"|\bthat's not something i can\b|\bi(?:'m| am) (?:just |only )?(?:an? )?"
    r"(?:ai|language model)[^.!?]{0,60}(?:can't|cannot|don't|unable)"
    r"|\bi won't be able to\b|\bi must (?:decline|refuse)\b"
)
_NO_REFUSALS = regex(
    r"(?:can't|cannot) (?:wait|help but|recommend (?:it|this|that|them) enough|go wrong|"
    r"stress enough|thank you enough|find any)"
    r"|(?:yes|no problem|of course|certainly),? (?:there (?:is|are) )?no (?:tool|function)"
)  # fmt: skip
_NOW_ZH = "(?:目前|暂时|当前|现在)?"
_CANNOT_ZH = "(?:无法|没法|没办法|做不到|办不到|帮不了|帮不上|不具备|无权|不支持|不提供)"
_REFUSALS_ZH = regex(
    rf"(?:我(?!们)|抱歉|对不起|遗憾|不好意思)[^。！？!?，,您你]{{0,12}}[，,]?{_NOW_ZH}{_CANNOT_ZH}"
    rf"|^{_NOW_ZH}{_CANNOT_ZH}"
    r"|(?:我(?!们)|抱歉|对不起|遗憾|不好意思)[^。！？!?]{0,24}(?:不能|不会|没有)(?:直接|够|力|权限|办法|为|帮|提供|执行|完成|处理|查询|访问|获取|预订|操作|这个|这项|相关|该|实时)"
    r"|没有(?:可用|合适|相应|相关|对应|任何|能|可以|一个|用于|适合|支持|提供|可供){0,3}[^。！？!?]{0,14}(?:工具|函数|功能|接口|api|权限|能力)"
    r"|(?:工具|函数|功能|接口)[^。！？!?]{0,20}(?:不支持|不能|无法|不包括|不适用|没有)"
    r"|超出(?:了)?(?:我|当前|现有|目前)?[^。！？!?]{0,8}(?:范围|能力)|不在[^。！？!?]{0,12}范围"
)
_WHICH = regex(
    r"^(?:and |so |but )?(?:on |at |in |for |from |to )?"
    r"(?:which|what|when|where|who|whose|how (?:many|much|long|old|often))\b"
    r"|请问|哪|几|多少|什么(?:时候|时间|日期|名)"
)
_LEADS = regex(
    r"(?:sure|of course|certainly|absolutely|okay|ok|great|got it|no problem|hello|hi|thanks?|"
    r"thank you|i see|i understand|understood|i'd be happy|i would be happy|i'd love|i can help|"
    r"i'm here|i will|i'll|i'm sorry|sorry|apologies|i apologi[sz]e|let me|alright|happy to|"
    r"to \w+|before |in order to)\b"
    r"|(?:好的|很棒|太好了|好[，,！!]|当然|可以的?|没问题|明白|了解|您好|你好|谢谢|感谢|抱歉|对不起|不好意思|我(?:可以|来|很乐意|会|将)|为了|在此之前)"
)
_QUESTION_WORDS_ZH = regex(r"哪|什么|多少|几|谁|何时|何地|是否|怎么|怎样|吗|呢|还是|要不要|是不是")


# Every English refusal holds one of these, and every request one of the others.
_DENIALS = (
    "can", "unable", "not", "n't", "lack", "have no", "no ", "none", "without", "only", "limited",
    "outside", "beyond", "decline", "refuse", "does that",
)  # fmt: skip
_TRIGGERS = (*_DENIALS, "?", "could", "please", "need", "may i", "might i", "missing", "will you",
             "would you", "do you")  # fmt: skip
_TRIGGERS_ZH = regex(
    r"[？请无没不缺超差哪谁吗呢需]|办法|能|告|提供|麻烦|未|可以|可否|方便|几|什么|是否|要"
)


def may_matter(sentence: str) -> bool:
    """Tell, fast, whether a sentence may ask or refuse; without one that may, words are an answer.

    >>> may_matter("it is 21 degrees in oslo."), may_matter("which city?")
    (False, True)
    """
    if not sentence.isascii() and _TRIGGERS_ZH.search(sentence):
        return True
    return any(word in sentence for word in _TRIGGERS)


def asks_for_value(sentence: str) -> bool:
    """Tell whether a sentence asks the user for something that a call needs.

    >>> asks_for_value("could you please provide the date?"), asks_for_value("it is may 3.")
    (True, False)
    """
    if not sentence.isascii() and _REQUESTS_ZH.search(sentence):
        return True
    return _REQUESTS.search(sentence) is not None


def asks_which(question: str) -> bool:
    """Tell whether a question is for a value, by its question word.

    >>> asks_which("which day would you like?"), asks_which("shall we try again?")
    (True, False)
    """
    return _WHICH.search(question) is not None


def offers_help(sentence: str) -> bool:
    """Tell whether a sentence only offers more help.

    >>> offers_help("is there anything else i can do?"), offers_help("还有什么可以帮您的吗？")
    (True, True)
    """
    return _OFFERS.search(sentence) is not None


def refuses(sentence: str) -> bool:
    """Tell whether a sentence says that what was asked cannot be done.

    >>> refuses("i'm sorry, but i cannot book flights."), refuses("i can't wait to see it!")
    (True, False)
    """
    if not sentence.isascii() and _REFUSALS_ZH.search(sentence):
        return True
    if not any(word in sentence for word in _DENIALS) or _REFUSALS.search(sentence) is None:
        return False
    return _NO_REFUSALS.search(sentence) is None


def leads_in(sentence: str) -> bool:
    """Tell whether a sentence says nothing by itself, as a lead-in."""
    return _LEADS.match(sentence) is not None


def is_question(sentence: str) -> bool:
    """Tell whether a sentence is a question, by its mark; in Chinese also without one.

    >>> is_question("which one?"), is_question("请问您要去哪里")
    (True, True)
    """
    if sentence.rstrip(" \"'”’」』)）*_").endswith(("?", "？")):
        return True
    return sentence.startswith("请问") and _QUESTION_WORDS_ZH.search(sentence) is not None
