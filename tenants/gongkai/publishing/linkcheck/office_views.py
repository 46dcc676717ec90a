"""The office's screens: links with problems by unit, their export, and the list of domains that links may lead to."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.errors import Invalid
from gongkai.core.storage.names import content_disposition
from gongkai.core.tables.writing import Sheet, write_xlsx
from gongkai.publishing.linkcheck import domains, queries
from gongkai.publishing.linkcheck.models import KINDS, PROBLEMS, RESULTS
from gongkai.publishing.linkcheck.services import OFF
from gongkai.publishing.linkcheck.unit_views import problem_list
from gongkai.publishing.responses import say, undo
from gongkai.publishing.terms.queries import supervised_unit
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("office_links", __name__, template_folder="../templates")
READ, MANAGE = Permission.SUPERVISION_READ, Permission.RULES_MANAGE
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    "序号",
    "单位",
    "信息标题",
    "信息网址",
    "位置",
    "链接文字",
    "链接网址",
    "检测结果",
    "说明",
    "首次发现",
    "连续天数",
)


@route(blueprint, "/office/link-check/", permission=READ)
def index() -> ResponseReturnValue:
    """Which units have links with problems, and the list of domains."""
    return _page({})


@route(blueprint, "/office/link-check/<int:unit_id>", permission=READ)
def unit(unit_id: int) -> ResponseReturnValue:
    """A unit's links with problems."""
    found = supervised_unit(current.uow(), path=current.actor().tenant_path, unit_id=unit_id)
    return problem_list(found, office=True, errors={})


@route(blueprint, "/office/link-check/export.xlsx", permission=READ)
def export() -> ResponseReturnValue:
    """All links with problems of the office's units."""
    base = current.services().settings.base_url
    rows = queries.all_problems(current.uow(), path=current.actor().tenant_path)
    values = [
        (
            number, row.unit, row.title, f"{base}/items/{row.item_id}", KINDS[row.kind], row.words, row.written,
            RESULTS[row.result], row.remark, row.failed_at or row.since, row.failed_days or None,
        )
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    answer = Response(write_xlsx([Sheet("链接问题", COLUMNS, values)]), mimetype=SPREADSHEET)
    answer.headers["Content-Disposition"] = content_disposition("链接问题清单.xlsx")
    return answer


@route(blueprint, "/office/link-check/domains", permission=MANAGE, methods=["POST"])
def add() -> ResponseReturnValue:
    """Put a domain on the list."""
    try:
        entry = domains.add_domain(
            current.uow(),
            actor=current.actor(),
            written=request.form.get("domain", ""),
            reason=request.form.get("reason", ""),
        )
    except Invalid as refusal:
        return _page(undo(refusal)), 400
    say(f"已将{entry.domain}列入允许链接的域名，各单位的链接将在几分钟内重新认定。")
    return redirect(url_for("office_links.index", _anchor="domains"))


@route(blueprint, "/office/link-check/domains/<int:domain_id>/remove", permission=MANAGE, methods=["POST"])
def remove(domain_id: int) -> ResponseReturnValue:
    """Take a domain from the list."""
    entry = domains.remove_domain(current.uow(), actor=current.actor(), domain_id=domain_id)
    say(f"已将{entry.domain}移出允许链接的域名，各单位的链接将在几分钟内重新认定。")
    return redirect(url_for("office_links.index", _anchor="domains"))


def _page(errors: dict[str, str]) -> str:
    work, actor = current.uow(), current.actor()
    rows = queries.problems_by_unit(work, path=actor.tenant_path)
    return render_template(
        "publishing/linkcheck/office.html",
        rows=rows,
        links=sum(row.links for row in rows),
        problems=PROBLEMS,
        results=RESULTS,
        domains=queries.domains_of_office(work, tenant_id=actor.tenant_id),
        progress=queries.progress(work),
        moment=format_datetime,
        switched_on=current.services().settings.linkcheck,
        off=OFF,
        may_manage=actor.may(MANAGE),
        errors=errors,
        values=request.form,
    )
