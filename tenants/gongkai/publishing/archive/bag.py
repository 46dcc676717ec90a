"""A published version as a BagIt 1.0 package (RFC 8493) in a zip: metadata, text and files with their checksums.

The payload can be checked against the unit's chain by itself: `data/text.html` is the text byte for byte, whose
SHA-256 stands in `data/metadata.json` beside those of the files, and the link's hash is over that metadata.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from gongkai.core.calendar.instants import SHANGHAI, format_datetime, shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.errors import Refused
from gongkai.core.richtext.plain import to_text
from gongkai.core.storage.names import safe_filename, size_label
from gongkai.core.storage.store import FileStore
from gongkai.publishing.ledger import GENESIS, link_hash, text_hash

FORMAT = 1
BAGIT = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_CHUNK = 1024 * 1024
_FIRST_ZIP_YEAR = 1980


@dataclass(slots=True)
class _Bag:
    """A package being written: the zip, the folder in it, SHA-256 and size of what it holds so far."""

    archive: ZipFile
    folder: str
    moment: datetime
    payload: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    size: int = 0

    def add(self, path: str, blocks: Iterable[bytes], *, compressed: bool = True) -> str:
        """Write a file in pieces; returns its SHA-256."""
        info = ZipInfo(f"{self.folder}/{path}", self.moment.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED if compressed else ZIP_STORED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self.archive.open(info, "w", force_zip64=True) as target:
            for block in blocks:
                digest.update(block)
                size += len(block)
                target.write(block)
        if path.startswith("data/"):
            self.payload[path] = digest.hexdigest()
            self.size += size
        else:
            self.tags[path] = digest.hexdigest()
        return digest.hexdigest()


def bag_name(row: AnyRow) -> str:
    """Name of a version's package without its extension: unit, item, version."""
    return f"{row.unit_code}-{row.item_id}-v{row.version}"


def write_bag(
    row: AnyRow, *, files: FileStore, target: BinaryIO, now: datetime, limit_bytes: int | None = None
) -> None:
    """Write a version's package to `target`, a file piece by piece; `row` as `archive.queries.published_version`.

    What was erased from the text is not there, and the package says so. Nothing is held in memory but the text.

    Raises:
        Refused: when the version does not agree with its unit's chain, a file with its digest, or the files together
            are larger than `limit_bytes`.
        FileMissing: when a file is not kept any more.
    """
    verify_link(row)
    attachments = _named(row.content["attachments"])
    total = sum(int(file["size"]) for file in row.content["attachments"])
    if limit_bytes is not None and total > limit_bytes:
        raise Refused(
            f"附件合计{size_label(total)}，超过在线导出的上限{size_label(limit_bytes)}；"
            "请系统管理员用 gongkai items export 导出。"
        )
    moment = row.published_at.astimezone(SHANGHAI)
    with ZipFile(target, "w") as archive:
        bag = _Bag(archive, bag_name(row), moment.replace(year=max(moment.year, _FIRST_ZIP_YEAR)))
        bag.add("bagit.txt", [BAGIT.encode()])
        bag.add("data/metadata.json", [_metadata(row, attachments)])
        bag.add("data/text.html", [_html(row).encode()])
        bag.add("data/text.txt", [_plain(row).encode()])
        for path, file in attachments:
            if bag.add(path, _blocks(files, str(file["sha256"])), compressed=False) != file["sha256"]:
                raise Refused(
                    f"附件“{file['name']}”的内容与发布时登记的校验值不符，不能导出；请联系系统管理员从备份恢复。"
                )
        bag.add("bag-info.txt", [_info(row, bag, now).encode()])
        bag.add("manifest-sha256.txt", [_manifest(bag.payload)])
        bag.add("tagmanifest-sha256.txt", [_manifest(bag.tags)])


def verify_link(row: AnyRow) -> None:
    """Refuse a version that is not what was published.

    Raises:
        Refused: when its content, its text or the link before it was changed.
    """
    first = row.position == 1
    sound = row.hash == link_hash(row.previous_hash, row.content)
    joined = row.previous_hash == (GENESIS if first else row.before)
    same_text = row.erased_at is not None or (
        row.body_html is not None and text_hash(row.body_html) == row.content["text_sha256"]
    )
    if not (sound and joined and same_text):
        raise Refused(
            f"信息{row.item_id}第{row.version}版与本单位的版本链不符，不能导出；请用 gongkai audit verify 核查。"
        )


def _named(attachments: Sequence[Mapping[str, object]]) -> list[tuple[str, Mapping[str, object]]]:
    """Path in the package and file, under its own name as far as every system can save it, each name once."""
    taken: set[str] = set()
    found = []
    for file in attachments:
        name = safe_filename(str(file["name"]))
        stem, dot, extension = name.rpartition(".")
        stem, ending = (stem, f".{extension}") if dot else (name, "")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}（{number}）{ending}"
        taken.add(name.casefold())
        found.append((f"data/attachments/{name}", file))
    return found


def _metadata(row: AnyRow, attachments: Sequence[tuple[str, Mapping[str, object]]]) -> bytes:
    said = {
        "format": FORMAT,
        "unit": {"code": row.unit_code, "name": row.unit_name, "uscc": row.uscc},
        "column": {"code": row.column_code, "name": row.column_name},
        "item": row.item_id,
        "version": row.version,
        "content": row.content,
        "chain": {"position": row.position, "previous_hash": row.previous_hash, "hash": row.hash},
        "text": {
            "path": "data/text.html",
            "sha256": row.content["text_sha256"],
            "erased_at": row.erased_at.isoformat() if row.erased_at else None,
        },
        "files": [
            {"path": path, "name": file["name"], "sha256": file["sha256"], "media_type": file["media_type"]}
            for path, file in attachments
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=2).encode()


def _erased(row: AnyRow) -> str:
    return f"本版正文已于{format_datetime(row.erased_at)}依法删除，保留标题、要素和校验值。"


def _html(row: AnyRow) -> str:
    return f"<p>{_erased(row)}</p>" if row.erased_at else str(row.body_html)


def _plain(row: AnyRow) -> str:
    words = _erased(row) if row.erased_at else to_text(row.body_html)
    return f"{row.content['title']}\n\n{words}\n"


def _info(row: AnyRow, bag: _Bag, now: datetime) -> str:
    lines = {
        "Source-Organization": row.unit_name,
        "Bagging-Date": shanghai_date(now).isoformat(),
        "External-Identifier": row.content.get("index_number") or "",
        "External-Description": row.content["title"],
        "Internal-Sender-Identifier": bag.folder,
        "Payload-Oxum": f"{bag.size}.{len(bag.payload)}",
        "Chain-Position": str(row.position),
        "Chain-Hash": row.hash,
        "Text-Erased": "yes" if row.erased_at else "no",
    }
    return "".join(f"{label}: {' '.join(str(value).split())}\n" for label, value in lines.items())


def _manifest(digests: Mapping[str, str]) -> bytes:
    # RFC 8493, 2.1.3: only these characters are encoded in a path.
    encode = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
    return "".join(f"{digest}  {path.translate(encode)}\n" for path, digest in sorted(digests.items())).encode()


def _blocks(files: FileStore, digest: str) -> Iterator[bytes]:
    with files.open(digest) as stream:
        while block := stream.read(_CHUNK):
            yield block
