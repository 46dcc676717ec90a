"""Screens of the unit's administrator: which document systems may send, their keys, how they do."""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Conflict, Invalid
from gongkai.publishing.intake import queries
from gongkai.publishing.intake.receipts import ROOT
from gongkai.publishing.intake.senders import (
    NewSecret,
    get_sender,
    has_units_below,
    refusal_words,
    register_sender,
    renew_secret,
    set_active,
)
from gongkai.publishing.responses import say, undo
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("intake_senders", __name__, template_folder="../templates")
ONE = "/work/intake-senders/<int:sender_id>"


@route(blueprint, "/work/intake-senders/", permission=Permission.INTAKE_MANAGE)
def index() -> ResponseReturnValue:
    """The unit's document systems, and those of bodies above that may send to it."""
    return _list({})


@route(blueprint, "/work/intake-senders/", permission=Permission.INTAKE_MANAGE, methods=["POST"])
def register() -> ResponseReturnValue:
    """Register a document system; its secret stands on this answer and nowhere else."""
    try:
        made = register_sender(
            current.uow(),
            actor=current.actor(),
            settings=current.services().settings,
            name=request.form.get("name", ""),
            covers_subtree=request.form.get("covers_subtree") == "1",
        )
    except Invalid as refusal:
        return _list(undo(refusal), 400)
    return _show_once(made, f"已登记“{made.sender.name}”，请把接入标识和密钥交给公文系统的运维人员")


@route(blueprint, ONE, permission=Permission.INTAKE_MANAGE)
def show(sender_id: int) -> ResponseReturnValue:
    """One document system."""
    return _page(sender_id, {})


@route(blueprint, f"{ONE}/secret", permission=Permission.INTAKE_MANAGE, methods=["POST"])
def renew(sender_id: int) -> ResponseReturnValue:
    """Give it another secret, shown once."""
    made = renew_secret(current.uow(), actor=current.actor(), settings=current.services().settings, sender_id=sender_id)
    return _show_once(made, f"已为“{made.sender.name}”更换密钥，原密钥即刻失效")


@route(blueprint, f"{ONE}/stop", permission=Permission.INTAKE_MANAGE, methods=["POST"])
def stop(sender_id: int) -> ResponseReturnValue:
    """Let it send no more."""
    return _set(sender_id, active=False)


@route(blueprint, f"{ONE}/resume", permission=Permission.INTAKE_MANAGE, methods=["POST"])
def resume(sender_id: int) -> ResponseReturnValue:
    """Let it send again."""
    return _set(sender_id, active=True)


def _set(sender_id: int, *, active: bool) -> ResponseReturnValue:
    try:
        sender = set_active(current.uow(), actor=current.actor(), sender_id=sender_id, active=active)
    except Conflict as refusal:
        return _page(sender_id, undo(refusal), 409)
    after = "可以继续送文，密钥不变。" if active else "此后送来的公文不再接收；已经送来的不受影响。"
    say(f"“{sender.name}”已{'启用' if active else '停用'}，{after}")
    return redirect(url_for("intake_senders.show", sender_id=sender_id))


def _list(errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    rows = queries.own_senders(work, tenant_id=actor.tenant_id)
    return render_template(
        "publishing/intake/senders.html",
        rows=rows,
        active=sum(row.active for row in rows),
        above=queries.senders_above(work, tenant_id=actor.tenant_id),
        has_below=has_units_below(work, path=actor.tenant_path),
        minute=_minute,
        values=request.form,
        errors=errors,
    ), status


def _page(sender_id: int, errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    sender = get_sender(current.uow(), tenant_id=current.actor().tenant_id, sender_id=sender_id)
    settings = current.services().settings
    facts = [
        ("接入标识", sender.key_id),
        ("送文范围", "本单位及下级单位" if sender.covers_subtree else "本单位"),
        ("登记时间", _minute(sender.created_at)),
        ("密钥启用", _minute(sender.secret_set_at)),
        ("最近收到公文", _minute(sender.last_received_at) if sender.last_received_at else "还没有收到过"),
        ("接口地址", f"{settings.base_url}{ROOT}/documents"),
        ("接口说明", f"{settings.base_url}{ROOT}/openapi.json", f"{ROOT}/openapi.json"),
    ]
    if settings.intake_folder:
        facts.append(("文件夹", f"由平台运维人员开设，名称为{sender.key_id}"))
    refusal = refusal_words(sender)
    return render_template(
        "publishing/intake/sender.html", sender=sender, facts=facts, refusal=refusal, errors=errors
    ), status


def _show_once(made: NewSecret, words: str) -> ResponseReturnValue:
    """The secret, on this answer and nowhere else."""
    page = render_template("publishing/intake/secret.html", sender=made.sender, secret=made.secret, words=words)
    return page, 200, {"Cache-Control": "no-store"}


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
