"""The steps between draft and publication: which there are, who takes each, and which a unit has chosen.

A unit's chain has two to four steps, 保密审查 and 终审 always among them (条例 art. 17: 先审查后公开). An item keeps
the steps that it was submitted with, so that a change of the template never moves what is under way.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

from sqlalchemy import select, text

from gongkai.accounts.permissions import Role
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.links.originals import is_true_copy
from gongkai.publishing.models import ChainTemplate, Item
from gongkai.publishing.states import STATE_LABELS, ItemState


class StepKind(StrEnum):
    """Kinds of steps after the draft."""

    SECTION = "section_review"
    LEGALITY = "legality_review"
    CONFIDENTIALITY = "confidentiality_review"
    FINAL = "final_approval"


STEP_LABELS = {
    StepKind.SECTION: "科室初审",
    StepKind.LEGALITY: "合法性审查",
    StepKind.CONFIDENTIALITY: "保密审查",
    StepKind.FINAL: "终审",
}
STEP_ROLES = {
    StepKind.SECTION: Role.SECTION_HEAD,
    StepKind.LEGALITY: Role.LEGAL_REVIEWER,
    StepKind.CONFIDENTIALITY: Role.REVIEWER,
    StepKind.FINAL: Role.APPROVER,
}
REVIEWS = (StepKind.SECTION, StepKind.LEGALITY, StepKind.CONFIDENTIALITY)
DEFAULT_STEPS = (StepKind.CONFIDENTIALITY, StepKind.FINAL)
ERRATUM_STEPS = (StepKind.CONFIDENTIALITY,)
"""A slip of the pen is put right by one reviewer (`catalog.md` section 1, `change_kind`)."""
REPRINT_STEPS = (StepKind.CONFIDENTIALITY,)
"""A reprint that says what the lead agency has published is approved by one reviewer."""

# The nearest template: the column's own, one of a column above it, the unit's.
_CHOSEN = text(
    "WITH RECURSIVE above(id, parent_id, distance) AS ("
    " SELECT id, parent_id, 0 FROM content_column WHERE id = :column_id"
    " UNION ALL SELECT c.id, c.parent_id, a.distance + 1 FROM content_column c JOIN above a ON c.id = a.parent_id)"
    " SELECT t.steps FROM chain_template t LEFT JOIN above a ON a.id = t.column_id"
    " WHERE t.tenant_id = :tenant_id AND (t.column_id IS NULL OR a.id IS NOT NULL)"
    " ORDER BY a.distance NULLS LAST LIMIT 1"
)


def state_words(state: str, step: str) -> str:
    """Where an item is, as a person says it: the step where it waits, or its state."""
    if step and step != StepKind.FINAL:
        return f"待{STEP_LABELS[StepKind(step)]}"
    return STATE_LABELS[ItemState(state)]


def review_name(kinds: Collection[StepKind]) -> str:
    """What a person does who takes these steps: the name of the only one, or 审查."""
    return STEP_LABELS[next(iter(kinds))] if len(kinds) == 1 else "审查"


def kinds_of(roles: Iterable[Role]) -> frozenset[StepKind]:
    """The steps that these posts take."""
    held = set(roles)
    return frozenset(kind for kind, role in STEP_ROLES.items() if role in held)


def steps_for(uow: UnitOfWork, item: Item) -> tuple[StepKind, ...]:
    """The steps that an item has to take when it is submitted now."""
    if item.revises_id is not None and item.change_kind == "erratum":
        return ERRATUM_STEPS
    if is_true_copy(uow, item):
        return REPRINT_STEPS
    # What a former body published is changed by the people of the unit that received it, by that unit's chain.
    values = {"tenant_id": uow.scope.answering_for(item.tenant_id), "column_id": item.column_id}
    chosen = uow.session.scalar(_CHOSEN, values)
    return tuple(StepKind(kind) for kind in chosen) if chosen else DEFAULT_STEPS


def template_of(uow: UnitOfWork, *, tenant_id: int, column_id: int | None = None) -> ChainTemplate | None:
    """The template set for the unit, or for one of its columns; None where nothing was set."""
    column = ChainTemplate.column_id.is_(None) if column_id is None else ChainTemplate.column_id == column_id
    return uow.session.scalar(select(ChainTemplate).where(ChainTemplate.tenant_id == tenant_id, column))


def read_steps(given: Sequence[str]) -> tuple[StepKind, ...]:
    """The steps of a template as a form gives them.

    Raises:
        Invalid: when a step is unknown or doubled, a mandatory one is missing, or 终审 is not the last (field `steps`).
    """
    known = set(StepKind)
    faults = []
    if any(kind not in known for kind in given) or len(set(given)) != len(given):
        faults.append(Fault("steps", "流程环节无效或重复", "请从列表中选择，每个环节只出现一次"))
    elif StepKind.CONFIDENTIALITY not in given or StepKind.FINAL not in given:
        faults.append(Fault("steps", "流程缺少保密审查或终审", "这两个环节必须保留"))
    elif given[-1] != StepKind.FINAL:
        faults.append(Fault("steps", "终审不是最后一个环节", "请把终审放在最后"))
    if faults:
        raise Invalid(faults)
    return tuple(StepKind(kind) for kind in given)


def set_template(
    uow: UnitOfWork, *, tenant_id: int, steps: Sequence[StepKind], column_id: int | None, by: int
) -> ChainTemplate:
    """Set the unit's chain, or that of one column and the columns below it, for what is submitted from now on."""
    found = template_of(uow, tenant_id=tenant_id, column_id=column_id)
    if found is None:
        found = ChainTemplate(tenant_id=tenant_id, column_id=column_id)
        uow.session.add(found)
    found.steps, found.set_by, found.set_at = [*steps], by, uow.now
    uow.session.flush()
    detail = {"steps": [*steps], "column_id": column_id}
    uow.audit(
        "chain_template.set", tenant_id=tenant_id, object_type="chain_template", object_id=found.id, detail=detail
    )
    return found


def drop_template(uow: UnitOfWork, *, tenant_id: int, column_id: int | None) -> None:
    """Go back to the chain of the column above, of the unit, or the usual one."""
    found = template_of(uow, tenant_id=tenant_id, column_id=column_id)
    if found is not None:
        uow.session.delete(found)
        detail = {"column_id": column_id}
        uow.audit(
            "chain_template.drop", tenant_id=tenant_id, object_type="chain_template", object_id=found.id, detail=detail
        )
