"""Pages that the national calendar and the festivals of an area share: what a notice would move, and what it moved."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import render_template, request, url_for

from gongkai.admin.calendar_versions import Effect, effect_of, notice_of
from gongkai.admin.holidays import Notice, current_notice, ranges
from gongkai.admin.moves import LABELS, STAYS
from gongkai.core.calendar.instants import format_datetime
from gongkai.core.models import CalendarVersion
from gongkai.core.text.typed import read_id
from gongkai.web import current

LINES = 100
"""Lines of moved dates on a page."""
Crumbs = Sequence[tuple[str, ...]]


def preview_page(waiting: CalendarVersion, room: str, crumbs: Crumbs) -> str:
    """What a proposed notice would move, with the days that change; `room` is the blueprint whose page it is."""
    uow, notice = current.uow(), notice_of(waiting)
    before = current_notice(uow, year=notice.year, office_id=notice.office_id)
    back = url_for(f"{room}.edit", year=notice.year)
    effect = effect_of(uow, waiting.counted)
    return render_template(
        "admin/calendar/preview.html",
        notice=notice,
        off=spans(notice.days_off),
        made_up=spans(notice.make_up_days),
        more=spans(set(notice.days_off) - set(before.days_off)),
        fewer=spans(set(before.days_off) - set(notice.days_off)),
        known=bool(before.days_off),
        back=back,
        here=request.path,
        crumbs=[*crumbs, (notice.title, back), ("核对",)],
        **_lines(effect),
    )


def version_page(version: CalendarVersion, crumbs: Crumbs) -> str:
    """A notice that was put in force, and what it moved."""
    notice = notice_of(version)
    replaced = [date.fromisoformat(day) for day in (version.replaced or {}).get("days_off", ())]
    effect = effect_of(current.uow(), version.applied)
    return render_template(
        "admin/calendar/version.html",
        notice=notice,
        version=version,
        at=format_datetime(version.in_force_at) if version.in_force_at else "",
        off=spans(notice.days_off),
        made_up=spans(notice.make_up_days),
        replaced=spans(replaced),
        here=request.path,
        crumbs=[*crumbs, (notice.title,)],
        **_lines(effect),
    )


def changed_words(notice: Notice) -> str:
    """What is said when a notice was put in force."""
    return f"已启用{notice.title}，有关期限将在一分钟内按新日历更新。"


def spans(days: Iterable[date]) -> list[str]:
    """Days as a list shows them: 2027年10月1日（周五）至2027年10月7日（周四），共7天."""
    return [_span(first, last) for first, last in ranges(days)]


def _span(first: date, last: date) -> str:
    if first == last:
        return _day(first)
    return f"{_day(first)}至{_day(last)}，共{(last - first).days + 1}天"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（周{'一二三四五六日'[day.weekday()]}）"


def _lines(effect: Effect | None) -> dict[str, object]:
    """A page of the lines, those that move before those that stay."""
    lines = [*effect.moved, *effect.stays] if effect else []
    pages = max(1, -(-len(lines) // LINES))
    page = min(read_id(request.args.get("page", "")) or 1, pages)
    return {
        "effect": effect,
        "lines": lines[(page - 1) * LINES : page * LINES],
        "page": page,
        "pages": pages,
        "labels": LABELS,
        "stays": STAYS,
        "staying": [kind for kind in STAYS if effect and any(one.kind == kind for one in effect.stays)],
    }
