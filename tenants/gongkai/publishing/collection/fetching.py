"""Getting what a source offers: over HTTP, or from the inbox folder where another system puts files.

Addresses are typed by people and answered by machines that nobody here controls, so a request goes to public
addresses only (each redirect is looked at anew, and the connection is made to the very address that was looked at),
and size and time are limited.
"""

import ssl
import time
from contextlib import closing
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from socket import gaierror
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from gongkai.core.errors import Refused
from gongkai.core.outbound import PinnedConnection, is_public, resolve
from gongkai.core.settings import Settings
from gongkai.core.storage.names import size_label

INBOX = "inbox/"
SCHEMES = {"http": 80, "https": 443}
REDIRECTS = 5
TOTAL_SECONDS, SILENT_SECONDS = 120.0, 30.0
_MOVED = frozenset({301, 302, 303, 307, 308})
_OK = 200
_SAFE = "/?%:@!$&'()*+,;=~-._"
_AGENT = "Gongkai-Collector/1"
_ACCEPT = "application/atom+xml, application/x-ndjson, application/jsonl, text/csv, */*;q=0.5"


def split_address(address: str) -> SplitResult:
    """An `http` or `https` address in its parts.

    Raises:
        Refused: when it is none, or carries a user's name or password.
    """
    try:
        parts = urlsplit(address)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not address.isprintable() or " " in address:
        raise Refused("来源地址不是有效的网址，请填写以 https:// 或 http:// 开头的完整地址。")
    if "@" in parts.netloc:
        raise Refused("来源地址中不能带用户名和密码，请由来源系统按本平台的出口地址开放访问。")
    return parts


def fetch(settings: Settings, address: str, *, unit_code: str) -> bytes:
    """What the source at `address` offers now; `unit_code` names the folder in the inbox.

    Raises:
        Refused: in words, when it cannot be had or is not allowed.
    """
    if address.startswith(INBOX):
        return _from_inbox(settings, address.removeprefix(INBOX), unit_code)
    try:
        return _over_http(settings, address)
    except (gaierror, UnicodeError) as error:
        raise Refused("来源地址的域名无法解析，请核对地址，或联系运维人员检查网络。") from error
    except ssl.SSLError as error:
        raise Refused("来源网站的证书无效或已过期，请联系来源网站更换证书。") from error
    except TimeoutError as error:
        raise Refused("来源网站长时间没有响应，稍后会自动重试。") from error
    except (OSError, HTTPException) as error:
        raise Refused("无法连接来源网站，稍后会自动重试；持续失败的，请联系来源网站或运维人员。") from error


def _from_inbox(settings: Settings, name: str, unit_code: str) -> bytes:
    folder = settings.collection_inbox or settings.data_directory / "inbox"
    file = folder / unit_code / name
    inside = Path(name).name == name and not name.startswith(".") and not file.is_symlink()
    if not inside or not file.is_file():
        raise Refused(f"收件文件夹中没有文件“{name}”，请核对文件名，或联系来源系统重新传送。")
    try:
        if file.stat().st_size > settings.upload_limit_bytes:
            raise _too_large(settings)
        return file.read_bytes()
    except OSError as error:
        raise Refused(f"无法读取收件文件夹中的“{name}”，请联系运维人员检查权限。") from error


def _over_http(settings: Settings, address: str) -> bytes:
    until = time.monotonic() + TOTAL_SECONDS
    for _ in range(REDIRECTS + 1):
        parts = split_address(address)
        connection = _connect(settings, parts, until)
        try:
            location, body = _ask(settings, connection, parts)
        except (OSError, HTTPException) as error:
            if connection.expired:
                raise TimeoutError from error
            raise
        finally:
            connection.end()
        if location is None:
            return body
        address = urljoin(address, location)
    raise Refused("来源地址的跳转次数过多，请改填最终的地址。")


def _ask(settings: Settings, connection: PinnedConnection, parts: SplitResult) -> tuple[str | None, bytes]:
    """Where the answer sends us, or what it says."""
    whole = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path = quote(whole, safe=_SAFE)
    headers = {"User-Agent": _AGENT, "Accept": _ACCEPT, "Accept-Encoding": "identity", "Connection": "close"}
    connection.request("GET", path, headers=headers)
    with closing(connection.getresponse()) as answer:
        if answer.status in _MOVED:
            return answer.headers.get("Location", ""), b""
        return None, _body(settings, answer, connection)


def _connect(settings: Settings, parts: SplitResult, until: float) -> PinnedConnection:
    host, port = parts.hostname or "", parts.port or SCHEMES[parts.scheme]
    found = resolve(host, port)
    if not settings.collection_private_addresses and not all(map(is_public, found)):
        raise Refused("来源地址指向内部网络，不允许采集；确需采集内部系统的，请由运维人员开通。")
    seconds = max(0.0, until - time.monotonic())
    return PinnedConnection(
        host, port, found[0], encrypted=parts.scheme == "https", seconds=seconds, silent_seconds=SILENT_SECONDS
    )


def _body(settings: Settings, answer: HTTPResponse, connection: PinnedConnection) -> bytes:
    if answer.status != _OK:
        raise Refused(f"来源网站返回错误（状态码{answer.status}），请核对地址，或联系来源网站。")
    limit = settings.upload_limit_bytes
    if (answer.length or 0) > limit:
        raise _too_large(settings)
    body = answer.read(limit + 1)
    if connection.expired:
        raise TimeoutError
    if len(body) > limit:
        raise _too_large(settings)
    if answer.length:
        raise Refused("来源网站的内容没有传完就中断了，稍后会自动重试。")
    return body


def _too_large(settings: Settings) -> Refused:
    return Refused(
        f"来源内容超过{size_label(settings.upload_limit_bytes)}，请由来源系统只提供新增内容，或分为几个来源。"
    )
