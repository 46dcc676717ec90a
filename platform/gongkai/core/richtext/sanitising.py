"""The only way of HTML into the database."""

from dataclasses import dataclass

import nh3

from gongkai.core.richtext import styling
from gongkai.core.richtext.builder import Builder
from gongkai.core.richtext.errors import TextTooLong
from gongkai.core.richtext.tokens import tokens
from gongkai.core.richtext.writer import MAX_HTML_BYTES

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "blockquote"),
    *("strong", "em", "u", "s", "sub", "sup", "a"),
    *("ul", "ol", "li"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"),
    *("img", "figure", "figcaption"),
}
_CLASSES = {
    tag: {
        *(styling.ALIGNMENTS if tag in styling.ALIGNED else ()),
        *(styling.WIDTHS.values() if tag in styling.SIZED else ()),
        *((styling.INDENT,) if tag == "p" else ()),
    }
    for tag in styling.ALIGNED | styling.SIZED
}
_GUARD = nh3.Cleaner(
    tags=_TAGS,
    attributes={
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan", "scope"},
        "a": {"href", "title", "rel"},
        "img": {"src", "alt", "title"},
    },
    allowed_classes=_CLASSES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Sanitised HTML, and in Chinese what the writer should know was left out."""

    html: str
    notices: tuple[str, ...]


def sanitise(html: str) -> str:
    """Official text from any HTML: allowed elements and attributes only, no `style`, classes of our own list.

    `sanitise(sanitise(x)) == sanitise(x)`. Linear in the size of the input, however it is nested.
    `TextTooLong` if the input or the result is larger than `MAX_HTML_BYTES`.
    """
    return clean(html).html


def clean(html: str) -> Cleaned:
    """As `sanitise`, with notices about images that were refused and hidden text that was removed."""
    if len(html) > MAX_HTML_BYTES or len(html.encode(errors="replace")) > MAX_HTML_BYTES:
        raise TextTooLong
    notices: tuple[str, ...] = ()
    for _ in range(_ROUNDS):
        builder = Builder()
        for token in tokens(html):
            builder.feed(token)
        built = builder.result()
        notices = notices or _notices(builder)
        # The builder writes allowed elements only; nh3 has the last word all the same. Where it objects (an
        # address that is none), the builder tidies up behind it.
        html = _GUARD.clean(built)
        if html == built:
            break
    return Cleaned(html, notices)


def _notices(builder: Builder) -> tuple[str, ...]:
    notices = []
    if builder.refused_images:
        notices.append(f"有{builder.refused_images}张图片未能随文字带入，请用“插入图片”逐张上传。")
    if builder.hidden_text:
        notices.append("已去除原文中的隐藏文字、批注或修订时删除的文字，请核对正文。")
    return tuple(notices)
