"""The screens of those who work here: every page of the URL map behind the door, found by following links.

Of each kind of page the richest is kept, and others that show something new: a class of the style sheets it lacks.
"""

from dataclasses import dataclass
from html.parser import HTMLParser

from flask import Flask

from gongkai.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from tests.factories.world import World
from tests.scene import ADMIN, HALL, LEADER, OFFICE, PEOPLE
from tests.test_isolation import rules
from tests.walking import Walker

DUTIES: dict[str, tuple[tuple[str, ...], tuple[Role, ...]]] = {
    "unit": (
        (*PEOPLE[:4], HALL),
        (Role.CONTRIBUTOR, Role.REVIEWER, Role.APPROVER, Role.UNIT_ADMIN, Role.RECEIVER),
    ),
    "office": ((OFFICE, LEADER, "yl-supervisor"), (Role.SUPERVISOR,)),
    "prefecture": ((ADMIN,), (Role.PREFECTURE_ADMIN,)),
}
"""Duty → logins and their roles. A screen is looked at with the first duty whose people may open it."""
NO_PAGES = {
    "archive.download": "a file",
    "assignments.export": "a file",
    "batches.approve_batch": "the page of batches.review_batch at the last step",
    "intake.text": "a file",
    "attributes.office_workbook": "a file",
    "attributes.own_workbook": "a file",
    "circulars.download": "a file",
    "circulars.download_pdf": "a file",
    "emergency.download": "a file",
    "emergency.download_pdf": "a file",
    "emergency.paper": "a file",
    "collection.office_report": "a file",
    "collection.report": "a file",
    "external.export": "a file",
    "finding_entry.template": "a file",
    "scores.export": "a file",
    "external.template": "a file",
    "external_import.file": "a file",
    "facts.template": "a file",
    "held_files.file": "a file",
    "imports.blank": "a file",
    "imports.office_blank": "a file",
    "imports.files": "a file",
    "imports.office_files": "a file",
    "imports.office_report": "a file",
    "imports.office_source": "a file",
    "imports.report": "a file",
    "imports.source": "a file",
    "masking.original": "a file",
    "office_links.export": "a file",
    "outlook.export_all_columns": "a file",
    "outlook.export_unit_columns": "a file",
    "outlook.export_year": "a file",
    "office_signing.attachment": "a file",
    "office_signing.scan": "a file",
    "old_pages.original": "a file",
    "reports_due.export": "a file",
    "reports_due.template": "a file",
    "signing.scan": "a file",
    "signing.sheet_docx": "a file",
    "signing.sheet_pdf": "a file",
    "slips.download_pdf": "a file",
    "own_slips.answer_file": "a file",
    "own_circulars.evidence": "a file",
    "rounds.evidence": "a file",
    "own_transfers.export": "a file",
    "proceedings.export": "a file",
    "proceedings.file": "a file",
    "receiving.export": "a file",
    "receiving.package": "a file",
    "slips.answer_file": "a file",
    "slips.download": "a file",
    "slips.export": "a file",
    "spot_checks.export": "a file",
    "spot_checks.lots": "a file",
    "supervision.export": "a file",
    "transfers.export": "a file",
    "training.export": "a file",
    "training_attendance.template": "a file",
    "terms.export": "a file",
    "terms.template": "a file",
    "unit_import.faults": "a file",
    "unit_import.template": "a file",
    "validity_lists.report": "a file",
    "validity_lists.template": "a file",
    "withheld.export": "a file",
    "work_files.download": "a file",
    "imports.office_progress": "a part of imports.office_batch, swapped while an import runs",
    "imports.progress": "a part of imports.batch, swapped while an import runs",
}
"""Endpoint → why nobody sees a page there."""


@dataclass(frozen=True)
class Screen:
    """A page as one person sees it."""

    login: str
    endpoint: str
    path: str


class _Shape(HTMLParser):
    """What a page is made of: its classes; those around `<main>` apart from those in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.within = False
        self.frame: set[str] = set()
        self.main: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within = self.within or tag == "main"
        seen = self.main if self.within else self.frame
        seen |= set((dict(attrs).get("class") or "").split()) or {tag}

    def handle_endtag(self, tag: str) -> None:
        self.within = self.within and tag != "main"


def duty_of(permission: Permission) -> str:
    """The first duty whose people have the permission; what everybody may do is the units'."""
    for duty, (_, roles) in DUTIES.items():
        if any(permission in ROLE_PERMISSIONS[role] for role in roles):
            return duty
    return next(iter(DUTIES))


def pages_of(app: Flask, duty: str) -> set[str]:
    """Endpoints of all pages that are to be looked at with a duty."""
    return {
        rule.endpoint
        for rule, permission in rules(app)
        if "GET" in (rule.methods or ()) and permission is not Permission.PUBLIC_READ and duty_of(permission) == duty
    } - NO_PAGES.keys()


def screens(app: Flask, world: World, starts: dict[str, list[str]], duty: str) -> list[Screen]:
    """The screens of a duty by person, each kind in as many forms as the scene has."""
    wanted, found = pages_of(app, duty), list[tuple[_Shape, Screen]]()
    logins, _ = DUTIES[duty]
    for login in logins:
        walker = Walker(app, world, login)
        for path, answer in walker.pages(*starts[login]):
            endpoint = walker.endpoint(path)
            if answer.status_code == 200 and answer.mimetype == "text/html" and endpoint in wanted:
                found.append((_Shape(answer.get_data(as_text=True)), Screen(login, endpoint, path)))
    kept, frame, mains = list[Screen](), set[str](), dict[str, set[str]]()
    for shape, screen in sorted(found, key=lambda pair: -len(pair[0].main)):
        known = mains.setdefault(screen.endpoint, set())
        if shape.main - known or shape.frame - frame:
            known |= shape.main
            frame |= shape.frame
            kept.append(screen)
    return sorted(kept, key=lambda screen: logins.index(screen.login))
