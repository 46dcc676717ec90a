"""The system looks again: claims about conditions that it can compute pass or fail at once."""

from collections.abc import Mapping, Sequence

from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import RULES
from gongkai.supervision.evaluation.base import Asked, Moment
from gongkai.supervision.evaluation.engine import problems_of
from gongkai.supervision.evaluation.families import FAMILIES
from gongkai.supervision.evaluation.reconcile import Record, moves
from gongkai.supervision.evaluation.subjects import subjects_of
from gongkai.supervision.ledger.records import record_move
from gongkai.supervision.models import Finding
from gongkai.supervision.queries import rule_book


def recheck_claims(uow: UnitOfWork, findings: Sequence[Finding]) -> Mapping[int, str]:
    """Judge the claims of one unit about conditions now; finding's id → `pass` or `fail`, the others wait for a person.

    Only these findings are touched, whatever else the rules find.
    """
    computable = {code: family for family in FAMILIES for code in family.codes}
    found = [one for one in findings if one.lasting and one.found_by == "system" and one.rule_code in computable]
    if not found:
        return {}
    uow.session.flush()
    moment = Moment.now(uow)
    tenant_ids = {one.tenant_id for one in found}
    subjects = {unit: one for unit, one in subjects_of(uow).items() if unit in tenant_ids}
    book = rule_book(uow, codes=RULES)
    done: dict[int, str] = {}
    for family in FAMILIES:
        claimed = [one for one in found if one.rule_code in family.codes]
        items = {one.object_id for one in claimed if one.object_type == "item"} if family.over_items else None
        if any(one.claim.get("whole_unit") for one in claimed):
            items = None
        if not claimed:
            continue
        wanted = {one.key: one for one in problems_of(uow, family, Asked(subjects, moment, items), book)}
        known = {}
        for one in claimed:
            key = (one.tenant_id, one.rule_code, "", one.object_type, one.object_id)
            whole = bool(one.claim.get("whole_unit"))
            known[key] = Record(one.id, key, one.state, one.evidence, whole_unit=whole)
        for move, key in moves(known, wanted):
            if key in known and move in ("pass", "fail"):
                record_move(uow, move, {known[key].id: wanted.get(key)})
                done[known[key].id] = move
    return done
