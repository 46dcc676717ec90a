"""The prefecture's circular on last month, locked and drafted, while the units that it will name are being asked."""

from sqlalchemy import select

from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.calendar.store import load_calendar
from gongkai.core.uow import UnitOfWork
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.rooms.stage import Stage, unit_id
from gongkai.supervision.circulars.services import (
    Requirements,
    create_circular,
    lock_data,
    set_requirements,
    start_draft,
)
from gongkai.supervision.facts.records import put_fact, read_detail
from gongkai.supervision.rounds.models import VerificationSheet
from gongkai.supervision.rounds.schemas import Statement
from gongkai.supervision.rounds.services import answer, lines_of, start
from gongkai.supervision.rounds.states import Answer
from gongkai.tenancy.models import Tenant

OFFICE = "yl-zf-zwgk"
CLAIMED = "yl-tjj"
DAYS_TO_ANSWER, DAYS_TO_MEND, DAYS_TO_RECHECK = 5, 15, 20
CONTESTED = "本月公开的信息因栏目调整没有计入，请按所附网址复核。"
SAID = {
    CLAIMED: Statement(Answer.AGREE),
    "yl-scjgj": Statement(Answer.CONTEST, CONTESTED, "https://www.example.gov.cn/gsgg/"),
}


def play(stage: Stage) -> None:
    """The round was begun yesterday; one unit agrees, one objects with evidence, the others have some days yet."""
    month = Period.of(stage.today)
    begun = max(stage.at(1, 14), stage.on(month.first_day, 0))
    stage.once("rounds.start", begun, _start, month.previous())
    stage.once("rounds.answers", stage.at(0, 9), _answer)


def _start(uow: UnitOfWork, period: Period) -> None:
    office = actor_of(uow, OFFICE)
    detail = read_detail("false_rectification", {"manner": "still_wrong"}, period=period)
    put_fact(
        uow, office_id=office.tenant_id, entered_by=office.user_id, period=period, kind="false_rectification",
        unit_id=unit_id(uow, CLAIMED), detail=detail,
        source="政务公开办复查记录",
    )  # fmt: skip
    circular = create_circular(uow, actor=office, span=Span(period))
    lock_data(uow, actor=office, circular_id=circular.id)
    calendar, today = load_calendar(uow), shanghai_date(uow.now)
    given = {name: str(circular.details.get(name) or "") for name in Requirements.__dataclass_fields__}
    given |= {
        "contact": "政务公开办",
        "phone": "0840-3000000",
        "deadline": calendar.add_working_days(today, DAYS_TO_MEND).date.isoformat(),
        "recheck_date": calendar.add_working_days(today, DAYS_TO_RECHECK).date.isoformat(),
    }
    set_requirements(uow, actor=office, circular_id=circular.id, given=Requirements(**given))
    start_draft(uow, actor=office, circular_id=circular.id)
    start(uow, actor=office, circular_id=circular.id, working_days=DAYS_TO_ANSWER)


def _answer(uow: UnitOfWork) -> None:
    """Whom the round asked depends on the month; of these two the first is always among them."""
    query = select(Tenant.code, VerificationSheet).join(Tenant, Tenant.id == VerificationSheet.tenant_id)
    sheets = {row.code: row.VerificationSheet for row in uow.session.execute(query.where(Tenant.code.in_(SAID)))}
    for code, sheet in sheets.items():
        actor = actor_of(uow, f"{code}-xxy")
        given = {line.id: SAID[code] for line in lines_of(uow, sheet)}
        answer(uow, actor=actor, sheet_id=sheet.id, statements=given, uploads={})
