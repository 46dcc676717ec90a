"""What the editor works with: its values as text, its lists, and the state of the checks beside its fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gongkai.catalog.code_lists import Groups, genres, subject_classes
from gongkai.catalog.services import get_column
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.calendar.store import load_calendar
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.checks import unresolved
from gongkai.publishing.drafts import due_date, findings, form_of
from gongkai.publishing.limits import Deadline, deadline
from gongkai.publishing.models import Item
from gongkai.publishing.schemas import OPTIONAL_KEYS, ItemForm, read_item_form

CHANNELS = ("网站", "政府公报", "新闻发布会", "公告栏", "政务新媒体", "政务服务大厅", "文件")
"""公开形式 of `catalog.md` section 1; an item can have several."""
CHANNEL_SEPARATOR = "、"
TIME_LIMITS = ("长期公开", "限时公开")

Values = Mapping[str, str]
"""Field → what stands in it, as a form sends it."""


def values_of(item: Item) -> Values:
    """The content of an item as the texts of a form."""
    form = form_of(item)
    values = {name: _text(getattr(form, name)) for name in ItemForm.__dataclass_fields__ if name != "optional"}
    return values | {key: str(form.optional.get(key, "")) for key in OPTIONAL_KEYS}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class CheckState:
    """The findings of the checks on an editor's content.

    Attributes:
        blocks: what must be put right before the submission.
        warnings: what may stand with a written reason; `explained` are those that have one.
        deadline: how the limit of publication stands, None without a date of formation.
    """

    blocks: Sequence[Fault]
    warnings: Sequence[Fault] = ()
    explained: Sequence[Fault] = ()
    deadline: Deadline | None = None

    @property
    def headline(self) -> str:
        """How far the item is from its submission."""
        if self.blocks:
            return f"还差{len(self.blocks)}项才能送审"
        if self.warnings:
            return f"可以送审，有{len(self.warnings)}项提示须说明理由"
        return "填写完整，可以送审"

    @property
    def by_field(self) -> Mapping[str, Sequence[Fault]]:
        """Field → its findings, those that block first."""
        found: dict[str, list[Fault]] = {}
        for fault in (*self.blocks, *self.warnings, *self.explained):
            found.setdefault(fault.field, []).append(fault)
        return found


def check(uow: UnitOfWork, *, item: Item, values: Values | None = None) -> CheckState:
    """Check an item, or the content of a form before it is saved; what cannot be read is a finding itself.

    Raises:
        NotFound: when the form names a column of another unit.
    """
    if values is None:
        form, faults = form_of(item), findings(uow, item)
    else:
        try:
            form = read_item_form(values)
            faults = findings(uow, item, form)
        except Invalid as unreadable:
            return CheckState(unreadable.faults)
    column = get_column(uow, tenant_id=item.tenant_id, column_id=form.column_id)
    due = due_date(uow, item=item, form=form, column=column)
    still_open = unresolved(faults, item.check_overrides)
    return CheckState(
        blocks=[fault for fault in faults if fault.level == "block"],
        warnings=[fault for fault in still_open if fault.level == "warn"],
        explained=[fault for fault in faults if fault not in still_open],
        deadline=deadline(load_calendar(uow), due=due, today=shanghai_date(uow.now)) if due else None,
    )


Options = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""(heading, [(value, words)]) of a choice in groups."""


def class_choices(uow: UnitOfWork, *, values: Values) -> Mapping[str, Options]:
    """Today's `subjects` and `genres`; a value that the lists no longer offer stays choosable.

    Options carry what the item stores, so that saving it again changes nothing.
    """
    today = shanghai_date(uow.now)
    return {
        "subjects": _options(subject_classes(today), values.get("subject_class", "")),
        "genres": _options(genres(today), values.get("genre_class", "")),
    }


def _options(groups: Groups, written: str) -> Options:
    offered = {text for _, texts in groups for text in texts}
    kept = [("沿用原分类", [(written, written)])] if written and written not in offered else []
    return [*kept, *((heading, [(text, text.rpartition("/")[2]) for text in texts]) for heading, texts in groups)]


def channel_choices(values: Values) -> Mapping[str, Sequence[str]]:
    """The `channels` to choose from and the `chosen_channels`; those of one's own are kept among them."""
    chosen = [name for name in values.get("publication_channels", "").split(CHANNEL_SEPARATOR) if name]
    return {"channels": list(dict.fromkeys((*CHANNELS, *chosen))), "chosen_channels": chosen}
