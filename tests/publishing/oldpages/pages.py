"""Saved pages of our own making, and the office that brings them."""

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import select

from gongkai.publishing.oldpages.models import OldPage
from tests.factories.items import work_off
from tests.factories.world import World
from tests.publishing.pages import Person

FOLDER = Path(__file__).resolve().parents[2] / "data" / "oldpages"
ADDRESS = "/work/migrations/pages"
TERMS = {"unit": "hx-mzj", "column": "gsgg", "cutoff_date": "2023-12-31", "responsible_person": "王主任"}


def saved(name: str, encoding: str = "utf8") -> tuple[BytesIO, str]:
    """A page as a form sends it."""
    return BytesIO((FOLDER / name).read_text("utf8").encode(encoding)), name


def packed(names: dict[str, bytes], archive: str = "网页.zip") -> tuple[BytesIO, str]:
    """An archive of files."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as made:
        for name, data in names.items():
            made.writestr(name, data)
    buffer.seek(0)
    return buffer, archive


def bring(person: Person, *files: tuple[BytesIO, str], status: int = 200, **terms: str) -> str:
    """Upload pages through the form and let them be read; the text of the page that follows."""
    person.get(f"{ADDRESS}/new")
    answer = person.post(f"{ADDRESS}/new", {**TERMS, **terms, "files": list(files)}, status)
    if status != 200:
        return answer
    upload = re.search(r"upload=(\d+)", answer)
    assert upload, answer
    work_off(person.client.application.extensions["gongkai.services"])
    return person.get(f"{ADDRESS}/?upload={upload[1]}&state=")


def old_pages(world: World) -> dict[str, OldPage]:
    """Every page that was kept, by the name of its file."""
    with world.services.database.system_scope("test") as uow:
        return {page.filename: page for page in uow.session.scalars(select(OldPage).order_by(OldPage.id))}


def address(world: World, name: str) -> str:
    """The screen of a page."""
    return f"{ADDRESS}/{old_pages(world)[name].id}"
