"""Import of Word documents (.docx) as rich text."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.parsers.expat import ExpatError
from xml.sax import SAXException

import docx
import mammoth  # type: ignore[import-untyped]
from docx.opc.exceptions import OpcError

from gongkai.core.richtext.errors import UnreadableDocument
from gongkai.core.richtext.sanitising import clean
from gongkai.core.storage.untrusted import UnsafeXml, check_xml, open_zip

_MIB = 1024 * 1024
_MAX_ENTRIES = 2_000
_MAX_XML_BYTES = 40 * _MIB
_MAX_BYTES = 200 * _MIB
_MAX_RATIO = 100
_MAX_ELEMENTS = 200_000
_DEEPEST = 1_000
_RATIO_MATTERS_FROM = 5 * _MIB
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = 0x1
_DOCUMENT = "word/document.xml"

_BROKEN = "文件已损坏或不是Word文档，请用Word或WPS打开后另存为.docx格式，再重新上传。"
_OLD_OR_ENCRYPTED = "文件已加密，或是旧版.doc格式，请取消密码并另存为.docx格式，再重新上传。"
_TOO_LARGE = "文件解压后过大，可能含有异常内容，请删除多余图片或拆分后再上传。"

# What the libraries raise on documents that are not what they claim to be (lxml: SyntaxError; absurd nesting:
# RecursionError).
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    SAXException,
    ExpatError,
    OpcError,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    NotImplementedError,
    RecursionError,
)
_STYLES = """
p[style-name='gongkai align-center'] => p.align-center:fresh
p[style-name='gongkai align-right'] => p.align-right:fresh
p[style-name='gongkai indent-2'] => p.indent-2:fresh
p[style-name='Title'] => h2:fresh
u => u
"""
_PLAIN_STYLES = frozenset({None, "Normal", "Normal Indent", "Body Text", "Body Text Indent", "Normal (Web)"})
_UNKNOWN_STYLE = re.compile(r"Unrecognised \w+ style: (.*) \(Style ID")
_NOTE_BACK_LINK = re.compile(r'<a href="#(?:foot|end)note-ref-[^"]*">↑</a>')
_HIDDEN_RUNS = ".//w:r[w:rPr/w:vanish[not(@w:val) or (@w:val!='0' and @w:val!='false')]]"


@dataclass(frozen=True, slots=True)
class ImportedText:
    """What a document became.

    `html` is sanitised; its images have the addresses `image_placeholder(n)`, n the place in `images`, until
    the caller stores them. `messages` say in Chinese what to check against the original.
    """

    html: str
    images: list[bytes]
    messages: list[str]


def image_placeholder(index: int) -> str:
    """The address that stands in imported HTML for the image at `index`."""
    return f"/attachments/imported/{index}"


def from_docx(data: bytes) -> ImportedText:
    """Headings, paragraphs, lists, tables and images of a .docx file.

    Raises `UnreadableDocument` for a file that is broken, encrypted, an old .doc, or unreasonably large when
    unpacked, and `TextTooLong` as `sanitise`.
    """
    _check_archive(data)
    try:
        shown, hidden = _without_hidden_text(data)
        return _convert(shown, hidden=hidden)
    except _FAULTS as fault:
        raise UnreadableDocument(_BROKEN) from fault


def _check_archive(data: bytes) -> None:
    """Judges the zip directory before anything is unpacked: `zipfile` never reads more than it declares."""
    if data.startswith(_OLE_SIGNATURE):
        raise UnreadableDocument(_OLD_OR_ENCRYPTED)
    try:
        with open_zip(data) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as fault:
        raise UnreadableDocument(_BROKEN) from fault
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise UnreadableDocument(_OLD_OR_ENCRYPTED)
    total = sum(entry.file_size for entry in entries)
    xml = sum(entry.file_size for entry in entries if _is_xml(entry))
    bloated = any(
        entry.file_size > _RATIO_MATTERS_FROM and entry.file_size > _MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if len(entries) > _MAX_ENTRIES or total > _MAX_BYTES or xml > _MAX_XML_BYTES or bloated:
        raise UnreadableDocument(_TOO_LARGE)
    if _DOCUMENT not in archive.namelist():
        raise UnreadableDocument(_BROKEN)
    _check_markup(data, [entry for entry in entries if _is_xml(entry)])


def _is_xml(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith((".xml", ".rels"))


def _check_markup(data: bytes, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Judges the XML before trees are made of it, which take hundreds of bytes for each element."""
    left = _MAX_ELEMENTS
    try:
        with open_zip(data) as archive:
            for entry in entries:
                with archive.open(entry) as part:
                    left -= check_xml(part, elements=left, depth=_DEEPEST)  # type: ignore[arg-type]
    except UnsafeXml as fault:
        raise UnreadableDocument(_TOO_LARGE if fault.what == "elements" else _BROKEN) from fault
    except _FAULTS as fault:
        raise UnreadableDocument(_BROKEN) from fault


def _without_hidden_text(data: bytes) -> tuple[bytes, bool]:
    """The document without runs that Word does not show: mammoth would bring them to light."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if b"vanish" not in archive.read(_DOCUMENT):
            return data, False
    document = docx.Document(BytesIO(data))
    runs = document.element.body.xpath(_HIDDEN_RUNS)
    for run in runs:
        run.getparent().remove(run)
    shown = BytesIO()
    document.save(shown)
    return shown.getvalue(), bool(runs)


def _convert(data: bytes, *, hidden: bool) -> ImportedText:
    images: list[bytes] = []
    numbered = False

    def keep_image(image: Any) -> dict[str, str]:
        with image.open() as stream:
            images.append(stream.read())
        return {"src": image_placeholder(len(images) - 1)}

    def keep_layout(paragraph: Any) -> Any:
        nonlocal numbered
        numbered = numbered or paragraph.numbering is not None
        return _with_layout(paragraph)

    converted = mammoth.convert_to_html(
        BytesIO(data),
        style_map=_STYLES,
        include_embedded_style_map=False,
        transform_document=mammoth.transforms.paragraph(keep_layout),
        convert_image=mammoth.images.img_element(keep_image),
    )
    cleaned = clean(_NOTE_BACK_LINK.sub("", converted.value))
    messages = [*cleaned.notices, *_messages([message.message for message in converted.messages])]
    if hidden:
        messages.append("已去除原文中的隐藏文字，请核对正文。")
    if numbered:
        messages.append("原文使用了自动编号，请逐项核对编号是否与原文一致。")
    return ImportedText(cleaned.html, images, messages)


def _with_layout(paragraph: Any) -> Any:
    """A plain paragraph under a style of ours that carries its alignment or its first-line indent."""
    if paragraph.numbering is not None or paragraph.style_name not in _PLAIN_STYLES:
        return paragraph
    first_line = paragraph.indent.first_line if paragraph.indent else None
    if paragraph.alignment in {"center", "right", "end"}:
        layout = "align-center" if paragraph.alignment == "center" else "align-right"
    elif first_line and first_line.isdecimal() and int(first_line) > 0:
        layout = "indent-2"
    else:
        return paragraph
    return paragraph.copy(style_id=None, style_name=f"gongkai {layout}")


def _messages(raw: list[str]) -> list[str]:
    found = [_UNKNOWN_STYLE.match(message) for message in raw]
    styles = dict.fromkeys(match[1] for match in found if match)
    messages = []
    if styles:
        messages.append(f"以下样式未识别，已按正文处理，请核对格式：{'、'.join(styles)}。")
    if not all(found):
        messages.append("个别内容（如公式、图表、外部链接的图片）未能导入，请与原文核对。")
    return messages
