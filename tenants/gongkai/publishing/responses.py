"""What the views of publishing share: refusals that keep the form, and where to go next."""

from datetime import date, datetime

from flask import flash, request
from werkzeug.datastructures import MultiDict

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.errors import Conflict, DomainError, Fault, Forbidden, Invalid, Refused
from gongkai.core.richtext.plain import from_plain_text
from gongkai.publishing.editing import CHANNEL_SEPARATOR, Values
from gongkai.web import current

DECISION_REFUSALS = (Invalid, Conflict, Forbidden, Refused)
"""What a decision on an item is refused with; the page of the item is shown again."""
_HEADINGS = {
    Conflict: "没有办理：情况已有变化，下面是最新内容",
    Forbidden: "没有办理：这一步须由其他同志办理",
    Refused: "没有办理：现在不能发布或者登记，请按说明处理",
}


def refusal_heading(error: DomainError) -> str:
    """What stands above a refusal on a page that already shows how things are now."""
    return next((words for kind, words in _HEADINGS.items() if isinstance(error, kind)), "没有办理，请先处理以下问题")


def refusal_status(error: DomainError) -> int:
    """The HTTP status of a page that is shown again with a refusal."""
    return 400 if isinstance(error, Invalid) else 403 if isinstance(error, Forbidden) else 409


def undo(error: DomainError) -> dict[str, str]:
    """Roll back what the refused operation had begun; returns field → sentence for the form that is shown again."""
    current.finish(commit=False)
    return error.by_field() if isinstance(error, Invalid) else {"": error.message}


def posted_values(posted: MultiDict[str, str]) -> Values:
    """What the editor sent: several channels become one text, a body without mark-up becomes paragraphs."""
    values = dict(posted.items())
    values["publication_channels"] = CHANNEL_SEPARATOR.join(posted.getlist("publication_channels"))
    body = values.get("body_html", "")
    if body.strip() and "<" not in body:
        # Without JavaScript the text is typed as it stands.
        values["body_html"] = from_plain_text(body)
    return values


def posted_version() -> int:
    """The lock version that the form was made from; a form without one is out of date."""
    return request.form.get("version", -1, type=int)


def posted_instant(name: str) -> datetime:
    """A `datetime-local` field as an instant, read in Shanghai time.

    Raises:
        Invalid: when it is empty or cannot be read.
    """
    written = request.form.get(name, "").strip()
    try:
        return datetime.fromisoformat(written).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Invalid([Fault(name, "定时发布时间未填写或格式有误", "请选择日期和时间，如2026-03-24 09:00")]) from None


def posted_date(name: str, label: str) -> date | None:
    """A date field of a form; None when it is empty.

    Raises:
        Invalid: when it cannot be read.
    """
    written = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        problem = f"{label}“{written[:20]}”不是有效日期"
        raise Invalid([Fault(name, problem, "请按2026-03-23的格式填写")]) from None


def say(words: str, kind: str = "success") -> None:
    """Tell on the next page what happened and what comes next."""
    flash(words, kind)
