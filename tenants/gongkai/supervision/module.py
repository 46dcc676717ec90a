"""What supervision adds to the product."""

from datetime import timedelta
from types import MappingProxyType

from gongkai.accounts.permissions import Permission
from gongkai.core.module import Module, NavigationLink, Periodic
from gongkai.publishing.collection.services import CAME_LATE, CAUGHT_UP, STALE
from gongkai.publishing.lifecycle.tasks import TERM_ENDS
from gongkai.supervision import catalogue_views, cli, commands, dashboard_views, people_notices, rules_views, unit_views
from gongkai.supervision.alerts import NOTICE_CREATED, plan_mails
from gongkai.supervision.circulars import issue_views, step_views
from gongkai.supervision.circulars import views as circular_views
from gongkai.supervision.emergency_notices import HANDLERS as EMERGENCY
from gongkai.supervision.evaluation.due import HANDLERS as CHANGED_ITEMS
from gongkai.supervision.facts import views as facts_views
from gongkai.supervision.intake_notices import HANDLERS as INTAKE_HANDLERS
from gongkai.supervision.ledger import entry_views
from gongkai.supervision.ledger import notices as ledger_notices
from gongkai.supervision.ledger import views as ledger_views
from gongkai.supervision.link_notices import HANDLERS as LINKS
from gongkai.supervision.publication_notices import HANDLERS as PUBLICATION
from gongkai.supervision.scores import views as score_views
from gongkai.supervision.signature_notices import HANDLERS as SIGNATURE_HANDLERS
from gongkai.supervision.syncing import judge_again, tell_late, tell_stale
from gongkai.supervision.tasks import close_period, evaluate_day, evaluate_everything, remind
from gongkai.supervision.term_notices import HANDLERS as TERM_HITS
from gongkai.supervision.terms import tell_units

NAVIGATION = (
    NavigationLink("待办", "通知提醒", "supervised.notices", Permission.FINDINGS_READ, unit_views.waiting_notices, 40),
    NavigationLink("待办", "督查问题", "supervised.own_findings", Permission.FINDINGS_READ, order=50),
    NavigationLink("待办", "本单位评分", "scores.own", Permission.FINDINGS_READ, order=55),
    NavigationLink("督查", "督查看板", "supervision.dashboard", Permission.SUPERVISION_READ, order=10),
    NavigationLink("督查", "电话催报名单", "supervision.calls", Permission.CALL_LIST_READ, order=20),
    NavigationLink("督查", "问题清单", "supervision.findings", Permission.SUPERVISION_READ, order=30),
    NavigationLink("督查", "单位评分", "scores.table", Permission.SUPERVISION_READ, order=35),
    NavigationLink("督查", "通报", "circulars.index", Permission.CIRCULARS_WRITE, order=40),
    NavigationLink("督查", "登记事项", "facts.index", Permission.FACTS_WRITE, order=50),
    NavigationLink("督查", "任务设置", "supervision_rules.rules", Permission.RULES_MANAGE, order=60),
    NavigationLink("督查", "督查规则", "rule_catalogue.index", Permission.RULES_MANAGE, order=65),
)

MODULE = Module(
    name="supervision",
    blueprints=(
        dashboard_views.blueprint,
        rules_views.blueprint,
        catalogue_views.blueprint,
        unit_views.blueprint,
        facts_views.blueprint,
        circular_views.blueprint,
        step_views.blueprint,
        issue_views.blueprint,
        ledger_views.blueprint,
        entry_views.blueprint,
        score_views.blueprint,
    ),
    commands=(commands.group, *cli.COMMANDS),
    navigation=NAVIGATION,
    handlers=MappingProxyType(
        {
            NOTICE_CREATED: plan_mails,
            TERM_ENDS: tell_units,
            **SIGNATURE_HANDLERS,
            **EMERGENCY,
            **INTAKE_HANDLERS,
            **LINKS,
            **TERM_HITS,
            **PUBLICATION,
            **CHANGED_ITEMS,
            **people_notices.HANDLERS,
            **ledger_notices.HANDLERS,
            STALE: tell_stale,
            CAUGHT_UP: judge_again,
            CAME_LATE: tell_late,
        }
    ),
    schedule=(
        Periodic("supervision.remind", timedelta(hours=1), remind),
        Periodic("supervision.close_period", timedelta(hours=6), close_period),
        Periodic("supervision.evaluate_day", timedelta(hours=6), evaluate_day),
        Periodic("supervision.evaluate_everything", timedelta(days=7), evaluate_everything),
    ),
)
