"""200 people of 20 units who do whatever comes to their mind, on their own and on others' items, through the pages.

After each step it is checked that nobody was shown what they may not see, and that nothing changed which the person
could not have changed. Each item's title carries a mark of its own, so that a leak is found in any answer.
"""

import random
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from gongkai.accounts.permissions import Role
from gongkai.catalog.models import ContentColumn
from gongkai.catalog.services import provision_columns
from gongkai.core.db import AnyRow
from gongkai.core.ports import Services
from gongkai.publishing.models import Item
from gongkai.tenancy.kinds import TenantType
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import NewTenant, create_tenant
from tests.factories.items import work_off
from tests.factories.world import World, add_person
from tests.walking import Walker, read_page

MARK = re.compile(r"事由k[0-9]{6}k")
COUNTIES, BUREAUS = 3, 16
POSTS = (
    ("contributor", 4, Role.CONTRIBUTOR),
    ("reviewer", 2, Role.REVIEWER),
    ("approver", 2, Role.APPROVER),
    ("admin", 1, Role.UNIT_ADMIN),
    ("supervisor", 1, Role.SUPERVISOR),
)
DECIDED_BY = {
    ("draft", "in_review"): Role.CONTRIBUTOR,
    ("draft", "in_approval"): Role.CONTRIBUTOR,
    ("in_review", "draft"): None,
    ("in_approval", "draft"): None,
    ("in_review", "in_approval"): Role.REVIEWER,
    ("in_approval", "published"): Role.APPROVER,
    ("published", "taken_down"): Role.APPROVER,
}
"""Change of state → who alone brings it about; None for a return, and for a recall by an author."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at work."""

    login: str
    unit: str
    role: Role


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as the database holds it."""

    unit_id: int
    state: str
    title: str
    authors: tuple[int, ...]
    lock_version: int
    erratum: bool

    @property
    def public(self) -> bool:
        """Whether everybody may read it."""
        return self.state == "published"


@dataclass
class Town:
    """The prefecture, its people, and what each of them does; `trail` is what happened so far."""

    app: Flask
    world: World
    dice: random.Random
    people: list[Person] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, tuple[Walker, str]] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)
    written: int = 0

    def browser(self, person: Person) -> tuple[Walker, str]:
        """The person's browser and the token of their forms."""
        if person.login not in self.browsers:
            walker = Walker(self.app, self.world, person.login)
            page = walker.open("/work/").get_data(as_text=True)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
            assert token is not None
            self.browsers[person.login] = walker, token[1]
        return self.browsers[person.login]

    def items(self) -> dict[int, Seen]:
        """Every item, whoever it belongs to."""
        query = select(
            Item.id, Item.tenant_id, Item.state, Item.title, Item.author_ids, Item.lock_version, Item.change_kind
        )
        with self.world.services.database.system_scope("test") as uow:
            return {
                row.id: Seen(
                    row.tenant_id,
                    row.state,
                    row.title,
                    tuple(row.author_ids),
                    row.lock_version,
                    row.change_kind == "erratum",
                )
                for row in uow.session.execute(query.order_by(Item.id))
            }

    def step(self) -> None:
        """Let somebody do something, and look what came of it."""
        before = self.items()
        person, deed, target = self._choice(before)
        answer = deed(self, person, target)
        after = self.items()
        self.trail.append(f"{person.login} {deed.__name__} {target} → {answer.status_code}")
        assert answer.status_code < 500, self.trail[-1]
        if target is not None and before[target].unit_id != self.world.units[person.unit] and deed in ON_AN_ITEM:
            assert answer.status_code in (403, 404), self.trail[-1]
        self._expect_nothing_shown(person, answer, before, after)
        self._expect_own_changes(person, before, after)

    def _choice(self, items: Mapping[int, Seen]) -> tuple[Person, "Deed", int | None]:
        """Who does what to which item: now and then the right person the next thing, so that work gets done."""
        under_way = [item_id for item_id, item in items.items() if item.state in NEXT]
        if under_way and self.dice.random() < PURPOSE:
            item_id = self.dice.choice(under_way)
            role, deed = NEXT[items[item_id].state]
            unit = next(code for code, key in self.world.units.items() if key == items[item_id].unit_id)
            fit = [one for one in self.people if one.unit == unit and one.role is role]
            return self.dice.choice(fit), deed, item_id
        person = self.dice.choice(self.people)
        return person, self.dice.choice(DEEDS), self._target(items, person)

    def _target(self, items: Mapping[int, Seen], person: Person) -> int | None:
        """An item to try it on: often one of the person's unit, so that things move, else any."""
        own = [item_id for item_id, item in items.items() if item.unit_id == self.world.units[person.unit]]
        chosen = own if own and self.dice.random() < 0.7 else list(items)
        return self.dice.choice(chosen) if chosen else None

    def _expect_nothing_shown(
        self, person: Person, answer: TestResponse, before: Mapping[int, Seen], after: Mapping[int, Seen]
    ) -> None:
        marks = set(MARK.findall(answer.get_data(as_text=True)))
        for item in (*before.values(), *after.values()):
            if marks & set(MARK.findall(item.title)) and not self._may_see(person, item, before.values()):
                raise AssertionError(f"{self.trail[-1]}: was shown {item}")

    def _may_see(self, person: Person, item: Seen, others: Collection[Seen]) -> bool:
        if item.unit_id == self.world.units[person.unit] or item.public:
            return True
        mark = set(MARK.findall(item.title))
        if any(other.public and mark & set(MARK.findall(other.title)) for other in others):
            return True  # A revision of what is public bears the mark of the original.
        below = self._path_of(item.unit_id).startswith(f"{self.paths[person.unit]}.")
        return person.role is Role.SUPERVISOR and item.state == "taken_down" and below

    def _path_of(self, unit_id: int) -> str:
        code = next(code for code, known in self.world.units.items() if known == unit_id)
        return self.paths[code]

    def _expect_own_changes(self, person: Person, before: Mapping[int, Seen], after: Mapping[int, Seen]) -> None:
        user_id = self.world.people[person.login]
        for item_id in before.keys() | after.keys():
            old, new = before.get(item_id), after.get(item_id)
            if old == new:
                continue
            told = f"{self.trail[-1]}: {old} became {new}"
            assert self.world.units[person.unit] in {one.unit_id for one in (old, new) if one}, told
            if old is None or new is None or old.state == new.state == "draft":
                assert person.role is Role.CONTRIBUTOR, told
                continue
            assert (old.state, new.state) in DECIDED_BY or old.state == new.state == "published", told
            role = DECIDED_BY.get((old.state, new.state))
            if role is Role.APPROVER and old.state == "in_approval" and old.erratum:
                role = Role.REVIEWER  # A slip of the pen goes by one reviewer.
            assert role is None or person.role is role, told
            if old.state != "draft" and new.state != "draft":
                assert user_id not in old.authors or new.state == "taken_down", told
            if new.state == "draft" and person.role is Role.CONTRIBUTOR:
                assert user_id in old.authors, told


def make_town(app: Flask, services: Services, *, seed: int) -> Town:
    """Prefecture, counties and bureaus with ten people each."""
    world = World(services)
    town = Town(app, world, random.Random(seed))
    kinds = [("yl", "", TenantType.PREFECTURE_GOVERNMENT, "prefecture")]
    kinds += [(f"x{n}", "yl", TenantType.COUNTY_GOVERNMENT, "county") for n in range(COUNTIES)]
    kinds += [(f"j{n}", f"x{n % COUNTIES}", TenantType.BUREAU, "county") for n in range(BUREAUS)]
    with services.database.system_scope("town") as uow:
        for order, (code, parent, kind, level) in enumerate(kinds):
            new = NewTenant(
                code=code, official_name=f"云岭州{code}机关", short_name=f"{code}机关", tenant_type=kind, level=level,
                sort_order=order, established_date=date(2015, 1, 1), parent_id=world.units.get(parent),
                area_code=f"5398{order:02d}",
            )  # fmt: skip
            world.units[code] = create_tenant(uow, new=new).id
            provision_columns(uow, tenant_id=world.units[code])
            for name, count, role in POSTS:
                for number in range(count):
                    login = f"{code}-{name}-{number}"
                    add_person(uow, world, login, code, role)
                    town.people.append(Person(login, code, role))
        town.paths = {code: uow.session.get_one(Tenant, key).path for code, key in world.units.items()}
        columns = select(ContentColumn.tenant_id, ContentColumn.id).where(ContentColumn.code == "gsgg")
        ids: Mapping[int, int] = {row.tenant_id: row.id for row in uow.session.execute(columns)}
        town.columns = {code: ids[key] for code, key in world.units.items() if key in ids}
    work_off(services)
    return town


Deed = Callable[[Town, Person, int | None], TestResponse]


def _get(town: Town, person: Person, path: str) -> TestResponse:
    return town.browser(person)[0].open(path)


def _post(town: Town, person: Person, path: str, data: Mapping[str, Any]) -> TestResponse:
    walker, token = town.browser(person)
    return walker.open(path, method="POST", data={"csrf_token": token, **data})


def open_item(town: Town, person: Person, item_id: int | None) -> TestResponse:
    return _get(town, person, f"/work/items/{item_id or 1}")


def open_editor(town: Town, person: Person, item_id: int | None) -> TestResponse:
    return _get(town, person, f"/work/items/{item_id or 1}/edit")


def open_list(town: Town, person: Person, _: int | None) -> TestResponse:
    pages = ("/work/", "/work/items/", "/work/items/drafts", "/work/review/", "/work/approval/", "/office/")
    return _get(town, person, town.dice.choice(pages))


def read_in_public(town: Town, person: Person, item_id: int | None) -> TestResponse:
    unit = town.dice.choice(list(town.world.units))
    pages = (
        f"/items/{item_id}",
        "/",
        f"/units/{unit}/",
        f"/units/{unit}/feed.atom",
        "/search?q=事由",
        "/search?q=通知",
    )
    walker = town.browser(person)[0] if town.dice.random() < 0.5 else Walker(town.app, town.world)
    return walker.open(town.dice.choice(pages))


def write(town: Town, person: Person, _: int | None) -> TestResponse:
    town.written += 1
    title = f"关于办理事由k{town.written:06d}k的通知"
    column = town.columns[person.unit if town.dice.random() < 0.9 else town.dice.choice(list(town.columns))]
    answer = _post(town, person, "/work/items/new", {"column_id": column, "title": title})
    return _fill(town, person, answer) if answer.status_code == 302 else answer


def _fill(town: Town, person: Person, made: TestResponse) -> TestResponse:
    """Complete the new draft, so that it can be submitted."""
    path = made.headers["Location"]
    forms, _ = read_page(path, _get(town, person, path).get_data(as_text=True))
    form = next(form for form in forms if "body_html" in form.fields)
    sent = form.filled() | {
        "formed_date": "2026-03-20", "summary": "部署相关工作，明确责任和时限。", "responsible_unit": "办公室",
        "secrecy_cleared": "1", "body_html": f"<p>现通知如下：第{town.written}号。</p>", "action": "save",
    }  # fmt: skip
    return _post(town, person, form.action, sent)


def submit(town: Town, person: Person, item_id: int | None) -> TestResponse:
    return _post(town, person, f"/work/items/{item_id or 1}/submit", {})


def decide(town: Town, person: Person, item_id: int | None) -> TestResponse:
    path = "review" if person.role is Role.REVIEWER or town.dice.random() < 0.3 else "approve"
    walker, _ = town.browser(person)
    shown = walker.open(f"/work/items/{item_id or 1}").get_data(as_text=True)
    version = re.search(r'name="version" value="(\d+)"', shown)
    data = {"version": version[1] if version else town.dice.randrange(9)}
    if town.dice.random() < 0.2:
        data |= {"decision": "return", "opinion": "请修改。"}
    return _post(town, person, f"/work/items/{item_id or 1}/{path}", data)


def decide_on_many(town: Town, person: Person, item_id: int | None) -> TestResponse:
    known = town.items()
    items = {*town.dice.sample(sorted(known), min(5, len(known))), *([item_id] if item_id else [])}
    ticked = [f"{one}.{known[one].lock_version}" for one in sorted(items)]
    path = town.dice.choice(("/work/review/", "/work/approval/"))
    return _post(town, person, path, {"item": ticked})


def recall(town: Town, person: Person, item_id: int | None) -> TestResponse:
    return _post(town, person, f"/work/items/{item_id or 1}/recall", {})


def throw_away(town: Town, person: Person, item_id: int | None) -> TestResponse:
    return _post(town, person, f"/work/items/{item_id or 1}/delete", {})


def take_down(town: Town, person: Person, item_id: int | None) -> TestResponse:
    return _post(town, person, f"/work/items/{item_id or 1}/takedown", {"reason": "内容有误。"})


def revise(town: Town, person: Person, item_id: int | None) -> TestResponse:
    kind = town.dice.choice(("content", "erratum", "static"))
    return _post(town, person, f"/work/items/{item_id or 1}/revise", {"change_kind": kind, "change_reason": "有变动。"})


def work(town: Town, _person: Person, _: int | None) -> TestResponse:
    """The job thread has its turn; nobody is shown anything."""
    work_off(town.world.services)
    return town.app.test_client().get("/healthz")


ON_AN_ITEM: Sequence[Deed] = (open_item, open_editor, submit, decide, recall, throw_away, take_down, revise)
OFTEN: Sequence[Deed] = (
    write,
    write,
    write,
    submit,
    submit,
    decide,
    decide,
    decide,
    decide_on_many,
    open_item,
    open_list,
)
NEXT: Mapping[str, tuple[Role, Deed]] = {
    "draft": (Role.CONTRIBUTOR, submit), "in_review": (Role.REVIEWER, decide), "in_approval": (Role.APPROVER, decide),
}  # fmt: skip
PURPOSE = 0.35
"""Share of steps that are the right thing by the right person."""
DEEDS: Sequence[Deed] = (*ON_AN_ITEM, *OFTEN, read_in_public, read_in_public, work)


def states(items: Mapping[int, Seen] | Sequence[AnyRow]) -> dict[str, int]:
    """How many items are in each state."""
    found: dict[str, int] = {}
    for item in items.values() if isinstance(items, Mapping) else items:
        found[item.state] = found.get(item.state, 0) + 1
    return found
