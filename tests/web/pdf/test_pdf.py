"""“下载PDF”: asked for on a page, made by the job, kept for a week; without a converter nothing is offered."""

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text

from gongkai.core.conversion.libreoffice import LibreOffice
from gongkai.core.ports import NotConverted, Services
from gongkai.run.compose import make_app
from gongkai.run.modules import MODULES
from gongkai.web.pdf.models import PdfCopy
from gongkai.web.pdf.services import forget_old
from gongkai.workers.outbox import drain
from tests.conftest import AdjustableClock
from tests.factories.items import submitted
from tests.factories.world import World

SOFFICE = shutil.which("soffice")


@dataclass
class Press:
    """A converter beside the product: refuses as long as it has a reason, and counts what it is asked."""

    reason: str = ""
    asked: list[int] = field(default_factory=list)
    is_configured = True

    def problem(self) -> str | None:
        return self.reason or None

    def to_pdf(self, docx: bytes) -> bytes:
        self.asked.append(len(docx))
        if self.reason:
            raise NotConverted(self.reason)
        return b"%PDF-1.7 of " + docx[:2]


@dataclass
class Desk:
    """A unit's contributor before an item's sheet, in a deployment with a converter."""

    services: Services
    client: FlaskClient
    address: str

    def work_off(self) -> None:
        drain(self.services, MODULES)


def desk(world: World, converter: object) -> Desk:
    """An item under review in a deployment with `converter`."""
    services = replace(world.services, converter=converter)  # type: ignore[arg-type]
    item_id = submitted(world)
    client = world.sign_in(make_app(services).test_client(), "hx-mzj-contributor")
    return Desk(services, client, f"/work/items/{item_id}/approval-sheet")


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
def test_the_sheet_comes_as_pdf_after_the_job_has_run(world: World) -> None:
    at = desk(world, LibreOffice(Path(SOFFICE or "")))
    assert f'{at.address}.pdf">下载PDF' in at.client.get(at.address).get_data(as_text=True)
    answer = at.client.get(f"{at.address}.pdf")
    assert answer.status_code == 202
    assert f'http-equiv="refresh" content="3; url={at.address}.pdf?waited=1"' in answer.get_data(as_text=True)
    at.work_off()
    told = at.client.get(f"{at.address}.pdf?waited=1")
    assert (told.status_code, told.mimetype) == (200, "text/html")
    assert f"0; url={at.address}.pdf" in told.get_data(as_text=True)
    file = at.client.get(f"{at.address}.pdf")
    assert file.mimetype == "application/pdf"
    assert "attachment" in file.headers["Content-Disposition"]
    pdf = pypdfium2.PdfDocument(file.data)
    try:
        assert "政府信息公开审查呈批单" in "".join(pdf[0].get_textpage().get_text_bounded().split())
    finally:
        pdf.close()


def test_who_looks_again_asks_no_second_time_and_a_changed_sheet_is_made_anew(
    world: World, clock: AdjustableClock
) -> None:
    press = Press()
    at = desk(world, press)
    for _ in range(3):
        assert at.client.get(f"{at.address}.pdf").status_code == 202
        clock.advance(seconds=3)
    at.work_off()
    assert at.client.get(f"{at.address}.pdf").data == b"%PDF-1.7 of PK"
    assert len(press.asked) == 1
    clock.advance(days=1)
    world.sign_in(at.client, "hx-mzj-contributor")
    assert at.client.get(f"{at.address}.pdf").status_code == 202, "the sheet bears the day on which it is printed"


def test_a_failure_is_told_with_its_reason_and_tried_again_a_minute_later(world: World, clock: AdjustableClock) -> None:
    press = Press("转换超过60秒，已停止")
    at = desk(world, press)
    at.client.get(f"{at.address}.pdf")
    at.work_off()
    refused = at.client.get(f"{at.address}.pdf")
    assert refused.status_code == 409
    assert "PDF没有生成：转换超过60秒，已停止。请下载.docx文件使用" in refused.get_data(as_text=True)
    remarks = at.client.get("/readyz").get_json()["remarks"]
    assert remarks["pdf_converter"] == "转换超过60秒，已停止"
    press.reason = ""
    clock.advance(minutes=2)
    assert at.client.get(f"{at.address}.pdf").status_code == 202
    at.work_off()
    assert at.client.get(f"{at.address}.pdf").status_code == 200


def test_who_waits_long_is_told_what_to_do_meanwhile(world: World, clock: AdjustableClock) -> None:
    at = desk(world, Press())
    assert "等待时间较长" not in at.client.get(f"{at.address}.pdf").get_data(as_text=True)
    clock.advance(minutes=3)
    assert "可以先返回下载.docx文件" in at.client.get(f"{at.address}.pdf").get_data(as_text=True)


def test_many_at_once_are_all_made(world: World) -> None:
    press = Press()
    at = desk(world, press)
    addresses = [f"/work/items/{submitted(world, title=f'通知之{number}')}/approval-sheet.pdf" for number in range(6)]
    for address in addresses:
        at.client.get(address)
    at.work_off()
    assert [at.client.get(address).status_code for address in addresses] == [200] * 6
    assert len(press.asked) == 6


def test_copies_go_after_a_week(world: World, clock: AdjustableClock, superuser: Engine) -> None:
    at = desk(world, Press())
    at.client.get(f"{at.address}.pdf")
    at.work_off()
    clock.advance(days=6)
    forget_old(at.services)
    with superuser.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(PdfCopy)) == 1
        assert connection.execute(text("SELECT source FROM pdf_copy")).scalar_one() is None
    clock.advance(days=2)
    forget_old(at.services)
    with superuser.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(PdfCopy)) == 0


def test_without_a_converter_there_is_no_button_and_no_file(world: World, app: Flask) -> None:
    item_id = submitted(world)
    client = world.sign_in(app.test_client(), "hx-mzj-contributor")
    assert "PDF" not in client.get(f"/work/items/{item_id}/approval-sheet").get_data(as_text=True)
    refused = client.get(f"/work/items/{item_id}/approval-sheet.pdf")
    assert refused.status_code == 409
    assert "本平台没有启用PDF下载" in refused.get_data(as_text=True)
    assert "remarks" not in client.get("/readyz").get_json()
