"""Bringing the list of bodies: upload, every row's fault on a page, then all of it or nothing.

Between the steps the file stays in the store under its digest, so that the page can be left and opened again.
"""

import re
from typing import BinaryIO, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.admin.units_views import CRUMB, SOON
from gongkai.core.errors import NotFound, Refused
from gongkai.core.storage.names import content_disposition, safe_filename
from gongkai.core.tables.writing import Sheet, fault_report, write_xlsx
from gongkai.tenancy.imports import COLUMNS, UnitImport, import_units
from gongkai.tenancy.kinds import LEVELS, PROFILES, SECTORS
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("unit_import", __name__, template_folder="templates")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
"""How many faults the page lists; the file has them all."""
LIMIT_BYTES = 20 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@route(blueprint, "/admin/unit-import/", permission=Permission.UNITS_MANAGE, methods=["GET", "POST"])
def start() -> ResponseReturnValue:
    """Choose the file; it is checked and nothing is written yet."""
    if request.method != "POST":
        return _start_page({})
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _start_page({"file": "未选择文件；请选择 .xlsx 或 .csv 格式的单位名录"}), 400
    name = safe_filename(upload.filename)
    try:
        stored = current.services().files.put(cast("BinaryIO", upload.stream), limit_bytes=LIMIT_BYTES)
        _run(stored.digest_sha256, name, dry_run=True)
    except Refused as refusal:
        return _start_page({"file": refusal.message}), 400
    return redirect(url_for("unit_import.check", digest=stored.digest_sha256, name=name))


@route(blueprint, "/admin/unit-import/template", permission=Permission.UNITS_MANAGE)
def template() -> ResponseReturnValue:
    """The empty list with its headers, and what each column takes."""
    header = tuple(column.title for column in COLUMNS)
    notes = [(column.title, "必填" if column.required else "选填", column.help) for column in COLUMNS]
    values = [
        ("单位类型", "可填", "、".join(rules.label for rules in PROFILES.values())),
        ("层级", "可填", "、".join(LEVELS.values())),
        ("行业", "可填", "、".join(SECTORS.values())),
    ]
    sheets = [Sheet("单位名录", header, ()), Sheet("填写说明", ("栏目", "要求", "说明"), [*notes, *values])]
    return _workbook(sheets, "单位名录模板.xlsx")


@route(blueprint, "/admin/unit-import/<digest>", permission=Permission.UNITS_MANAGE, methods=["GET", "POST"])
def check(digest: str) -> ResponseReturnValue:
    """What the import would do, row by row; confirm it."""
    name = safe_filename(request.values.get("name", ""))
    if request.method != "POST":
        return _check_page(digest, name, _run(digest, name, dry_run=True))
    result = _run(digest, name, dry_run=False)
    if result.faults:
        current.finish(commit=False)
        return _check_page(digest, name, result), 400
    if not result.created:
        flash(f"名录中的{len(result.unchanged)}家单位均已设立，没有重复办理。", "info")
    else:
        same = f"，{len(result.unchanged)}家已设立、没有变化" if result.unchanged else ""
        flash(f"已设立{len(result.created)}家单位{same}。{SOON}", "success")
    return redirect(url_for("units.index"))


@route(blueprint, "/admin/unit-import/<digest>/faults", permission=Permission.UNITS_MANAGE)
def faults(digest: str) -> ResponseReturnValue:
    """What has to be corrected, as a workbook."""
    name = safe_filename(request.args.get("name", ""))
    result = _run(digest, name, dry_run=True)
    return _workbook(
        [fault_report([*result.faults, *result.warnings])], f"{name.rpartition('.')[0] or name}-核对结果.xlsx"
    )


def _run(digest: str, name: str, *, dry_run: bool) -> UnitImport:
    if not _DIGEST.fullmatch(digest):
        raise NotFound
    with current.services().files.open(digest) as stored:
        data = stored.read()
    return import_units(current.uow(), data=data, filename=name, dry_run=dry_run)


def _workbook(sheets: list[Sheet], name: str) -> ResponseReturnValue:
    headers = {"Content-Type": WORKBOOK, "Content-Disposition": content_disposition(name)}
    return write_xlsx(sheets), 200, headers


def _start_page(errors: dict[str, str]) -> str:
    crumbs = [(CRUMB, url_for("units.index")), ("导入名录",)]
    return render_template("admin/units/import.html", errors=errors, columns=COLUMNS, crumbs=crumbs)


def _check_page(digest: str, name: str, result: UnitImport) -> str:
    return render_template(
        "admin/units/import_check.html",
        digest=digest,
        name=name,
        result=result,
        shown=SHOWN,
        crumbs=[(CRUMB, url_for("units.index")), ("导入名录", url_for("unit_import.start")), ("核对",)],
    )
