"""What the unit's and the office's screens of a signature share."""

from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from gongkai.core.calendar.instants import format_date, format_datetime
from gongkai.core.storage.names import content_disposition, size_label
from gongkai.publishing import queries
from gongkai.publishing.access import get_item
from gongkai.publishing.models import MODES, Item
from gongkai.publishing.signing.digest import content_digest, sheet_code
from gongkai.publishing.signing.models import DECISIONS, STATES, PaperSignature
from gongkai.publishing.states import ItemState
from gongkai.publishing.steps import STEP_LABELS, StepKind
from gongkai.tenancy.models import Tenant
from gongkai.web import current

_CHUNK = 64 * 1024
_CONTENT_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def signature_page(signature: PaperSignature, *, office: bool, **deeds: Any) -> str:
    """The page of a signature, within a scope in which its item can be read.

    The unit sees its item as it is now; an office sees what was signed, while it has to check that, and what is public.
    `deeds`: whether the person checks, withdraws, objects; `checkers`, `reason`, `errors` and their `heading` in words.
    """
    work = current.uow()
    item = get_item(work, tenant_id=signature.tenant_id, item_id=signature.item_id)
    names = queries.names_of(work, {signature.registered_by, *signature.author_ids})
    side = "office_signing" if office else "signing"
    waits = signature.state == "registered"
    shown = waits or item.is_public or not office
    step = STEP_LABELS[StepKind(signature.step)]
    sheet = [
        ("签批环节", step),
        ("签字人", signature.signatory_name),
        ("签字日期", format_date(signature.signed_date)),
        ("签批结果", DECISIONS[signature.decision]),
        ("签批意见", signature.opinion),
        ("校验码", sheet_code(signature.digest, signature.round)),
        ("登记人", names.get(signature.registered_by, "")),
        ("登记时间", format_datetime(signature.registered_at)),
    ]
    if signature.checked_at is not None:
        sheet += [("核对人", signature.checked_by_name), ("核对时间", format_datetime(signature.checked_at))]
    return render_template(
        "publishing/signing/signature.html",
        signature=signature,
        item=item,
        unit=work.session.get_one(Tenant, signature.tenant_id).short_name,
        side=side,
        office=office,
        home=url_for(f"{side}.index"),
        step=step,
        sheet=[row for row in sheet if row[1]],
        shown=shown,
        changed=waits and content_digest(work, item=item) != signature.digest,
        facts=_facts(item, names),
        attachments=queries.attachments(work, tenant_id=item.tenant_id, item_id=item.id) if shown else [],
        state=STATES[signature.state],
        is_image=signature.scan_media_type.startswith("image/"),
        size_label=size_label,
        signed=format_date(signature.signed_date),
        objected=format_datetime(signature.objected_at) if signature.objected_at else "",
        body_html=_body(item) if shown else "",
        **deeds,
    )


def _body(item: Item) -> str:
    if item.current_version_id is None:
        return item.body_html
    return queries.published_text(current.uow(), tenant_id=item.tenant_id, version_id=item.current_version_id)


def _facts(item: Item, names: Any) -> list[tuple[str, str]]:
    rows = [
        ("文号", item.document_number or "无"),
        ("公开方式", MODES[item.disclosure_mode]),
        ("不公开理由", item.withheld_reason),
        ("发布机构", item.issuing_agency),
        ("成文日期", item.formed_date.isoformat() if item.formed_date else ""),
        ("责任科室", item.responsible_unit),
        ("编写人", "、".join(names[user_id] for user_id in item.author_ids if user_id in names)),
        ("内容概述", item.summary),
    ]
    return [row for row in rows if row[1]]


def scan_response(signature: PaperSignature) -> ResponseReturnValue:
    """The scan under its own name, shown in place of being saved: only PDF and pictures are kept as scans."""
    answer = file_response(
        signature.scan_digest, signature.scan_filename, signature.scan_media_type, signature.scan_size_bytes,
        inline=True,
    )  # fmt: skip
    answer.headers["Content-Security-Policy"] = _CONTENT_POLICY
    return answer


def file_response(digest: str, filename: str, media_type: str, size_bytes: int, *, inline: bool = False) -> Response:
    """A stored file under its own name, to be saved unless `inline`."""
    stream = current.services().files.open(digest)
    answer = Response(iter(lambda: stream.read(_CHUNK), b""), mimetype=media_type)
    answer.call_on_close(stream.close)
    answer.content_length = size_bytes
    answer.headers["Content-Disposition"] = content_disposition(filename, inline=inline)
    return answer


def outcome(item: Item) -> str:
    """What became of an item whose signature was confirmed, and what comes next."""
    state = ItemState(item.state)
    if state is ItemState.DRAFT:
        return f"《{item.title}》已按线下签批意见退回修改，编写人会在待办事项中看到意见。"
    if item.step:
        return f"《{item.title}》线下签批已登记，本环节通过，已送{STEP_LABELS[StepKind(item.step)]}，签字人会收到通知。"
    if state is ItemState.PUBLISHED:
        return f"《{item.title}》线下签批已登记并发布，索引号{item.index_number}，签字人会收到通知。"
    if state is ItemState.APPROVED:
        return f"《{item.title}》线下签批已登记，解读随文件一并发布，签字人会收到通知。"
    ends = "依申请公开" if state is ItemState.ON_REQUEST else "不予公开"
    return f"《{item.title}》线下签批已登记，按“{ends}”办结，不在网站发布，签字人会收到通知。"
