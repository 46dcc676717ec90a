"""Items made the way offices make them: written, reviewed, approved, published."""

from dataclasses import replace
from datetime import date

from gongkai.core.ports import Services
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.drafts import create_draft, override_warnings
from gongkai.publishing.schemas import ItemForm
from gongkai.workers.outbox import drain
from tests.factories.world import World, tenant_of


def item_form(world: World, uow: object, unit: str, column: str, **changes: object) -> ItemForm:
    """A complete form for a column of a unit."""
    form = ItemForm(
        column_id=world.column(uow, unit, column),  # type: ignore[arg-type]
        title="关于做好春季防火工作的通知",
        issuing_agency=tenant_of(uow, unit).official_name,  # type: ignore[arg-type]
        formed_date=date(2026, 3, 16),
        summary="部署春季防火工作，明确责任和时限。",
        body_html="<p>各村（社区）：</p><p>现就做好春季防火工作通知如下。</p>",
        subject_class="民政、扶贫、救灾",
        genre_class="通知",
        responsible_unit="办公室",
        secrecy_cleared=True,
    )
    return replace(form, **changes)  # type: ignore[arg-type]


def draft(world: World, unit: str = "hx-mzj", column: str = "gsgg", **changes: object) -> int:
    """A draft by the unit's contributor; returns its id."""
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, f"{unit}-contributor")
        return create_draft(uow, actor=actor, form=item_form(world, uow, unit, column, **changes)).id


def submitted(world: World, unit: str = "hx-mzj", column: str = "gsgg", **changes: object) -> int:
    """An item that waits for the confidentiality review; a document among them needs no interpretation."""
    item_id = draft(world, unit, column, **changes)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, f"{unit}-contributor")
        if column == "qtwj":
            override_warnings(uow, actor=actor, item_id=item_id, reasons={"interpretation": "不涉及公众"})
        submit(uow, actor=actor, item_id=item_id)
    return item_id


def reviewed(world: World, unit: str = "hx-mzj", column: str = "gsgg", **changes: object) -> int:
    """An item that waits for approval."""
    item_id = submitted(world, unit, column, **changes)
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, f"{unit}-confidentiality_reviewer"), item_id=item_id)
    return item_id


def published(world: World, unit: str = "hx-mzj", column: str = "gsgg", **changes: object) -> int:
    """A published item, its outbox events worked off."""
    item_id = reviewed(world, unit, column, **changes)
    with world.services.database.transaction() as uow:
        decide(uow, actor=world.actor(uow, f"{unit}-approver"), item_id=item_id)
    work_off(world.services)
    return item_id


def work_off(services: Services) -> None:
    """Do what the job thread would do."""
    from gongkai.run.modules import MODULES

    drain(services, MODULES)
