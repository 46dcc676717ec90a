"""The text of an uploaded Word document as the body of a draft."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from gongkai.core.errors import Fault, Invalid
from gongkai.core.richtext.plain import is_empty
from gongkai.core.richtext.sanitising import sanitise
from gongkai.core.richtext.word import from_docx
from gongkai.core.storage.names import size_label

_PLACEHOLDER = re.compile(r'<img src="/attachments/imported/[0-9]+"[^>]*>')


@dataclass(frozen=True, slots=True)
class TakenText:
    """The body with the document's text, and in Chinese what to check against the original."""

    html: str
    messages: Sequence[str]


def take_word(*, body_html: str, stream: BinaryIO, limit_bytes: int) -> TakenText:
    """The body that a draft has, followed by the text of a .docx file: what was written is never replaced.

    Raises:
        Invalid: when the file is empty or larger than `limit_bytes`.
        UnreadableDocument: when it is no Word document that can be read safely.
        TextTooLong: when the two together are.
    """
    data = stream.read(limit_bytes + 1)
    if not data:
        raise Invalid([Fault("word", "未选择Word文件，或文件是空的", "请选择.docx文件后再导入")])
    if len(data) > limit_bytes:
        raise Invalid([Fault("word", f"Word文件超过上限{size_label(limit_bytes)}", "请压缩其中的图片后再导入")])
    taken = from_docx(data)
    messages = list(taken.messages)
    if taken.images:
        messages.append(f"原文中的{len(taken.images)}张图片未导入正文，请将图片作为附件上传。")
    kept = "" if is_empty(body_html) else body_html
    if kept:
        messages.insert(0, "正文原有内容已保留，导入的文字接在其后，请核对。")
    return TakenText(sanitise(kept + _PLACEHOLDER.sub("", taken.html)), messages)
