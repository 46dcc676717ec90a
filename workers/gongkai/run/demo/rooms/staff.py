"""Who comes, goes and stands in: sections and their heads, a deputy, a hand-over, a unit without a 信息员."""

from datetime import timedelta

from gongkai.accounts.deputies import DeputyForm, name_deputy
from gongkai.accounts.passwords import hash_password, make_hasher
from gongkai.accounts.people import end_membership, unit_for
from gongkai.accounts.permissions import Role
from gongkai.accounts.services import add_membership, create_user
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.handover.services import hand_over
from gongkai.run.demo.chain import actor_of
from gongkai.run.demo.people import PASSWORD
from gongkai.run.demo.rooms.stage import Stage, Text, column_of, person_id, unit_id

POSTS: tuple[tuple[str, str, str, Role, str], ...] = (
    ("yl-czj", "xxy2", "州财政局国库科信息员", Role.CONTRIBUTOR, "国库科"),
    ("yl-czj", "xxy3", "州财政局原信息员", Role.CONTRIBUTOR, "预算科"),
    ("yl-czj", "yskz", "州财政局预算科负责人", Role.SECTION_HEAD, "预算科"),
    ("yl-czj", "gkkz", "州财政局国库科负责人", Role.SECTION_HEAD, "国库科"),
    ("yl-czj", "fgk", "州财政局税政法规科科长", Role.LEGAL_REVIEWER, "税政法规科"),
    ("yl-mzj", "jzkz", "州民政局社会救助科负责人", Role.SECTION_HEAD, "社会救助科"),
    ("yl-mzj", "fgk", "州民政局政策法规科科长", Role.LEGAL_REVIEWER, "政策法规科"),
    ("yl-zf", "zb", "州政府值班员", Role.DUTY_OFFICER, "总值班室"),
)
"""(unit, post in the login, name, role, section) of those who work beside the usual four."""
COLUMNS = (
    ("czys", "预算科", "yl-czj-xxy"),
    ("czjs", "国库科", "yl-czj-xxy2"),
    ("zfcg", "政府采购监督管理科", "yl-czj-xxy"),
)
UNSTAFFED = "yl-lcj"


def play(stage: Stage) -> None:
    """Everything about people, the earliest first."""
    stage.once("staff", stage.at(120), _come, stage)
    stage.once("staff.draft", stage.at(14), _last_draft, stage)
    stage.once("staff.handover", stage.at(12), _go)
    stage.once("staff.leave", stage.at(9), _leave)
    stage.once("staff.deputy", stage.at(1, 9), _stand_in)


def _come(uow: UnitOfWork, stage: Stage) -> None:
    hashed = hash_password(make_hasher(stage.services.settings.password_hash_cost), PASSWORD)
    for number, (unit, post, name, role, section) in enumerate(POSTS):
        user = create_user(
            uow, username=f"{unit}-{post}", name=name, mobile=f"19900090{number:03d}", email=None,
            password_hash=hashed, must_change_password=False,
        )  # fmt: skip
        add_membership(uow, user_id=user.id, tenant_id=unit_id(uow, unit), roles={role}, section=section)
    for code, section, login in COLUMNS:
        column = uow.session.get_one(ContentColumn, column_of(uow, unit_id(uow, "yl-czj"), code))
        column.responsible_section, column.responsible_user_id = section, person_id(uow, login)


def _last_draft(uow: UnitOfWork, stage: Stage) -> None:
    """What the leaver had begun."""
    text = Text(
        "tjxx", "州级部门预算执行进度情况说明", "说明州级部门预算执行进度。",
        ("现将州级部门预算执行进度有关情况说明如下。", "（具体数据待国库科核对后补充。）"),
        {"responsible_unit": "预算科", "genre_class": "通报"},
    )  # fmt: skip
    stage.write(uow, "yl-czj-xxy3", text)


def _go(uow: UnitOfWork) -> None:
    leaver, successor = person_id(uow, "yl-czj-xxy3"), person_id(uow, "yl-czj-xxy")
    actor = actor_of(uow, "yl-czj-gly")
    unit = unit_for(uow, actor=actor, unit_id=None)
    hand_over(uow, actor=actor, unit=unit, user_id=leaver, successor_id=successor, roles=frozenset())


def _leave(uow: UnitOfWork) -> None:
    """The one 信息员 of a unit goes, and nobody is named."""
    leaver = person_id(uow, f"{UNSTAFFED}-xxy")
    actor = actor_of(uow, f"{UNSTAFFED}-gly")
    unit = unit_for(uow, actor=actor, unit_id=None)
    end_membership(uow, actor=actor, unit=unit, user_id=leaver, ended_date=shanghai_date(uow.now))


def _stand_in(uow: UnitOfWork) -> None:
    head, deputy = person_id(uow, "yl-czj-yskz"), person_id(uow, "yl-czj-gkkz")
    today = shanghai_date(uow.now)
    form = DeputyForm(
        str(deputy), Role.SECTION_HEAD, today.isoformat(), (today + timedelta(days=7)).isoformat(), "外出培训"
    )
    name_deputy(uow, tenant_id=unit_id(uow, "yl-czj"), principal_id=head, by=head, form=form)
