"""Lists as offices send them, and the commands that bring them."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path

from click.testing import CliRunner, Result

from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.ports import Services
from gongkai.core.tables.writing import Sheet, Value, write_xlsx
from gongkai.publishing.imports.rows import MigrationRow
from gongkai.run.cli import main
from gongkai.supervision.models import Circular
from tests.factories.world import World

HEADER = ("单位", "栏目", "标题", "发布时间", "外部编号", "正文")


def text_list(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    """A delimited list."""
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode(encoding)


def workbook(rows: Sequence[Sequence[Value]], header: Sequence[str] = HEADER) -> bytes:
    """A workbook with one sheet."""
    return write_xlsx([Sheet("信息", header, rows)])


def row(number: int, *, unit: str = "hx-mzj", day: str = "2023-03-10", column: str = "gsgg") -> tuple[str, ...]:
    """A complete row of HEADER."""
    title = f"关于第{number}号事项的公告"
    return (unit, column, title, f"{day} 09:{number % 60:02d}", f"A{number}", f"现将第{number}号事项公告如下。")


def migration_row(number: int, **changes: object) -> MigrationRow:
    """A row as a program holds it; published on the 10th of March 2023, a minute apart."""
    values = {
        "unit_code": "hx-mzj",
        "column_code": "gsgg",
        "title": f"关于第{number}号事项的公告",
        "issuing_agency": "和溪县民政局",
        "formed_date": date(2023, 3, 9),
        "published_at": datetime(2023, 3, 10, 8 + number // 3600 % 8, number // 60 % 60, number % 60, tzinfo=SHANGHAI),
        "summary": "公布有关事项。",
        "body_html": f"<p>现将第{number}号事项公告如下。</p>",
        "external_id": f"A{number}",
        "responsible_unit": "办公室",
    }
    return MigrationRow(**(values | changes))  # type: ignore[arg-type]


def gongkai(services: Services, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, arguments, obj=services)


def migrate(services: Services, folder: Path, data: bytes, *more: str, name: str = "list.csv") -> Result:
    """`gongkai items import --migrate` of a list, allowed by the prefecture's office."""
    file = folder / name
    file.write_bytes(data)
    terms = ("--migrate", "--cutoff", "2025-12-31", "--responsible", "李四", "--allowed-by", "yl-supervisor")
    return gongkai(services, "items", "import", str(file), *terms, *more)


def issue(world: World, office: str, period: str, *, coverage: str = "all") -> int:
    """A circular of a month as it stands when it has been issued; returns its id."""
    with world.services.database.system_scope("test") as uow:
        circular = Circular(
            tenant_id=world.units[office], period=period, coverage=coverage, state="issued", title="通报",
            created_at=uow.now, snapshot={}, signatory="王五", signed_date=date(2023, 4, 3),
            issued_date=date(2023, 4, 3), issued_at=uow.now, ledger_digest="0" * 64,
        )  # fmt: skip
        uow.session.add(circular)
        uow.session.flush()
        return circular.id
