"""The page of the editor, and saving what it sent: nothing that was written is lost when something is refused."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gongkai.core.errors import Conflict, DomainError, Forbidden, NotFound
from gongkai.core.storage.names import size_label
from gongkai.publishing import queries
from gongkai.publishing.access import get_item
from gongkai.publishing.columns import find_leaf, grouped, leaves
from gongkai.publishing.drafts import original_gone, save_draft
from gongkai.publishing.editing import TIME_LIMITS, Values, channel_choices, check, class_choices, values_of
from gongkai.publishing.links.panel import panel_of
from gongkai.publishing.links.plans import plan_values, read_plan, save_plan
from gongkai.publishing.models import CHANGE_KINDS, MODES, ORIGINS, Item
from gongkai.publishing.responses import posted_values, posted_version, undo
from gongkai.publishing.schemas import FIELD_LABELS, read_item_form
from gongkai.publishing.sections.queries import section_names
from gongkai.web import current


def editor(
    item_id: int,
    *,
    posted: Values | None = None,
    errors: dict[str, str] | None = None,
    overtaken: bool = False,
    status: int = 200,
) -> ResponseReturnValue:
    """The editor with the item's content, or with what a refused form had sent."""
    work, actor = current.uow(), current.actor()
    item = get_item(work, tenant_id=actor.tenant_id, item_id=item_id)
    links = panel_of(work, actor=actor, item=item, choosing=True)
    stored = {**values_of(item), **plan_values(links.plan)}
    values = stored if posted is None else posted
    columns = leaves(work, tenant_id=actor.tenant_id)
    return render_template(
        "publishing/edit.html",
        item=item,
        values=values,
        errors=errors or {},
        overtaken=_differences(stored, values) if overtaken else None,
        checks=check(work, item=item, values=posted),
        column_groups=[(heading, [(leaf.id, leaf.name) for leaf in members]) for heading, members in grouped(columns)],
        column=find_leaf(columns, values.get("column_id", "")),
        **class_choices(work, values=values),
        modes=MODES,
        origins=ORIGINS,
        **channel_choices(values),
        time_limits=[(words, words) for words in TIME_LIMITS],
        change_kinds=CHANGE_KINDS,
        gone=original_gone(work, item),
        labels=FIELD_LABELS,
        sections=section_names(work, tenant_id=actor.tenant_id),
        attachments=queries.attachments(work, tenant_id=actor.tenant_id, item_id=item_id),
        size_label=size_label,
        limit=size_label(current.services().settings.upload_limit_bytes),
        user_id=actor.user_id,
        links=links,
        deletable=not queries.has_steps(work, tenant_id=actor.tenant_id, item_id=item_id),
        opinion=queries.last_return(work, tenant_id=actor.tenant_id, item_id=item_id),
    ), status


def _differences(stored: Values, mine: Values) -> list[tuple[str, str]]:
    """(label, stored value) of the fields in which somebody else's content is another one."""
    return [
        (label, stored[name][:200] if name != "body_html" else "正文内容不同")
        for name, label in FIELD_LABELS.items()
        if name in stored and stored[name] != mine.get(name, "")
    ]


def keeping(item_id: int, work: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Do `work` with the posted form; when it is refused, the form is shown again with all that was written."""
    try:
        return work()
    except (NotFound, Forbidden):
        raise
    except DomainError as refusal:
        errors = undo(refusal)
        overtaken = isinstance(refusal, Conflict)
        return editor(
            item_id,
            posted=posted_values(request.form),
            errors=errors,
            overtaken=overtaken,
            status=409 if overtaken else 400,
        )


def save_posted(item_id: int) -> Item:
    """Save the editor's form in the draft."""
    # Another unit's item is missing, whatever the form says.
    get_item(current.uow(), tenant_id=current.actor().tenant_id, item_id=item_id)
    form = read_item_form(posted_values(request.form))
    plan = read_plan(request.form) if "plan_reason" in request.form else None
    work, actor = current.uow(), current.actor()
    item = save_draft(work, actor=actor, item_id=item_id, form=form, lock_version=posted_version())
    if plan is not None:
        save_plan(work, item=item, form=plan)
    return item


def back(item_id: int, anchor: str = "") -> ResponseReturnValue:
    """To the editor, at the place where the person was."""
    return redirect(url_for("work_editor.edit", item_id=item_id, _anchor=anchor or None))
