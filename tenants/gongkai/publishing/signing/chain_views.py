"""Screen of a unit's chain: its steps and who takes them, other chains for columns, back to the usual one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.accounts.permissions import ROLE_LABELS, Permission
from gongkai.catalog.services import get_column
from gongkai.core.db import AnyRow
from gongkai.core.errors import Fault, Invalid
from gongkai.core.text.typed import read_id
from gongkai.publishing.columns import open_columns
from gongkai.publishing.responses import say, undo
from gongkai.publishing.signing import queries
from gongkai.publishing.steps import (
    DEFAULT_STEPS,
    STEP_LABELS,
    STEP_ROLES,
    StepKind,
    drop_template,
    read_steps,
    set_template,
    template_of,
)
from gongkai.web import current
from gongkai.web.routing import route

blueprint = Blueprint("review_chain", __name__)
ORDER = (StepKind.SECTION, StepKind.LEGALITY, StepKind.CONFIDENTIALITY, StepKind.FINAL)
"""The order in which a unit's steps stand: whoever knows the matter first, the leader last."""


@dataclass(frozen=True, slots=True)
class Post:
    """A step with its post and the names of those who hold it."""

    step: str
    post: str
    names: str


def words_of(steps: Collection[str]) -> str:
    """A chain in one line."""
    return " → ".join(STEP_LABELS[StepKind(kind)] for kind in steps)


def _page(values: dict[str, object], errors: dict[str, str], status: int = 200) -> ResponseReturnValue:
    work, actor = current.uow(), current.actor()
    set_here = template_of(work, tenant_id=actor.tenant_id)
    steps = tuple(map(StepKind, set_here.steps)) if set_here else DEFAULT_STEPS
    others = queries.templates(work, tenant_id=actor.tenant_id)
    used = {*steps, *(StepKind(kind) for row in others for kind in row.steps)}
    posts = _posts([kind for kind in ORDER if kind in used])
    return render_template(
        "publishing/signing/chain.html",
        chain=[posts[kind] for kind in steps],
        steps=steps,
        is_usual=set_here is None,
        usual=words_of(DEFAULT_STEPS),
        others=[(row.column_id, row.name, words_of(row.steps)) for row in others],
        missing=[posts[kind] for kind in ORDER if kind in posts and not posts[kind].names],
        columns=_indented(open_columns(work, tenant_id=actor.tenant_id)),
        optional=[(kind.value, STEP_LABELS[kind], HINTS[kind]) for kind in (StepKind.SECTION, StepKind.LEGALITY)],
        under_way=queries.count_under_way(work, tenant_id=actor.tenant_id),
        may_manage_people=actor.may(Permission.PEOPLE_MANAGE),
        values=values,
        errors=errors,
    ), status


HINTS = {
    StepKind.SECTION: "由责任科室的科室负责人先行审核内容",
    StepKind.LEGALITY: "由合法性审查员对公开依据和内容的合法性提出意见",
}


def _posts(kinds: Sequence[StepKind]) -> dict[StepKind, Post]:
    held = queries.post_holders(
        current.uow(), tenant_id=current.actor().tenant_id, roles=[STEP_ROLES[kind] for kind in kinds]
    )
    return {
        kind: Post(
            STEP_LABELS[kind],
            ROLE_LABELS[STEP_ROLES[kind]],
            "、".join(
                f"{row.name}（{row.section}）" if kind is StepKind.SECTION and row.section else row.name
                for row in held
                if row.role == STEP_ROLES[kind]
            ),
        )
        for kind in kinds
    }


def _indented(rows: Sequence[AnyRow]) -> list[tuple[int, str]]:
    """The columns in the order of the tree, deeper ones set in."""
    below: dict[int | None, list[AnyRow]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    found: list[tuple[int, str]] = []

    def walk(parent_id: int | None, depth: int) -> None:
        for row in below.get(parent_id, []):
            found.append((row.id, "　" * depth + row.name))
            walk(row.id, depth + 1)

    walk(None, 0)
    return found


def _column() -> int | None:
    """The column that the form names, None for the whole unit.

    Raises:
        Invalid: when it names none.
        NotFound: when it is another unit's.
    """
    written = request.form.get("column_id")
    if written is None:
        return None
    column_id = read_id(written)
    if column_id is None:
        raise Invalid([Fault("column_id", "未选择栏目", "请选择要单独设置流程的栏目")])
    return get_column(current.uow(), tenant_id=current.actor().tenant_id, column_id=column_id).id


@route(blueprint, "/work/chain/", permission=Permission.CHAIN_MANAGE)
def index() -> ResponseReturnValue:
    """The unit's chain, who takes each step, and the columns with chains of their own."""
    return _page({}, {})


@route(blueprint, "/work/chain/", permission=Permission.CHAIN_MANAGE, methods=["POST"])
def save() -> ResponseReturnValue:
    """Set the chain of the unit, or of a column and the columns below it."""
    work, actor = current.uow(), current.actor()
    field = "column_steps" if "column_id" in request.form else "steps"
    chosen = {*request.form.getlist(field), *DEFAULT_STEPS}
    given = [kind for kind in ORDER if kind in chosen]
    try:
        column_id = _column()
        steps = read_steps([*sorted(chosen - set(ORDER)), *given])
        set_template(work, tenant_id=actor.tenant_id, steps=steps, column_id=column_id, by=actor.user_id)
    except Invalid as refusal:
        errors = {field if name == "steps" else name: words for name, words in undo(refusal).items()}
        return _page({"column_id": request.form.get("column_id"), field: sorted(chosen)}, errors, 400)
    say(f"审批流程已保存：{words_of(steps)}。此后送审的信息按新流程办理，正在办理的不受影响。")
    return redirect(url_for("review_chain.index"))


@route(blueprint, "/work/chain/reset", permission=Permission.CHAIN_MANAGE, methods=["POST"])
def reset() -> ResponseReturnValue:
    """Go back: a column to the chain above it, the unit to the usual one."""
    work, actor = current.uow(), current.actor()
    try:
        column_id = _column()
    except Invalid as refusal:
        return _page({}, undo(refusal), 400)
    drop_template(work, tenant_id=actor.tenant_id, column_id=column_id)
    what = "通用流程" if column_id is None else "单位流程"
    say(f"已恢复为{what}。此后送审的信息按恢复后的流程办理，正在办理的不受影响。")
    return redirect(url_for("review_chain.index"))
