"""The steps of the wizard: figures, problems, commended, requirements, text. Each can be left and returned to."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import Permission
from gongkai.catalog.models import KEY_AREA_GROUPS
from gongkai.core.calendar.instants import format_date, format_datetime, shanghai_date
from gongkai.core.errors import Conflict, Fault, Invalid
from gongkai.core.text.folding import fold
from gongkai.core.text.numerals import percent
from gongkai.supervision.circulars import access, services
from gongkai.supervision.circulars.checks import hints
from gongkai.supervision.circulars.problems import all_named, problems, unit_path
from gongkai.supervision.circulars.prose import DraftParagraph, clean_edit, current_text, fill, prose_from_json
from gongkai.supervision.circulars.services import Requirements
from gongkai.supervision.circulars.snapshot import FACT_LABELS, Snapshot, UnitFigures
from gongkai.supervision.circulars.text import commended_units, draft
from gongkai.supervision.circulars.views import Frame, changed_since, live_or_locked, load, on_screen, teller
from gongkai.supervision.circulars.words import compared_words
from gongkai.supervision.models import Circular
from gongkai.supervision.training.circular import open_lists
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("circular_steps", __name__)
SUGGESTED = 5
"""How many units of a class are offered for commendation beside those recorded."""


@route(blueprint, "/office/circulars/<int:circular_id>/figures", permission=Permission.CIRCULARS_WRITE)
def figures(circular_id: int) -> ResponseReturnValue:
    """Step 1: the period's figures, locked or still live, and what has changed since."""
    return _figures(load(circular_id), {})


@route(blueprint, "/office/circulars/<int:circular_id>/lock", permission=Permission.CIRCULARS_WRITE, methods=["POST"])
def lock(circular_id: int) -> ResponseReturnValue:
    """Lock the period's data （锁定本期数据）."""
    circular = load(circular_id)
    try:
        services.lock_data(
            current.uow(),
            actor=current.actor(),
            circular_id=circular_id,
            reason=request.form.get("reason", ""),
            tell=teller(circular),
        )
    except Invalid as error:
        current.finish(commit=False)
        return _figures(load(circular_id), error.by_field()), 400
    flash("已锁定本期数据，通报只引用锁定的数据。请确定点名单位。", "success")
    return redirect(url_for("circular_steps.found", circular_id=circular_id))


def _figures(circular: Circular, errors: dict[str, str]) -> str:
    snapshot = live_or_locked(circular)
    sums = snapshot.figures
    kinds = [(label, len(snapshot.facts_of(kind))) for kind, label in FACT_LABELS.items()]
    return render_template(
        "supervision/circular_figures.html",
        frame=Frame(circular, 1),
        circular=circular,
        snapshot=snapshot,
        sums=sums,
        compared=compared_words(snapshot),
        attainment=percent(sums.attained, sums.assessed) if sums.assessed else "—",
        key_areas=[(label, sums.key_areas.get(group, 0)) for group, label in KEY_AREA_GROUPS.items()],
        changes=changed_since(circular),
        facts=kinds,
        open_lists=open_lists(current.uow(), office_id=circular.tenant_id, span=snapshot.span),
        ended=shanghai_date(current.uow().now) > snapshot.span.last_day,
        last_day=format_date(snapshot.span.last_day),
        locked_at=format_datetime(circular.frozen_at) if circular.frozen_at else "",
        may_lock=circular.state in ("collecting", *services.OPEN),
        errors=errors,
        values=request.form,
    )


@route(
    blueprint,
    "/office/circulars/<int:circular_id>/problems",
    permission=Permission.CIRCULARS_WRITE,
    methods=["GET", "POST"],
    endpoint="found",
)
def found_problems(circular_id: int) -> ResponseReturnValue:
    """Step 2: the problems found, each with its units and what stands behind them; include or leave out with reason."""
    circular = load(circular_id)
    if request.method != "POST":
        return _problems(circular, {})
    left_out = _left_out(_locked(circular))
    try:
        services.set_left_out(current.uow(), actor=current.actor(), circular_id=circular_id, left_out=left_out)
    except Invalid as error:
        current.finish(commit=False)
        return _problems(load(circular_id), error.by_field(), left_out), 400
    return _onward("已确定点名单位。", "circular_steps.commended", circular_id)


def _left_out(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    named = set(request.form.getlist("named"))
    left_out: dict[str, dict[str, str]] = {}
    for group in problems(snapshot):
        for unit in group.units:
            key = f"{group.code}:{unit.code}"
            if key not in named:
                left_out.setdefault(group.code, {})[unit.code] = request.form.get(f"reason:{key}", "")
    return left_out


def _problems(circular: Circular, errors: dict[str, str], left_out: dict[str, dict[str, str]] | None = None) -> str:
    snapshot = _locked(circular)
    decided = access.details_of(circular).left_out if left_out is None else left_out
    return render_template(
        "supervision/circular_problems.html",
        frame=Frame(circular, 2),
        circular=circular,
        groups=problems(snapshot),
        left_out=decided,
        no_blank=not snapshot.figures.blank,
        period_now=snapshot.span.this,
        errors=errors,
    )


@route(
    blueprint,
    "/office/circulars/<int:circular_id>/commended",
    permission=Permission.CIRCULARS_WRITE,
    methods=["GET", "POST"],
)
def commended(circular_id: int) -> ResponseReturnValue:
    """Step 3: the commended units."""
    circular = load(circular_id)
    if request.method != "POST":
        return _commended(circular, {})
    try:
        codes = [*request.form.getlist("commended"), *_written(_locked(circular))]
        services.set_commended(current.uow(), actor=current.actor(), circular_id=circular_id, codes=codes)
    except Invalid as error:
        current.finish(commit=False)
        return _commended(load(circular_id), error.by_field()), 400
    return _onward("已确定工作较好的单位。", "circular_steps.requirements", circular_id)


def _written(snapshot: Snapshot) -> list[str]:
    """Codes of the units written by name."""
    by_name = {fold(name): unit.code for unit in snapshot.units for name in (unit.name, unit.official_name, unit.code)}
    names = [fold(name) for name in request.form.get("names", "").replace("、", " ").replace("，", " ").split()]
    unknown = [name for name in names if name not in by_name]
    if unknown:
        shown = "、".join(unknown[:5])
        raise Invalid([Fault("names", f"本期统计范围内没有“{shown[:60]}”", "请核对单位名称，或写单位代码")])
    return [by_name[name] for name in names]


def _commended(circular: Circular, errors: dict[str, str]) -> str:
    snapshot = _locked(circular)
    details = access.details_of(circular)
    chosen = {unit.code for unit in commended_units(snapshot, details)}
    named = all_named(snapshot, details.left_out)
    recorded = {fact.code for fact in snapshot.facts if fact.kind == "commended"}
    return render_template(
        "supervision/circular_commended.html",
        frame=Frame(circular, 3),
        circular=circular,
        classes=_candidates(snapshot, chosen | recorded, named),
        chosen=chosen,
        recorded=recorded,
        named=named,
        span=snapshot.span,
        path=lambda unit: unit_path(unit.code, snapshot.month_of(unit)),
        values=request.form,
        errors=errors,
    )


def _candidates(snapshot: Snapshot, wanted: set[str], named: set[str]) -> list[tuple[str, list[UnitFigures]]]:
    """By class: the units chosen or recorded, and those with most items among the others that met their task."""
    found = []
    for heading, _ in snapshot.classes():
        members = [unit for unit in snapshot.units if unit.heading == heading]
        good = [unit for unit in members if unit.attained and unit.code not in named and unit.code not in wanted]
        best = {unit.code for unit in sorted(good, key=lambda unit: -unit.counted)[:SUGGESTED]}
        listed = [unit for unit in members if unit.code in wanted or unit.code in best]
        if listed:
            found.append((heading, listed))
    return found


@route(
    blueprint,
    "/office/circulars/<int:circular_id>/requirements",
    permission=Permission.CIRCULARS_WRITE,
    methods=["GET", "POST"],
)
def requirements(circular_id: int) -> ResponseReturnValue:
    """Step 4: addressees, deadline, recheck, contact."""
    circular = load(circular_id)
    if request.method != "POST":
        return _requirements(circular, {})
    given = Requirements(**{name: request.form.get(name, "") for name in Requirements.__dataclass_fields__})
    try:
        services.set_requirements(current.uow(), actor=current.actor(), circular_id=circular_id, given=given)
    except Invalid as error:
        current.finish(commit=False)
        return _requirements(load(circular_id), error.by_field(), given), 400
    return _onward("已保存要求和联系方式。", "circular_steps.text", circular_id)


def _requirements(circular: Circular, errors: dict[str, str], given: Requirements | None = None) -> str:
    _locked(circular)
    return render_template(
        "supervision/circular_requirements.html",
        frame=Frame(circular, 4),
        circular=circular,
        values=given or access.details_of(circular),
        errors=errors,
    )


@route(
    blueprint,
    "/office/circulars/<int:circular_id>/text",
    permission=Permission.CIRCULARS_WRITE,
    methods=["GET", "POST"],
)
def text(circular_id: int) -> ResponseReturnValue:
    """Step 5: the prose, with figures and unit lists as locked tokens."""
    circular = load(circular_id)
    if request.method != "POST":
        _locked(circular)
        if circular.state == "frozen":
            circular = services.start_draft(current.uow(), actor=current.actor(), circular_id=circular_id)
        return _text(circular, {})
    fields = request.form
    texts = {name.removeprefix("text:"): value for name, value in fields.items() if name.startswith("text:")}
    reasons = {name: fields.get(f"why:{name}", "") for name in fields.getlist("removed")}
    try:
        services.save_prose(
            current.uow(),
            actor=current.actor(),
            circular_id=circular_id,
            texts=texts,
            removed=reasons,
            lock_version=fields.get("lock_version", type=int),
        )
    except Invalid as error:
        current.finish(commit=False)
        return _text(load(circular_id), error.by_field(), texts, reasons), 400
    return _onward("已保存文字。", "circulars.show", circular_id)


def _text(
    circular: Circular,
    errors: dict[str, str],
    texts: dict[str, str] | None = None,
    removed: dict[str, str] | None = None,
) -> str:
    snapshot = _locked(circular)
    prose = prose_from_json(circular.prose)
    drafted = draft(snapshot, access.details_of(circular))
    shown = prose.removed if removed is None else removed

    def paragraph_of(paragraph: DraftParagraph) -> dict[str, Any]:
        edit = prose.edits.get(paragraph.id)
        text_now = current_text(prose, paragraph) or (edit.text if edit else paragraph.text)
        written = (texts or {}).get(paragraph.id, text_now)
        tokens = {name: drafted.tokens[name].text for name in dict.fromkeys(paragraph.tokens)}
        valid = paragraph.id not in errors
        preview = list(fill(clean_edit(text_now if texts is None or not valid else written), drafted.tokens))
        return {
            "id": paragraph.id,
            "heading": paragraph.heading,
            "text": written,
            "drafted": paragraph.text,
            "changed": clean_edit(written) != paragraph.text,
            "tokens": tokens,
            "preview": preview,
            "removed": shown.get(paragraph.id),
        }

    return render_template(
        "supervision/circular_text.html",
        frame=Frame(circular, 5),
        circular=circular,
        sections=[(section.title, [paragraph_of(one) for one in section.paragraphs]) for section in drafted.sections],
        locked={token.text for token in drafted.tokens.values()},
        hints=hints(on_screen(circular)),
        errors=errors,
    )


def _locked(circular: Circular) -> Snapshot:
    snapshot = access.snapshot_of(circular)
    if snapshot is None:
        raise Conflict("本期数据尚未锁定，请先锁定本期数据。")
    access.expect(circular, *services.OPEN)
    return snapshot


def _onward(message: str, endpoint: str, circular_id: int) -> ResponseReturnValue:
    """Go to the next step, or back to where the official asked to stay."""
    flash(message, "success")
    stay = request.form.get("stay") == "1"
    return redirect(request.path if stay else url_for(endpoint, circular_id=circular_id))
