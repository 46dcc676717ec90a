"""Why a text was not taken."""

from gongkai.core.errors import Refused


class TextTooLong(Refused):
    """The text, or what it becomes, is longer than `MAX_HTML_BYTES`."""

    def __init__(self) -> None:
        super().__init__("正文过长（上限2MB），请将长表格或附表改为附件上传后再保存。")


class UnreadableDocument(Refused):
    """The uploaded file is no Word document that can be read safely."""
