"""File names: safe for people's disks, and in the Content-Disposition header (RFC 6266, RFC 8187)."""

import re
import unicodedata
import zipfile
from urllib.parse import quote

_MAX_CHARS = 120
_MAX_EXTENSION_CHARS = 16
_NAMELESS = "未命名文件"
# Reserved by Windows in every folder, whatever the extension.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# RFC 8187 attr-char, without the letters and digits that `quote` always keeps.
_ATTR_CHAR = "!#$&+-.^_`|~"


def safe_filename(name: str) -> str:
    """Make a name that any system can save: at most 120 characters, the extension kept, Chinese kept.

    Folder parts, control, format (bidirectional, zero-width) and unassigned characters go; characters that
    Windows forbids become `_`; a name with nothing left is `未命名文件`.
    """
    plain = "".join(char for char in unicodedata.normalize("NFC", name) if unicodedata.category(char)[0] != "C")
    plain = re.split(r"[/\\]", plain)[-1]
    plain = _trim(_FORBIDDEN.sub("_", " ".join(plain.split())))
    if _DEVICES.match(plain):
        plain = f"_{plain}"
    return _shorten(plain) or _NAMELESS


def content_disposition(name: str, *, inline: bool = False) -> str:
    """Give the header value: an ASCII fallback for old clients and `filename*` in UTF-8 for all others.

    The name goes through `safe_filename` first, so the value can hold neither quotes nor line breaks.
    """
    safe = safe_filename(name)
    kind = "inline" if inline else "attachment"
    # RFC 6266 appendix D: no percent sign or backslash in the quoted form, clients decode them differently.
    fallback = re.sub(r"[^ -~]|[%\\]", "_", safe)
    stem, dot, extension = fallback.rpartition(".")
    if dot and not stem.strip("_ "):
        fallback = f"download.{extension}" if extension.strip("_ ") else "download"
    elif not fallback.strip("_ "):
        fallback = "download"
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{quote(safe, safe=_ATTR_CHAR)}"


def extension_of(name: str) -> str:
    """Give the last extension in lower case without its dot, `""` where there is none."""
    stem, _, extension = name.rpartition(".")
    return extension.strip().lower() if stem else ""


def size_label(size: int) -> str:
    """Write a length in bytes for people: `512 字节`, `1.5 KB`, `20 MB`, `3 GB` (1 KB is 1024 bytes)."""
    if size < 1024:
        return f"{size} 字节"
    amount, unit = size / 1024, "KB"
    for larger in ("MB", "GB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


def member_name(entry: zipfile.ZipInfo) -> str:
    """The name of a zip member: Chinese Windows packs GBK without the UTF-8 flag, which `zipfile` reads as CP437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _trim(name: str) -> str:
    # A leading dot hides the file on Unix; Windows drops trailing dots and spaces, changing the extension.
    return name.lstrip(". ").rstrip(". ")


def _shorten(name: str) -> str:
    if len(name) <= _MAX_CHARS:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _MAX_EXTENSION_CHARS:
        return _trim(name[:_MAX_CHARS])
    return _trim(stem[: _MAX_CHARS - len(extension) - 1]) + dot + extension
