"""Who is let in: signature, time, nonce, rate, size; and the administrator's screens of keys."""

import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gongkai.publishing.intake import api_views, senders
from gongkai.publishing.intake.errors import NotAuthentic
from gongkai.publishing.intake.keys import expect_signature, secret_of, signed_text
from gongkai.publishing.intake.models import IntakeNonce, IntakeSender
from gongkai.publishing.intake.tasks import tidy_up
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.publishing.conftest import SignIn
from tests.publishing.intake.client import ROOT, Answer
from tests.publishing.intake.office import ADMIN, System, county_admin, documents, fields, system, word

STATE = f"{ROOT}/no-such"


@pytest.fixture
def office(app: Flask, world: World) -> System:
    """The bureau's document system."""
    return system(app, world)


def ask(office: System, **changes: str) -> Answer:
    """Ask where a document stands, with changes to the headers."""
    headers = office.client.signed("GET", STATE, []) | {f"X-Intake-{name.title()}": v for name, v in changes.items()}
    return office.client.transport("GET", STATE, headers, b"")


def test_a_request_of_nobody_is_refused_without_a_page(office: System) -> None:
    for method, path in (("GET", STATE), ("POST", ROOT)):
        answer = office.app.test_client().open(path, method=method, data=b"x" * 1000)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert "X-Intake-Key" in json.loads(answer.data)["detail"]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("changes", [
    {"key": "oa-0000000000"},
    {"signature": "0" * 64},
    {"signature": "é"},
    {"nonce": "0123456789abcdef"},
])  # fmt: skip
def test_a_wrong_key_and_a_wrong_signature_are_told_alike(office: System, changes: dict[str, str]) -> None:
    status, told = ask(office, **changes)
    assert (status, told["title"]) == (401, "身份校验未通过")
    assert told["detail"] == "接入标识或签名不正确。请核对密钥和待签名内容的每一行。"


@pytest.mark.parametrize(("nonce", "status"), [("short", 401), ("x" * 65, 401), ("空" * 20, 401), ("a b" * 8, 401)])
def test_a_nonce_is_letters_and_digits(office: System, nonce: str, status: int) -> None:
    assert ask(office, nonce=nonce)[0] == status


@pytest.mark.parametrize(("seconds", "status"), [(-300, 404), (300, 404), (-301, 401), (301, 401), (-(10**6), 401)])
def test_the_time_may_differ_by_five_minutes(office: System, clock: AdjustableClock, seconds: int, status: int) -> None:
    office.client.clock = lambda: clock().timestamp() + seconds
    found, told = office.client.state("no-such")
    assert found == status
    if status == 401:
        assert str(int(clock().timestamp())) in told["detail"]


def test_a_request_is_heard_once(office: System, clock: AdjustableClock) -> None:
    headers = office.client.signed("GET", STATE, [])
    assert office.client.transport("GET", STATE, headers, b"")[0] == 404
    clock.advance(minutes=4)
    status, told = office.client.transport("GET", STATE, headers, b"")
    assert (status, "随机串已经用过" in told["detail"]) == (401, True)
    # Another sender may draw the same nonce.
    other = system(office.app, office.world, "qs-mzj-unit_admin")
    headers = other.client.signed("GET", STATE, [])
    assert other.client.transport("GET", STATE, headers, b"")[0] == 404


def test_a_refused_document_uses_its_nonce_up_as_well(office: System) -> None:
    seen: list[tuple[str, str, Any, bytes]] = []
    over, office.client.transport = office.client.transport, lambda *given: seen.append(given) or over(*given)  # type: ignore[func-returns-value]
    assert office.send(title=None)[0] == 422
    assert over(*seen[0])[0] == 401


@pytest.mark.parametrize("part", ["document", "text", "attachment"])
def test_no_part_can_be_changed_on_its_way(office: System, part: str) -> None:
    over = office.client.transport

    def changed(method: str, path: str, headers: Any, body: bytes) -> Answer:
        name = f'name="{part}"'.encode()
        at = body.index(b"\r\n\r\n", body.index(name)) + 4
        return over(method, path, headers, body[:at] + b" " + body[at:])

    office.client.transport = changed
    status, _ = office.client.send(fields(attachments=["名单.csv"]), text=word(), attachments=[b"a,b\n1,2\n"])
    assert status == 401
    assert documents(office.world) == []


def test_a_stopped_system_is_told_so(office: System, sign_in: SignIn) -> None:
    admin = sign_in(ADMIN)
    place = f"/work/intake-senders/{office.sender_id}"
    admin.get(place)
    admin.post(f"{place}/stop")
    assert "“公文系统”已停用，此后送来的公文不再接收" in admin.words
    status, told = office.send()
    assert (status, "接入已停用" in told["detail"]) == (401, True)
    assert ask(office, signature="0" * 64)[1]["detail"].startswith("接入标识或签名不正确")
    admin.post(f"{place}/stop", status=409)
    admin.post(f"{place}/resume")
    assert office.send()[0] == 201


def test_a_new_secret_ends_the_old_one(office: System, sign_in: SignIn) -> None:
    admin = sign_in(ADMIN)
    place = f"/work/intake-senders/{office.sender_id}"
    admin.get(place)
    admin.post(f"{place}/secret")
    found = re.search(r'id="intake-secret"[^>]*>([^<]+)<', admin.page_source)
    assert found is not None
    assert office.send()[0] == 401
    office.client.secret = found[1]
    assert office.send()[0] == 201
    admin.get(place)
    assert found[1] not in admin.page_source


def test_an_administrator_registers_a_system_whose_secret_is_shown_once(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    admin = sign_in(county_admin(world))
    admin.get("/work/intake-senders/")
    assert "本单位还没有登记公文系统。" in admin.words
    admin.post("/work/intake-senders/", {"name": " "}, 400)
    assert "未填写系统名称" in admin.words
    admin.post("/work/intake-senders/", {"name": "县公文系统", "covers_subtree": "1"})
    key = re.search(r"oa-[0-9a-f]{10}", admin.page_source)
    secret = re.search(r'id="intake-secret"[^>]*>([^<]+)<', admin.page_source)
    assert key is not None
    assert secret is not None
    with world.services.database.system_scope("test") as uow:
        sender = uow.session.execute(select(IntakeSender)).scalar_one()
        kept = " ".join(str(getattr(sender, column.name)) for column in IntakeSender.__table__.columns)
        assert secret[1] not in kept
        assert sender.covers_subtree
    admin.get("/work/intake-senders/")
    assert secret[1] not in admin.page_source
    assert "1个公文系统可以向本单位送文。" in admin.words
    admin.post("/work/intake-senders/", {"name": "县公文系统"}, 400)
    assert "已登记过“县公文系统”" in admin.words


def test_a_unit_without_units_below_registers_for_itself_only(sign_in: SignIn) -> None:
    admin = sign_in(ADMIN)
    assert "向本单位及下级单位送文" not in admin.get("/work/intake-senders/")
    admin.post("/work/intake-senders/", {"name": "公文系统", "covers_subtree": "1"}, 400)
    assert "本单位没有下级单位" in admin.words


def test_the_page_of_a_system_says_what_was_refused_last(office: System, sign_in: SignIn) -> None:
    office.send(title=None)
    admin = sign_in(ADMIN)
    admin.get(f"/work/intake-senders/{office.sender_id}")
    assert "2026年3月23日09:30：填写内容有误：缺少标题" in admin.words


def test_only_administrators_reach_the_keys(office: System, sign_in: SignIn) -> None:
    sign_in("hx-mzj-contributor").get("/work/intake-senders/", 403)
    stranger = sign_in("qs-mzj-unit_admin")
    stranger.get(f"/work/intake-senders/{office.sender_id}", 404)
    stranger.post(f"/work/intake-senders/{office.sender_id}/secret", status=404)
    assert office.send()[0] == 201


def test_a_sender_that_hurries_has_to_wait(
    office: System, clock: AdjustableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "MOST_A_MINUTE", 3)
    for _ in range(3):
        assert office.client.state("no-such")[0] == 404
    assert office.client.state("no-such")[0] == 429
    assert system(office.app, office.world, "qs-mzj-unit_admin").client.state("no-such")[0] == 404
    clock.advance(seconds=61)
    assert office.client.state("no-such")[0] == 404


def test_more_than_a_form_of_a_page_holds_is_taken_and_too_much_is_not(
    office: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = office.world.services.settings
    object.__setattr__(settings, "upload_limit_bytes", 700_000)
    monkeypatch.setitem(office.app.config, "MAX_CONTENT_LENGTH", 1_000_000)
    try:
        rows = [b"a,b\n" + str(number).encode() * 500_000 + b",2\n" for number in (1, 2, 3, 4, 5)]
        names = [f"名单{number}.csv" for number in range(len(rows))]
        status, told = office.client.send(fields(attachments=names[:3]), text=word(), attachments=rows[:3])
        assert status == 201, told
        status, told = office.client.send(fields(id="2", attachments=names * 2), text=word(), attachments=rows * 2)
        assert (status, told["title"]) == (413, "内容过大")
        status, told = office.client.send(
            fields(id="3", attachments=["大.csv"]), text=word(), attachments=[b"a,b\n" + b"1" * 700_000]
        )
        assert status == 422
        assert "超过上限" in told["faults"][0]["problem"]
    finally:
        object.__setattr__(settings, "upload_limit_bytes", 50 * 1024 * 1024)


def test_what_is_no_multipart_is_refused(office: System) -> None:
    headers = office.client.signed("POST", ROOT, []) | {"Content-Type": "application/json"}
    status, told = office.client.transport("POST", ROOT, headers, b"{}")
    assert (status, told["faults"][0]["problem"]) == (422, "请求不是multipart/form-data")


@pytest.mark.parametrize(("data", "problem"), [
    (b"\xb9\xab", "公文要素不是UTF-8编码的JSON"),
    (b"[1]", "公文要素不是JSON对象"),
    (b"[" * 60_000, "公文要素不是UTF-8编码的JSON"),
    (b" " * 70_000, "公文要素超过64 KB"),
])  # fmt: skip
def test_fields_that_are_no_object_are_refused(office: System, data: bytes, problem: str) -> None:
    text = word()
    headers = office.client.signed("POST", ROOT, [("document", data), ("text", text)])
    lines = []
    for name, part in (("document", data), ("text", text)):
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
        lines += [head.encode(), part, b"\r\n"]
    headers["Content-Type"] = "multipart/form-data; boundary=b"
    status, told = office.client.transport("POST", ROOT, headers, b"".join([*lines, b"--b--\r\n"]))
    assert status == 422, told
    assert told["faults"][0]["problem"] == problem


def test_old_nonces_are_forgotten(office: System, clock: AdjustableClock) -> None:
    office.client.state("no-such")
    clock.advance(minutes=10)
    tidy_up(office.world.services)
    count = select(IntakeNonce.nonce)
    with office.world.services.database.system_scope("test") as uow:
        assert len(uow.session.scalars(count).all()) == 1
    clock.advance(minutes=6)
    tidy_up(office.world.services)
    with office.world.services.database.system_scope("test") as uow:
        assert uow.session.scalars(count).all() == []


def test_a_failure_of_ours_is_told_in_chinese_and_leaves_nothing(
    office: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("reached")

    monkeypatch.setattr(api_views, "receipt", broken)
    status, told = office.send()
    assert (status, told["title"]) == (500, "平台故障，未接收")
    assert told["request_id"] in told["detail"]
    assert documents(office.world) == []


lines = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=12)
parts = st.lists(
    st.tuples(
        st.sampled_from(["document", "text", "attachment"]), st.text("0123456789abcdef", min_size=64, max_size=64)
    )
)


@given(lines, lines, parts, parts)
def test_a_signature_holds_for_exactly_what_was_signed(
    path: str, nonce: str, signed: list[tuple[str, str]], given_parts: list[tuple[str, str]]
) -> None:
    secret = secret_of("k" * 32, key_id="oa-1", salt="s")
    told = signed_text("POST", path, "1", nonce, signed)
    signature = hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()
    expect_signature(signature, secret=secret, signed=told)
    expect_signature(signature.upper(), secret=secret, signed=told)
    other = signed_text("POST", path, "1", nonce, given_parts)
    if given_parts != signed:
        with pytest.raises(NotAuthentic):
            expect_signature(signature, secret=secret, signed=other)
    with pytest.raises(NotAuthentic):
        expect_signature(signature, secret=secret_of("k" * 32, key_id="oa-1", salt="t"), signed=told)
