"""Screens of batches: their submission, and the decision on one as a whole at each step."""

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.db import AnyRow
from gongkai.core.errors import Conflict, Forbidden, Invalid
from gongkai.publishing.batches import queries, services
from gongkai.publishing.batches.models import DEEDS
from gongkai.publishing.batches.services import OPEN, Share
from gongkai.publishing.queries import Queue
from gongkai.publishing.responses import say, undo
from gongkai.publishing.steps import REVIEWS, STEP_LABELS, StepKind
from gongkai.web import current
from gongkai.web.arguments import page_number
from gongkai.web.routing import route

blueprint = Blueprint("batches", __name__, template_folder="templates")
REFRESH_SECONDS = 3
_APPROVAL = (StepKind.FINAL,)
_ENDPOINTS = {True: "batches.approve_batch", False: "batches.review_batch"}


@route(blueprint, "/work/imports/<int:batch_id>/submission", permission=Permission.ITEMS_WRITE)
def submission(batch_id: int) -> ResponseReturnValue:
    """How many drafts of a batch are still to be submitted, and what became of those that were."""
    return _submission(batch_id, {}), 200


@route(blueprint, "/work/imports/<int:batch_id>/submission", permission=Permission.ITEMS_WRITE, methods=["POST"])
def submit(batch_id: int) -> ResponseReturnValue:
    """Submit all drafts of a batch."""
    cleared, reason = request.form.get("secrecy_cleared") == "1", request.form.get("reason", "")
    try:
        services.submit_batch(
            current.uow(), actor=current.actor(), batch_id=batch_id, cleared=cleared, reason=reason
        )  # fmt: skip
    except (Invalid, Conflict) as refusal:
        status = 400 if isinstance(refusal, Invalid) else 409
        return _submission(batch_id, undo(refusal)), status
    return redirect(url_for("batches.submission", batch_id=batch_id))


def _submission(batch_id: int, errors: dict[str, str]) -> str:
    uow, actor = current.uow(), current.actor()
    batch = services.drafts_batch(uow, actor=actor, batch_id=batch_id)
    deeds = queries.deeds_of(uow, tenant_id=actor.tenant_id, batch_id=batch.id)
    return render_template(
        "publishing/batches/submission.html",
        batch=batch,
        drafts=len(queries.drafts_of(uow, tenant_id=actor.tenant_id, batch_id=batch.id)),
        last=next((deed for deed in deeds if deed.deed == "submit"), None),
        errors=errors,
        reason=request.form.get("reason", ""),
        crumbs=[
            ("批量导入", url_for("imports.index")),
            (batch.filename, url_for("imports.batch", batch_id=batch.id)),
            ("整批送审",),
        ],
        **_deeds(deeds),
    )


@route(blueprint, "/work/review/batches/<int:batch_id>", permission=Permission.ITEMS_REVIEW)
def review_batch(batch_id: int) -> ResponseReturnValue:
    """A batch at a step before the last."""
    return _page(batch_id, _step(batch_id, approving=False), {}), 200


@route(blueprint, "/work/approval/batches/<int:batch_id>", permission=Permission.ITEMS_APPROVE)
def approve_batch(batch_id: int) -> ResponseReturnValue:
    """A batch at the last step."""
    return _page(batch_id, StepKind.FINAL, {}), 200


@route(blueprint, "/work/review/batches/<int:batch_id>", permission=Permission.ITEMS_REVIEW, methods=["POST"])
def review(batch_id: int) -> ResponseReturnValue:
    """Agree to a batch at a step before the last, or return it."""
    return _decide(batch_id, _step(batch_id, approving=False))


@route(blueprint, "/work/approval/batches/<int:batch_id>", permission=Permission.ITEMS_APPROVE, methods=["POST"])
def approve(batch_id: int) -> ResponseReturnValue:
    """Approve a batch, which publishes it, or return it."""
    return _decide(batch_id, StepKind.FINAL)


def _step(batch_id: int, *, approving: bool) -> StepKind:
    """The step asked for, or the first one of the person's where something of the batch waits."""
    kinds = _APPROVAL if approving else REVIEWS
    asked = request.values.get("step", "")
    if asked in kinds:
        return StepKind(asked)
    uow, actor = current.uow(), current.actor()
    services.drafts_batch(uow, actor=actor, batch_id=batch_id)
    queue = Queue.of(actor, kinds)
    mine = [kind for kind in kinds if kind in queue.kinds]
    waiting = (kind for kind in mine if queries.waiting_in(uow, queue, batch_id=batch_id, step=kind))
    return next(waiting, mine[0])


def _decide(batch_id: int, step: StepKind) -> ResponseReturnValue:
    uow, actor = current.uow(), current.actor()
    given = {"seen": request.form.get("seen", ""), "opinion": request.form.get("opinion", "")[:1000]}
    decide = services.return_batch if request.form.get("decision") == "return" else services.agree_to_batch
    try:
        asked = decide(uow, actor=actor, batch_id=batch_id, step=step, **given)
    except (Invalid, Conflict, Forbidden) as refusal:
        status = 400 if isinstance(refusal, Invalid) else 403 if isinstance(refusal, Forbidden) else 409
        return _page(batch_id, step, undo(refusal)), status
    say(f"已提交“{DEEDS[asked.deed]}”，共{asked.rows_total}条，正在逐条办理。")
    return redirect(url_for(_ENDPOINTS[step is StepKind.FINAL], batch_id=batch_id, step=step))


def _page(batch_id: int, step: StepKind, errors: dict[str, str]) -> str:
    uow, actor = current.uow(), current.actor()
    share = services.share_of(uow, actor=actor, batch_id=batch_id, step=step)
    page, pages, rows = _rows(share)
    drawn = {row.id: row for row in queries.rows_of(uow, tenant_id=actor.tenant_id, item_ids=share.drawn)}
    approving = step is StepKind.FINAL
    return render_template(
        "publishing/batches/batch.html",
        share=share,
        rows=rows,
        page=page,
        pages=pages,
        drawn=[drawn[item_id] for item_id in share.drawn if item_id in drawn],
        findings=queries.findings_at_submission(uow, tenant_id=actor.tenant_id, batch_id=batch_id),
        approving=approving,
        here=url_for(_ENDPOINTS[approving], batch_id=batch_id, step=step),
        step_label=STEP_LABELS[step],
        errors=errors,
        values=request.form,
        **_deeds(queries.deeds_of(uow, tenant_id=actor.tenant_id, batch_id=batch_id)),
    )


def _rows(share: Share) -> tuple[int, int, Any]:
    """The page of rows that is asked for: its number, how many there are, the rows."""
    ids = list(share.rows)
    pages = max(1, -(-len(ids) // queries.ROWS))
    page = min(page_number(), pages)
    shown = ids[(page - 1) * queries.ROWS : page * queries.ROWS]
    return page, pages, queries.rows_of(current.uow(), tenant_id=current.actor().tenant_id, item_ids=shown)


def _deeds(deeds: Any) -> dict[str, Any]:
    under_way = next((deed for deed in deeds if deed.state in OPEN), None)
    return {"deeds": deeds, "under_way": under_way, "deed_name": _deed_name, "minute": _minute,
            "refresh_seconds": REFRESH_SECONDS}  # fmt: skip


def _deed_name(deed: AnyRow) -> str:
    """A deed in words: 保密审查：同意整批."""
    return f"{STEP_LABELS[StepKind(deed.step)]}：{DEEDS[deed.deed]}" if deed.step else DEEDS[deed.deed]


def _minute(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
