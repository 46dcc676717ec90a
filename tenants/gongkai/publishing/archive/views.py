"""The archive copy of a version, for the unit's own people."""

import tempfile

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.wsgi import wrap_file

from gongkai.accounts.permissions import Permission
from gongkai.core.db import AnyRow
from gongkai.core.storage.names import content_disposition
from gongkai.publishing.archive.bag import bag_name, write_bag
from gongkai.publishing.archive.queries import published_version
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("archive", __name__)
LIMIT_BYTES = 2 * 1024**3
"""Files of one version together that are packed while somebody waits; the command line has no limit."""


@route(blueprint, "/work/items/<int:item_id>/versions/<int:version>/archive.zip", permission=Permission.ARCHIVE_EXPORT)
def download(item_id: int, version: int) -> ResponseReturnValue:
    """The package of one published version, written to the disk and sent from there."""
    row = published_version(current.uow(), item_id=item_id, tenant_id=current.actor().tenant_id, version=version)
    return send_bag(row, tenant_id=current.actor().tenant_id)


def send_bag(row: AnyRow, *, tenant_id: int) -> Response:
    """The package of a version of this unit (a row of `archive.queries`) as a download, which its audit says.

    Raises:
        Refused: as `write_bag`.
    """
    uow = current.uow()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - open until the response is sent
    try:
        write_bag(row, files=current.services().files, target=file, now=uow.now, limit_bytes=LIMIT_BYTES)
    except BaseException:
        file.close()
        raise
    uow.audit(
        "item.export", tenant_id=tenant_id, object_type="item", object_id=row.item_id, detail={"version": row.version}
    )
    size = file.tell()
    file.seek(0)
    response = Response(wrap_file(request.environ, file), mimetype="application/zip", direct_passthrough=True)
    response.content_length = size
    response.headers["Content-Disposition"] = content_disposition(f"{bag_name(row)}.zip")
    response.call_on_close(file.close)
    return response
