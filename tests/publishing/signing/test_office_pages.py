"""The office above at signatures of a unit with a single clerk: files to compare, what it sees afterwards, pages."""

import re
from datetime import timedelta

from sqlalchemy import Engine, insert, text

from gongkai.publishing.attachments import add_attachment
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.models import Item
from gongkai.publishing.signing.models import PaperSignature
from gongkai.publishing.terms.texts import read_missing
from tests.factories.items import draft, reviewed
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.pages import file
from tests.publishing.signing.paper import APPROVER, CLERK, REVIEWER, alone, bring

LIST = "防火责任分工表".encode()


def with_a_file(world: World) -> tuple[int, int]:
    """An item at its last step with a file; ids of the two."""
    item_id = draft(world)
    with world.services.database.transaction() as uow:
        actor = world.actor(uow, CLERK)
        attached = add_attachment(
            uow, actor=actor, item_id=item_id, files=world.services.files, filename="任务分工.txt",
            stream=file(LIST, "")[0], limit_bytes=10**6,
        )  # fmt: skip
        read_missing(uow, files=world.services.files, tenant_id=world.units["hx-mzj"], item_id=item_id)
        submit(uow, actor=actor, item_id=item_id)
        decide(uow, actor=world.actor(uow, REVIEWER), item_id=item_id)
        return item_id, attached.id


def with_a_file_of_another_item(world: World) -> tuple[int, int]:
    """A draft of the same unit with a file."""
    item_id = draft(world, title="关于另一件事的通知")
    with world.services.database.transaction() as uow:
        attached = add_attachment(
            uow, actor=world.actor(uow, CLERK), item_id=item_id, files=world.services.files, filename="另一件.txt",
            stream=file(b"other", "")[0], limit_bytes=10**6,
        )  # fmt: skip
        return item_id, attached.id


def offset(number: int) -> timedelta:
    """Registered so many minutes later."""
    return timedelta(minutes=number + 1)


def test_the_office_compares_the_items_files_while_the_signature_waits(
    world: World, sign_in: SignIn, superuser: Engine
) -> None:
    item_id, attached = with_a_file(world)
    other_id, other_file = with_a_file_of_another_item(world)
    alone(world)
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, APPROVER)
    address = f"/office/signatures/{signature.id}"
    path = f"{address}/attachments/{attached}"
    office, stranger, clerk = sign_in("hx-supervisor"), sign_in("qs-supervisor"), sign_in(CLERK)
    assert f'href="{path}"' in office.get(address)
    with office.client.get(path) as answer:
        assert (answer.data, "attachment" in answer.headers["Content-Disposition"]) == (LIST, True)
    assert (stranger.client.get(path).status_code, clerk.client.get(path).status_code) == (404, 403)
    assert office.client.get(f"{address}/attachments/{other_file}").status_code == 404, "a file of another item"
    opened = text(
        "SELECT tenant_id, acting_tenant_id, user_id, detail ->> 'filename' FROM audit_event"
        " WHERE action = 'paper_signature.open_attachment'"
    )
    with superuser.connect() as connection:
        rows = [tuple(row) for row in connection.execute(opened)]
    assert rows == [(world.units["hx-mzj"], world.units["hx"], world.people["hx-supervisor"], "任务分工.txt")]
    assert other_id != item_id

    office.post(f"{address}/refuse", {"reason": "扫描件与登记不符。"})
    page = office.get(address)
    assert "内容不再显示" in page
    assert "现就做好春季防火工作通知如下。" not in page
    assert "任务分工.txt" not in page
    assert office.client.get(path).status_code == 404, "what does not wait is the unit's own again"
    assert "现就做好春季防火工作通知如下。" in clerk.get(f"/work/signatures/{signature.id}")


def test_a_text_that_changed_behind_the_sheet_is_told_before_it_is_compared(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    alone(world)
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, APPROVER)
    office = sign_in("hx-supervisor")
    assert "信息内容与签批时不一致" not in office.get(f"/office/signatures/{signature.id}")
    with world.services.database.system_scope("test") as uow:
        uow.session.get_one(Item, item_id).body_html = "<p>改过的内容。</p>"
    assert "信息内容与签批时不一致" in office.get(f"/office/signatures/{signature.id}")


def test_signatures_are_paged_those_that_wait_first(world: World, sign_in: SignIn) -> None:
    item_id = reviewed(world)
    alone(world)
    with world.services.database.transaction() as uow:
        signature = bring(world, uow, item_id, APPROVER)
        values = {
            column.name: getattr(signature, column.name)
            for column in PaperSignature.__table__.columns
            if column.name != "id"
        }
    older = [
        values | {"title": f"第{n:02}份", "state": "withdrawn", "registered_at": signature.registered_at + offset(n)}
        for n in range(60)
    ]
    with world.services.database.system_scope("test") as uow:
        uow.session.execute(insert(PaperSignature), older)
    for login, address in ((CLERK, "/work/signatures/"), ("hx-supervisor", "/office/signatures/")):
        person = sign_in(login)
        first = person.get(address)
        shown = re.findall(r">(第\d\d份)<", first)
        assert (signature.title in first, shown) == (True, [f"第{n:02}份" for n in range(59, 10, -1)])
        assert first.index(signature.title) < first.index("第59份"), "what waits stands first, though it is older"
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following is not None
        second = person.get(following[1])
        assert re.findall(r">(第\d\d份)<", second) == [f"第{n:02}份" for n in range(10, -1, -1)]
        assert ('rel="next"' in second, f'rel="prev" href="{address}"' in second) == (False, True)
        assert signature.title not in re.findall(r">(第\d\d份)<", second)
        assert person.get(f"{address}?after=1~nonsense").count("第59份"), "an address that cannot be read is the first"
