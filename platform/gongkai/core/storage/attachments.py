"""Which files may be attached to government information, and what to tell the person when one may not."""

from gongkai.core.storage.names import extension_of, size_label
from gongkai.core.storage.sniff import FileKind

_ACCEPTED = {
    "pdf": {"pdf"},
    "docx": {"docx"},
    "xlsx": {"xlsx"},
    "pptx": {"pptx"},
    # WPS Office writes Microsoft's formats into its own extensions.
    "doc": {"doc", "wps"},
    "xls": {"xls", "et"},
    "ppt": {"ppt", "dps"},
    "wps": {"wps"},
    "ofd": {"ofd"},
    "ceb": {"ceb"},
    "txt": {"txt", "csv"},
    "csv": {"txt", "csv"},
    "zip": {"zip"},
    "rar": {"rar"},
    "7z": {"7z"},
    "png": {"png"},
    "jpg": {"jpg", "jpeg"},
    "gif": {"gif"},
    "tiff": {"tif", "tiff"},
    "mp4": {"mp4"},
    "mp3": {"mp3"},
}
_REMEDIES = {
    "html": "请打印或另存为 PDF 后再上传",
    "svg": "请另存为 PNG 或 JPEG 图片后再上传",
    "xml": "请另存为 PDF 或 xlsx 后再上传",
    "rtf": "请用 Word 或 WPS 打开，另存为 docx 或 PDF 后再上传",
    "odf": "请另存为 docx、xlsx、pptx 或 PDF 后再上传",
    "xlsb": "请另存为 xlsx 后再上传",
    "macro": "请另存为不带宏的 docx、xlsx 或 pptx 后再上传",
    "encrypted": "请取消打开密码后再上传，公开的文件应当能够直接打开",
    "polyglot": "此类文件可能含有恶意内容，请重新导出一份 PDF 后再上传",
    "exe": "出于安全考虑，不能上传程序和快捷方式",
    "script": "出于安全考虑，不能上传脚本",
    "bin": "请另存为 PDF、OFD、docx 或 xlsx 等常用格式后再上传",
}


def attachment_problem(filename: str, kind: FileKind, size: int, limit: int) -> str | None:
    """Say in one Chinese sentence why the file may not be attached; `None` when it may.

    `kind` comes from `sniff` of the whole file; `size` and `limit` are bytes. Programs, scripts, macros, SVG
    and HTML are refused whatever their name; an extension that does not belong to the content is refused,
    naming both.
    """
    if size == 0:
        return f"“{filename}”是空文件；请检查原文件后重新上传。"
    if size > limit:
        return f"“{filename}”大小为 {size_label(size)}，超过上限 {size_label(limit)}；请压缩或拆分后重新上传。"
    accepted = _ACCEPTED.get(kind.extension)
    if accepted is None:
        remedy = _REMEDIES.get(kind.extension, _REMEDIES["bin"])
        return f"“{filename}”的内容是{kind.label_zh}，不能作为附件；{remedy}。"
    extension = extension_of(filename)
    if not extension:
        return f"“{filename}”没有扩展名，而内容是{kind.label_zh}；请将文件名改为以“.{kind.extension}”结尾后重新上传。"
    if extension not in accepted:
        return (
            f"“{filename}”的扩展名是“.{extension}”，而内容是{kind.label_zh}；"
            f"请确认没有选错文件，并将扩展名改为“.{kind.extension}”或重新导出后再上传。"
        )
    return None
