"""Hostile input on every form and every address, generated from the pages and the URL map.

The forms are those that people find on their pages (`tests.scene`, `tests.walking`); a POST route whose form nobody
finds fails `test_every_post_route_has_a_form`.
"""

import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import Engine

from gongkai.core.ports import Services
from tests.factories.world import World
from tests.hostile import FILES, HUGE, REFUSED_AT_THE_EDGE, TEXTS, Ground, complaint, encoded, ground, send
from tests.hostile_files import FILES as HOSTILE_FILES
from tests.scene import ADMIN, OFFICE, PEOPLE, WRITER, set_scene
from tests.walking import Form, Walker, read_page

pytestmark = pytest.mark.prove

KEEPS_COUNT = frozenset({"security.login", "security.change_password", "security.forgot_password"})
"""Refusals that are meant to be remembered."""
WITHOUT_FORM = {
    "intake_api.send": "what programs send; its own tests are hostile enough",
    "search_words.index": "stands on the page that answers search_words.preview, with the same fields",
    "external_import.apply": "stands on the page that answers the upload before it, with its token",
    "own_statements.file": "stands where a unit has published nothing in a month; those of the scene have",
    "link_check.again": "a button without fields, shown where links are asked for, which is off",
}
SECONDS = 10.0
"""Of processor time, for one request."""
TOGETHER, ALONE = 8, 2
"""So many hostile values are tried in all parameters at once and in each alone; the others in turn elsewhere."""
GROUPS = (PEOPLE[:4], PEOPLE[4:6], (*PEOPLE[6:], ""))
Forms = dict[str, list[tuple[str, Form]]]


@pytest.fixture
def starts(app: Flask, world: World) -> dict[str, list[str]]:
    """The prefecture with something on every screen."""
    return set_scene(app, world)


@dataclass
class Survey:
    """What a group of people found: the forms by endpoint, a page of each kind with the parameters it knows."""

    walkers: dict[str, Walker]
    forms: Forms = field(default_factory=dict)
    pages: dict[str, tuple[str, str, set[str]]] = field(default_factory=dict)


def survey(app: Flask, world: World, logins: tuple[str, ...], starts: dict[str, list[str]]) -> Survey:
    """Let each of the people walk through all pages that links lead to."""
    found = Survey({login: Walker(app, world, login) for login in logins})
    for login, walker in found.walkers.items():
        for path, answer in walker.pages(*starts[login]):
            if answer.status_code != 200:
                continue
            forms = read_page(path, answer.get_data(as_text=True))[0] if answer.mimetype == "text/html" else []
            parameters = {name for form in forms if form.method == "get" for name in form.fields}
            found.pages.setdefault(walker.endpoint(path), (login, path.partition("?")[0], parameters))
            for form in forms:
                endpoint = walker.endpoint(form.action, "POST")
                if form.method == "post" and endpoint:
                    keep(found.forms.setdefault(endpoint, []), login, form)
    for login, form in found.forms.get("work_editor.save", [])[:1]:
        for suffix in ("autosave", "checks"):  # Sent by the page's script.
            sent = Form(form.page, form.action.replace("/edit", f"/{suffix}"), "post", form.fields)
            found.forms[f"work_editor.{suffix}"] = [(login, sent)]
    return found


def keep(known: list[tuple[str, Form]], login: str, form: Form) -> None:
    """Add a form unless its fields are among those of one that is known; one that has more takes its place."""
    if any(form.fields.keys() <= other.fields.keys() for _, other in known):
        return
    known[:] = [(who, other) for who, other in known if not other.fields.keys() <= form.fields.keys()]
    known.append((login, form))


def test_every_post_route_has_a_form(app: Flask, world: World, starts: dict[str, list[str]]) -> None:
    found: set[str] = set()
    for logins in GROUPS:
        found |= survey(app, world, logins, starts).forms.keys()
    posts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    missing = sorted(posts - found - WITHOUT_FORM.keys())
    assert not missing, f"no page of the scene has a form for {'、'.join(missing)}"


def attempts(
    form: Form, turn: Iterator[str], *, one_by_one: bool
) -> Iterator[tuple[str, dict[str, object], dict[str, tuple[bytes, str]]]]:
    """What to send: every value in all fields at once, some in each field alone, huge texts, hostile files."""
    usual: dict[str, object] = form.filled()
    fields = [control for control in form.fields.values() if control.name != "csrf_token" and control.kind != "file"]
    uploads = [control.name for control in form.fields.values() if control.kind == "file"]
    if fields:
        for name, value in TEXTS.items():
            yield f"all={name}", usual | {control.name: value for control in fields}, {}
    for control in fields if one_by_one else ():
        for name in islice(turn, ALONE):
            yield f"{control.name}={name}", usual | {control.name: TEXTS[name]}, {}
        yield f"{control.name} twice", usual | {control.name: ["1", "2"]}, {}
        yield f"{control.name} missing", {name: value for name, value in usual.items() if name != control.name}, {}
        if control.kind == "textarea":
            size = 3_000_000 if control.name == "body_html" else 300_000
            yield f"{control.name} huge", usual | {control.name: (HUGE * (size // len(HUGE.encode()))).encode()}, {}
    for upload in uploads:
        for name, file in (FILES | HOSTILE_FILES).items():
            yield f"{upload}={name}", usual, {upload: file}
    yield "no token", {name: value for name, value in usual.items() if name != "csrf_token"}, {}
    yield "token only", {"csrf_token": usual.get("csrf_token", "")}, {}


def turning() -> Iterator[str]:
    """The names of the hostile texts, over and over."""
    while True:
        yield from TEXTS


def try_form(
    place: Ground, walker: Walker, endpoint: str, form: Form, turn: Iterator[str], *, one_by_one: bool
) -> Iterator[str]:
    """Send everything; what went wrong, in words."""
    known: set[str] | None = None
    for what, values, files in attempts(form, turn, one_by_one=one_by_one):
        began = time.process_time()
        with place.undone():
            answer = send(walker, form, values, files)
            wrong = complaint(answer)
            took = time.process_time() - began
            if answer.status_code in (302, 303) and not wrong:
                wrong = complaint(walker.open(answer.headers["Location"]))
            refused = answer.status_code >= 400 and endpoint not in KEEPS_COUNT
            changed = place.changed() if refused and not wrong else set()
        wrong = wrong or misplaced(what, answer.status_code, files=bool(files))
        if changed:
            known = shown(place, walker, form) if known is None else known
            wrong = wrong or (f"refused, yet changed {sorted(changed)}" if changed - known else "")
        if took > SECONDS:
            wrong = wrong or f"took {took:.1f} seconds"
        if wrong:
            yield f"{walker.login or 'visitor'} {endpoint} {form.action} {what}: {wrong}"


def misplaced(what: str, status: int, *, files: bool) -> str:
    """What is wrong with a status, given what was sent."""
    if what == "no token" and status not in (400, 302):
        return f"{status} without a token"
    if any(what.endswith(f"={name}") for name in REFUSED_AT_THE_EDGE) and not files and status != 400:
        return f"{status} for what nothing can hold"
    return ""


def shown(place: Ground, walker: Walker, form: Form) -> set[str]:
    """What is written when the form's page is merely looked at: who looked into another unit, who opened a row."""
    with place.undone():
        walker.open(form.page)
        return place.changed()


COMMON = {"page", "period", "year", "q", "unit", "column", "kind", "state", "months", "order", "size", "next", "only"}


@pytest.mark.parametrize("logins", GROUPS, ids=("unit", "office", "prefecture"))
def test_no_form_and_no_query_breaks_a_page_or_writes_half(
    logins: tuple[str, ...], world: World, services: Services, starts: dict[str, list[str]], superuser: Engine
) -> None:
    wrong: list[str] = []
    turn = turning()
    with ground(services, superuser) as place:
        with place.undone():
            found = survey(place.app, world, logins, starts)
        known: set[frozenset[str]] = set()
        for endpoint, variants in found.forms.items():
            for login, form in variants:
                names = frozenset(form.fields)
                wrong += try_form(place, found.walkers[login], endpoint, form, turn, one_by_one=names not in known)
                known.add(names)
        for login, path, parameters in found.pages.values():
            wrong += query(place, found.walkers[login], path, parameters, turn)
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)


def query(place: Ground, walker: Walker, path: str, names: set[str], turn: Iterator[str]) -> Iterator[str]:
    """Ask with all parameters hostile at once, and with each that the page's own form has alone."""
    tries = [(f"all={value}", dict.fromkeys(COMMON | names, TEXTS[value])) for value in islice(turn, TOGETHER)]
    tries += [(f"{name}={value}", {name: TEXTS[value]}) for name in sorted(names) for value in islice(turn, ALONE)]
    for what, values in tries:
        with place.undone():
            wrong = complaint(walker.open(f"{path}?{encoded(values).decode()}"))
            if wrong:
                yield f"{walker.login or 'visitor'} GET {path} {what}: {wrong}"


def test_no_address_breaks(
    app: Flask, world: World, services: Services, starts: dict[str, list[str]], superuser: Engine
) -> None:
    """Hostile values in the place of every parameter of every address: never more than not found."""
    hostile = itertools.cycle(
        [quote(value) for value in TEXTS.values() if value.strip()] + ["9" * 5000, "%00", "..%2f..", "-0", "+1"]
    )
    wrong: list[str] = []
    with ground(services, superuser) as place:
        with place.undone():
            admin, *others = [Walker(place.app, world, login) for login in (ADMIN, OFFICE, WRITER)]
        for rule in place.app.url_map.iter_rules():
            if not rule.arguments or rule.endpoint == "static":
                continue
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            for value, walker in itertools.product(
                islice(hostile, TOGETHER), [admin] if rule.rule.startswith("/admin/") else others
            ):
                path = rule.rule
                for name in rule.arguments:
                    path = re.sub(rf"<[^<>]*\b{name}>", lambda _, value=value: value, path)  # type: ignore[misc]
                with place.undone():
                    found = complaint(walker.open(path, method=method))
                    if found:
                        wrong.append(f"{method} {rule.rule} {value[:30]}: {found}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)
