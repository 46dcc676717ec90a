"""The site's own data: changed with a reason, and every change can be read again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import User
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.models import AuditEvent, SiteSetting
from gongkai.core.text.typed import one_line
from gongkai.core.uow import UnitOfWork

SITE = "site"
CHANGED = "setting.change"
LONGEST_REASON = 200
HISTORY = 50

SITE_FIELDS = {
    "name": "平台名称",
    "short_name": "平台简称",
    "host": "主管单位",
    "sponsor": "主办单位",
    "operator": "承办单位",
    "phone": "联系电话",
    "site_code": "网站标识码",
    "icp": "ICP备案号",
    "police_record": "公安备案号",
    "domain": "网站域名",
    "error_report_url": "“我为政府网站找错”链接",
}
_LONGEST = {"name": 40, "short_name": 12, "error_report_url": 300}
_SHAPES = {
    "error_report_url": (
        re.compile(r"https?://[^\s<>\"']{3,300}"),
        "“我为政府网站找错”链接格式不正确",
        "请填写以“https://”开头的完整网址",
    ),
    "phone": (re.compile(r"[0-9+()（）、转 -]{5,60}"), "联系电话只能填写号码", "请连同区号填写，多个号码用顿号分隔"),
    "site_code": (re.compile(r"[0-9a-z]{10}"), "网站标识码应为10位", "请填写政府网站标识码，例如“5323000001”"),
    "icp": (
        re.compile(r"[\u4e00-\u9fff]ICP[备证]\d{6,10}号(-\d{1,3})?"),
        "ICP备案号格式不正确",
        "请照备案信息填写，例如“滇ICP备05000001号-1”",
    ),
    "police_record": (
        re.compile(r"[\u4e00-\u9fff]公网安备 ?\d{14}号"),
        "公安备案号格式不正确",
        "请照备案信息填写，例如“滇公网安备53230000000001号”",
    ),
    "domain": (
        re.compile(r"([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"),
        "网站域名格式不正确",
        "请只填写域名，例如“www.example.gov.cn”，不带“https://”",
    ),
}


@dataclass(frozen=True, slots=True)
class SiteData:
    """The site's data as stored; `seen` tells a form whether it is still up to date."""

    values: Mapping[str, str]
    seen: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change of settings as the audit tells it; `changes` are (label, before, after)."""

    at: datetime
    who: str
    reason: str
    changes: Sequence[tuple[str, str, str]]


def site_data(uow: UnitOfWork) -> SiteData:
    """What is in force; empty for what was never set."""
    row = uow.session.get(SiteSetting, SITE)
    stored = row.value if row else {}
    values = {name: str(stored.get(name) or "") for name in SITE_FIELDS}
    return SiteData(values, row.changed_at.isoformat() if row else "")


def read_site(sent: Mapping[str, str]) -> dict[str, str]:
    """The form's fields, each on one line."""
    values = {name: one_line(sent.get(name, "")) for name in SITE_FIELDS}
    values["domain"] = values["domain"].lower()
    return values


def change_site(uow: UnitOfWork, *, actor: Actor, values: Mapping[str, str], reason: str, seen: str) -> list[str]:
    """Store the site's data; returns the labels of what changed.

    Raises:
        Invalid: naming each field; also when nothing is different.
        Conflict: when somebody changed the data after the form was opened.
    """
    before = site_data(uow)
    changed = [name for name in SITE_FIELDS if values[name] != before.values[name]]
    faults = _site_faults(values) + reason_faults(reason)
    if not changed and not faults:
        faults.append(Fault("", "内容没有变化，无需保存"))
    if faults:
        raise Invalid(faults)
    if seen != before.seen:
        raise Conflict("他人刚刚修改了网站信息，您的内容没有保存。请重新打开页面，核对后再修改。")
    new = {"value": dict(values), "changed_by": actor.user_id, "changed_at": uow.now, "reason": reason}
    stored = insert(SiteSetting).values(key=SITE, **new)
    uow.session.execute(stored.on_conflict_do_update(index_elements=["key"], set_=new))
    record_change(
        uow,
        actor=actor,
        key=SITE,
        reason=reason,
        changes=[(SITE_FIELDS[name], before.values[name], values[name]) for name in changed],
    )
    return [SITE_FIELDS[name] for name in changed]


def reason_faults(reason: str) -> list[Fault]:
    """What is wrong with the reason of a change."""
    if not reason:
        return [Fault("reason", "未填写修改原因", "请写明为何修改，修改记录中会显示")]
    if len(reason) > LONGEST_REASON:
        return [Fault("reason", f"修改原因超过{LONGEST_REASON}个字", "请简要说明")]
    return []


def record_change(
    uow: UnitOfWork, *, actor: Actor, key: str, reason: str, changes: Sequence[tuple[str, str, str]]
) -> None:
    """Write a change of settings to the audit, where `history` finds it."""
    # Events without a unit could be read by nobody, so the office's own carries them.
    detail = {"key": key, "reason": reason, "changes": [list(change) for change in changes]}
    uow.audit(CHANGED, tenant_id=actor.tenant_id, object_type="site_setting", detail=detail)


def history(uow: UnitOfWork, *, actor: Actor, key: str) -> list[Change]:
    """The latest changes of a setting, newest first."""
    query = (
        select(AuditEvent.at, AuditEvent.detail, User.name)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(
            AuditEvent.tenant_id == actor.tenant_id,
            AuditEvent.action == CHANGED,
            AuditEvent.detail["key"].astext == key,
        )
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(HISTORY)
    )
    return [
        Change(row.at, row.name or "—", row.detail["reason"], [tuple(change) for change in row.detail["changes"]])
        for row in uow.session.execute(query)
    ]


def _site_faults(values: Mapping[str, str]) -> list[Fault]:
    faults = [
        Fault(name, f"未填写{SITE_FIELDS[name]}", "平台名称和简称显示在每一页")
        for name in ("name", "short_name")
        if not values[name]
    ]
    for name, label in SITE_FIELDS.items():
        longest = _LONGEST.get(name, 80)
        if len(values[name]) > longest:
            faults.append(Fault(name, f"{label}超过{longest}个字", "请删减"))
        elif values[name] and name in _SHAPES and not _SHAPES[name][0].fullmatch(values[name]):
            faults.append(Fault(name, *_SHAPES[name][1:]))
    return faults
