"""What a page's frame has left in its text, and text that breaks off."""

import re
from collections.abc import Iterator

from gongkai.core.text.damage.findings import Certainty, Damage, Finding, finding
from gongkai.core.text.folding import fold

_GAP = "[ \\t|/\\[\\]()·:>-]*"
_ONLY_TOOLS = re.compile(
    f"{_GAP}+(?:(?:打印(?:本页|此页|文章)?|关闭(?:本页|窗口|此页)?|收藏(?:本页)?|加入收藏|分享到?|返回(?:顶部|首页|上页|列表)"
    "|首页|尾页|[上下]1[篇条页]|字[体号](?:大小)?|大|中|小|扫1扫[^扫]{0,16}+|微信|微博|(?:我要)?纠错|视力保护色|图片)"
    f"{_GAP}+)++"
)
_NOT_ALONE = frozenset({"大", "中", "小"})
_LONGEST_BAR = 200
_LINES = (
    re.compile("(?:您?(?:现在|当前)(?:所在)?的?位置|当前位置|所在位置)[:是].*"),
    re.compile("[上下]1[篇条] ?:.*"),
    re.compile("(?:浏览|点击|阅读|访问)(?:次数|数|量|率) ?:.{0,12}"),
    re.compile("(?:信息来源|来源|作者|编辑|责任编辑|发布人) ?:.{0,20}(?:字[体号]|打印|浏览|点击|阅读).{0,40}"),
    re.compile("(?:版权所有|主办单位|承办单位|技术支持|网站标识码|.?icp备).{0,80}", re.IGNORECASE),
    re.compile(".{0,80}(?:本站为你精心整理|我给大家整理的|欢迎大家阅读分享借鉴|仅供参考,?大家1起来看看).{0,160}"),
    re.compile("(?:\\$\\{[a-z_.]+\\}|<%=?.{1,60}%>|\\{\\{.{1,60}\\}\\}|<!--.{0,200}-->)", re.IGNORECASE),
)
_COMPILED = re.compile(
    ".{2,50}?(?P<mark>\\((?:精选|汇总|通用|合集|推荐|最新|热门|实用|优秀)[0-9十]{1,3}篇\\)|第[0-9十]{1,3}篇|篇[0-9十]{1,3})"
)
_OPENING = {"（": "）", "“": "”", "《": "》", "〔": "〕", "「": "」"}
_HANGING = re.compile("(?:[,、]|(?<=[\u4e00-\u9fff])[和与及或将把])$")
_DOTS = re.compile("[\u4e00-\u9fff)”](\\.{4,}|…{1,}|。{2,})$")
_LONG_ENOUGH = 30


def find_leftovers(text: str) -> Iterator[Finding]:
    """Lines of navigation, tools, footers and templates, which the repair leaves out; headings of essay collections.

    Patterns are written for folded text, where 一 is 1.
    """
    for start, end in _lines(text):
        line = fold(text[start:end])
        if len(line) <= _LONGEST_BAR and _ONLY_TOOLS.fullmatch(line) and set(re.sub(_GAP, "", line)) - _NOT_ALONE:
            reason = "这一行是网页的按钮或导航，不是信息内容"
        elif any(pattern.fullmatch(line.strip()) for pattern in _LINES):
            reason = "这一行是网页的导航、页脚或模板文字，不是信息内容"
        elif compiled := _COMPILED.fullmatch(line):
            reason = "范文网站的汇编标题，本页可能不是本单位的信息，请核对来源"
            yield finding(text, Damage.LEFTOVER, (start + compiled.start("mark"), end), Certainty.LIKELY, reason)
            continue
        else:
            continue
        yield finding(text, Damage.LEFTOVER, (start, end), Certainty.CERTAIN, reason, "")


def find_cut(text: str) -> Iterator[Finding]:
    """Paragraphs that end in the middle of a sentence; nothing can be proposed."""
    for start, end in _lines(text):
        line = text[start:end]
        folded = fold(line)
        shown = (max(start, end - 6), end)
        if _DOTS.search(folded) and len(line) >= _LONG_ENOUGH:
            yield finding(text, Damage.CUT, shown, Certainty.LIKELY, "段落以省略号收尾，内容疑被截断")
        elif len(line) >= _LONG_ENOUGH and (_HANGING.search(folded) or _unclosed(line)):
            yield finding(text, Damage.CUT, shown, Certainty.LIKELY, "段落在句子中间结束，内容疑被截断")


def _unclosed(line: str) -> bool:
    """Whether the last bracket that was opened is never closed, and the line ends without a full stop."""
    if line.endswith(("。", "；", "：", "！", "？", ";", ":", ".")):
        return False
    places = [(line.rfind(opening), opening) for opening in _OPENING]
    at, opening = max(places)
    return at >= 0 and _OPENING[opening] not in line[at:]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the lines that hold something, blanks at their ends left out."""
    for match in re.finditer("[^\n]+", text):
        inner = match[0].strip(" \t\u3000\xa0")
        if inner:
            start = match.start() + match[0].index(inner)
            yield start, start + len(inner)
