"""The interface for programs, as a program without an account gets it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gongkai.accounts.permissions import Role
from gongkai.core.ports import Services
from gongkai.publishing.publication import take_down
from gongkai.run.compose import make_app
from gongkai.search.api.operations import OPERATIONS, ROOT
from tests.conftest import AdjustableClock
from tests.factories.items import draft, published, reviewed, submitted
from tests.factories.world import World, add_person
from tests.portal.pages import with_files
from tests.portal.showcase import make_showcase
from tests.publishing.emergencies import removed
from tests.publishing.pages import Person

JSON_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
KEYWORDS = {
    "$ref", "anyOf", "type", "properties", "required", "additionalProperties", "items", "enum", "const", "title",
    "description", "format", "default",
}  # fmt: skip


def get(client: FlaskClient, path: str, expected: int = 200, **query: Any) -> Any:
    """What an address answers, as JSON, valid by the interface's own document."""
    answer = client.get(path, query_string=query or None)
    assert answer.status_code == expected, answer.get_data(as_text=True)
    told = json.loads(answer.get_data(as_text=True))
    expect_described(client, answer.request.path, answer.status_code, answer.mimetype or "", told)
    return told


def expect_described(client: FlaskClient, path: str, status: int, media_type: str, told: Any) -> None:
    """An answer is what the document says of its path, status and type."""
    document = json.loads(client.get(f"{ROOT}/openapi.json").data)
    described = next(
        operation["get"]
        for pattern, operation in document["paths"].items()
        if re.fullmatch(re.sub(r"\{reference\}", ".+", re.sub(r"\{code\}", "[^/]+", pattern)), path)
    )
    schema = described["responses"][str(status)]["content"][media_type]["schema"]
    assert not list(faults(told, schema, document["components"]["schemas"], "$"))


def faults(value: Any, schema: Any, named: Any, place: str) -> Iterator[str]:
    """Where `value` is not as `schema` says: the keywords of JSON Schema that the document uses, and no other."""
    assert schema.keys() <= KEYWORDS, schema.keys() - KEYWORDS
    if "$ref" in schema:
        schema = named[schema["$ref"].removeprefix("#/components/schemas/")]
    if "anyOf" in schema:
        if all(list(faults(value, one, named, place)) for one in schema["anyOf"]):
            yield f"{place}: none of anyOf"
    elif "type" in schema and type(value) is not JSON_TYPES[schema["type"]]:
        yield f"{place}: {value!r} is no {schema['type']}"
    else:
        yield from value_faults(value, schema, place)
        if isinstance(value, dict):
            yield from object_faults(value, schema, named, place)
        for at, one in enumerate(value if isinstance(value, list) else ()):
            yield from faults(one, schema["items"], named, f"{place}[{at}]")


def value_faults(value: Any, schema: Any, place: str) -> Iterator[str]:
    """Where a value is of its type but not one that is allowed."""
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield f"{place}: {value!r} is none of its values"
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        yield f"{place}: no instant"


def object_faults(value: Any, schema: Any, named: Any, place: str) -> Iterator[str]:
    """Where the members of an object are not as declared."""
    assert schema["additionalProperties"] is False
    yield from (f"{place}.{name}: missing" for name in schema.get("required", ()) if name not in value)
    yield from (f"{place}.{name}: undeclared" for name in value.keys() - schema["properties"].keys())
    for name in value.keys() & schema["properties"].keys():
        yield from faults(value[name], schema["properties"][name], named, f"{place}.{name}")


def test_search_finds_what_the_page_finds(client: FlaskClient, world: World) -> None:
    item = published(world, document_number="和民发〔2026〕3号")
    told = get(client, "/api/v1/search", q="春季防火")
    assert told["total"] == 1
    assert told["next"] is None
    assert told["items"][0] | {"snippet": ""} == {
        "id": item,
        "index_number": "539903/2026-00001",
        "title": "关于做好春季防火工作的通知",
        "document_number": "和民发〔2026〕3号",
        "unit": {"code": "hx-mzj", "name": "和溪县民政局"},
        "column_name": "公示公告",
        "published_at": "2026-03-23T09:30:00+08:00",
        "validity": "in_force",
        "url": f"http://localhost/items/{item}",
        "snippet": "",
        "file": "",
        "file_place": "",
        "reprints": 0,
    }
    assert told["filters"]["unit"] == [{"value": "hx-mzj", "label": "和溪县民政局", "count": 1}]
    assert get(client, "/api/v1/search", q="春季防火", unit="qs-mzj")["items"] == []


def test_an_item_by_its_id_and_by_its_number(client: FlaskClient, world: World) -> None:
    item = published(world)
    by_id = get(client, f"/api/v1/items/{item}")
    assert by_id == get(client, "/api/v1/items/539903/2026-00001")
    assert by_id["body_text"].startswith("各村（社区）：")
    assert by_id["column"] == {"code": "gsgg", "name": "公示公告"}
    assert (by_id["formed_date"], by_id["version"], by_id["files"]) == ("2026-03-16", 1, [])


def test_units_their_columns_and_their_items(client: FlaskClient, world: World) -> None:
    items = [published(world, title=f"关于第{n}批救助的公示", body_html=f"<p>第{n}批</p>") for n in range(1, 4)]
    units = get(client, "/api/v1/units")["items"]
    assert {unit["code"] for unit in units} == set(world.units)
    assert [unit["code"] for unit in get(client, "/api/v1/units", q="czj")["items"]] == ["yl-czj"]
    unit = get(client, "/api/v1/units/hx-mzj")
    assert (unit["name"], unit["kind"], unit["parent"]["code"]) == ("和溪县民政局", "政府部门", "hx")
    columns = {column["code"]: column for column in get(client, "/api/v1/units/hx-mzj/columns")["items"]}
    assert columns["gsgg"]["total"] == 3
    listed = get(client, "/api/v1/units/hx-mzj/items", column="gsgg", year=2026)["items"]
    assert [one["id"] for one in listed] == items[::-1]
    assert get(client, "/api/v1/units/hx-mzj/items", year=2025)["items"] == []
    assert get(client, "/api/v1/units/hx-mzj/items", column="qtwj")["items"] == []


def walked(client: FlaskClient, path: str, **query: Any) -> list[Any]:
    """Everything in a list, page after page."""
    found: list[Any] = []
    cursor = ""
    while cursor is not None:
        query |= {"cursor": cursor} if cursor else {}
        told = get(client, path, **query)
        found += told["items"]
        cursor = told["next"]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_every_list_is_walked_to_its_end(client: FlaskClient, world: World, clock: AdjustableClock, size: int) -> None:
    items = []
    for number in range(1, 6):
        items.append(published(world, title=f"关于第{number}批救助的公示", body_html=f"<p>第{number}批</p>"))
        clock.advance(minutes=number % 2)
    assert [one["id"] for one in walked(client, "/api/v1/units/hx-mzj/items", size=size)] == items[::-1]
    found = walked(client, "/api/v1/search", q="救助", size=size, order="date")
    assert [one["id"] for one in found] == items[::-1]
    units = [one["code"] for one in walked(client, "/api/v1/units", size=size)]
    assert len(units) == len(set(units)) == len(world.units)


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("search", {}, "q"),
        ("search", {"q": ""}, "q"),
        ("search", {"q": "长" * 201}, "q"),
        ("search", {"q": "火", "size": "0"}, "size"),
        ("search", {"q": "火", "size": "101"}, "size"),
        ("search", {"q": "火", "size": "²"}, "size"),
        ("search", {"q": "火", "size": "9" * 5000}, "size"),
        ("search", {"q": "火", "year": "1800"}, "year"),
        ("search", {"q": "火", "order": "rank"}, "order"),
        ("search", {"q": "火", "page": "2"}, "page"),
        ("search", {"q": ["火", "水"]}, "q"),
        ("search", {"q": "火", "cursor": "x"}, "cursor"),
        ("search", {"q": "火", "cursor": "W10"}, "cursor"),
        ("search", {"q": "火", "cursor": "W1tbW1tbW1tbW1tbW1tbW1td"}, "cursor"),
        ("search", {"q": "火", "cursor": "é"}, "cursor"),
        ("units", {"cursor": "bnVsbA"}, "cursor"),
        ("units/hx-mzj/items", {"cursor": "e30"}, "cursor"),
        ("units/hx-mzj", {"x": "1"}, "x"),
    ],
)
def test_a_wrong_parameter_is_named(
    client: FlaskClient, world: World, path: str, query: dict[str, Any], parameter: str
) -> None:
    told = get(client, f"/api/v1/{path}", 400, **query)
    assert [fault["parameter"] for fault in told["faults"]] == [parameter]
    assert f"参数{parameter}" in told["detail"]
    assert re.search("[\u4e00-\u9fff]", told["faults"][0]["problem"])


def test_a_search_by_date_goes_on_while_others_publish(client: FlaskClient, world: World) -> None:
    items = [published(world, title=f"关于发放第{number}批救助金的公告") for number in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        query: dict[str, Any] = {"q": "救助金", "order": "date", "size": 2} | ({"cursor": cursor} if cursor else {})
        told = get(client, "/api/v1/search", **query)
        found += [item["id"] for item in told["items"]]
        cursor = told["next"]
        published(world, title=f"关于发放救助金的补充公告（{len(found)}）")
    assert found == items[::-1]


def test_a_cursor_belongs_to_its_list(client: FlaskClient, world: World) -> None:
    for number in range(3):
        published(world, title=f"关于第{number}批救助的公示", body_html=f"<p>第{number}批</p>")
    cursor = get(client, "/api/v1/search", q="救助", size=1)["next"]
    assert get(client, "/api/v1/search", 400, q="公示", size=1, cursor=cursor)["faults"][0]["parameter"] == "cursor"


def test_what_is_missing_or_gone(client: FlaskClient, services: Services, world: World) -> None:
    item = published(world)
    for path in (
        "items/999999",
        "items/999999999999999999999999",
        "items/x/y",
        "units/xx",
        "units/xx/columns",
        "nothing",
    ):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert get(client, "/api/v1/units/hx-mzj/items", 404, column="none")["title"] == "没有找到"
    with services.database.transaction() as uow:
        world.actor(uow, "hx-mzj-approver")
        take_down(uow, tenant_id=world.units["hx-mzj"], item_id=item, reason="内容有误")
    for reference in (item, "539903/2026-00001"):
        told = get(client, f"/api/v1/items/{reference}", 410)
        assert "春季防火" not in json.dumps(told, ensure_ascii=False)
    assert get(client, "/api/v1/units/hx-mzj/items")["items"] == []
    assert get(client, "/api/v1/search", q="春季防火")["items"] == []


def test_nothing_that_is_not_public_is_told(client: FlaskClient, world: World) -> None:
    hidden = [draft(world, title="防火草稿"), submitted(world, title="防火送审稿"), reviewed(world, title="防火待批稿")]
    public = published(world)
    told = [get(client, "/api/v1/search", q="防火"), get(client, "/api/v1/units/hx-mzj/items")]
    assert [[one["id"] for one in answer["items"]] for answer in told] == [[public], [public]]
    for item in hidden:
        get(client, f"/api/v1/items/{item}", 404)


def test_files_are_told_but_for_those_that_an_office_took_down(
    client: FlaskClient, app: Flask, services: Services, world: World
) -> None:
    item = with_files(world, [("名单.csv", b"a,b\n1,2\n"), ("说明 一.csv", b"c,d\n3,4\n")])
    files = get(client, f"/api/v1/items/{item}")["files"]
    assert [(file["name"], file["size"]) for file in files] == [("名单.csv", 8), ("说明 一.csv", 8)]
    with client.get(files[1]["url"]) as answer:
        assert answer.data == b"c,d\n3,4\n"
    with services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-duty_officer", "hx", Role.DUTY_OFFICER)
    removed(Person(app, world, "hx-duty_officer"), files[0]["url"])
    told = get(client, f"/api/v1/items/{item}")
    assert [file["name"] for file in told["files"]] == ["说明 一.csv"]
    assert "名单" not in json.dumps(get(client, "/api/v1/search", q="春季防火"), ensure_ascii=False)
    with client.get(told["files"][0]["url"]) as answer:
        assert answer.status_code == 200


def test_what_is_no_longer_displayed_is_told_no_more(client: FlaskClient, world: World, clock: AdjustableClock) -> None:
    display: dict[str, Any] = {"display_until": date(2026, 3, 30), "optional": {"display_basis": "《公示办法》第五条"}}
    item = published(world, **display)
    assert len(get(client, "/api/v1/units/hx-mzj/items")["items"]) == 1
    clock.advance(days=8)
    told = get(client, f"/api/v1/items/{item}", 410)
    assert "春季防火工作通知如下" not in json.dumps(told, ensure_ascii=False)
    assert get(client, "/api/v1/units/hx-mzj/items")["items"] == []


def test_an_old_number_of_several_items_names_their_ids(client: FlaskClient, world: World) -> None:
    make_showcase(world)
    told = get(client, "/api/v1/items/A/2014-00001", 409)
    assert len(told["choices"]) == 2
    for item in told["choices"]:
        assert get(client, f"/api/v1/items/{item}")["index_number"] == "A/2014-00001"
    units = {unit["code"]: unit for unit in walked(client, "/api/v1/units", size=3)}
    assert not units["qs-mzj"]["active"]
    assert [one["code"] for one in get(client, "/api/v1/units/qs-mzj")["successors"]] == ["hx-mzj"]
    unit = get(client, "/api/v1/units/hx-mzj")
    assert [one["code"] for one in unit["predecessors"]] == ["qs-mzj"]
    assert unit["former_names"] == ["和溪县民政局"]
    assert unit["contact"]
    for column in get(client, "/api/v1/units/hx-mzj/columns")["items"]:
        get(client, "/api/v1/units/hx-mzj/items", column=column["code"])


def test_the_same_answer_is_not_sent_twice(client: FlaskClient, world: World) -> None:
    published(world)
    for path in (
        "search?q=防火",
        "units",
        "units/hx-mzj",
        "units/hx-mzj/columns",
        "units/hx-mzj/items",
        "openapi.json",
    ):
        first = client.get(f"/api/v1/{path}")
        again = client.get(f"/api/v1/{path}", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code, again.data) == (200, 304, b""), path
        assert first.headers["Access-Control-Allow-Origin"] == "*"


def test_too_many_requests_are_told_when_to_come_again(services: Services, world: World) -> None:
    settings = services.settings.model_copy(update={"searches_per_minute": 2})
    client = make_app(replace(services, settings=settings)).test_client()
    codes = [client.get("/api/v1/units").status_code for _ in range(2)]
    refused = client.get("/api/v1/units/hx-mzj")
    assert [*codes, refused.status_code] == [200, 200, 429]
    assert (refused.mimetype, refused.headers["Retry-After"]) == ("application/problem+json", "60")
    assert refused.json is not None
    assert refused.json["detail"] == "一分钟内最多检索2次，请60秒后再试。"


def test_every_example_works(client: FlaskClient, world: World) -> None:
    published(world)
    document = get_document(client)
    examples = [
        re.search(r"示例：http://localhost(\S+)", operation["get"]["description"])
        for operation in document["paths"].values()
    ]
    assert len(examples) == len(OPERATIONS)
    for example in examples:
        assert example is not None
        told = get(client, example[1])
        assert told.get("items") != []
    page = client.get("/api/").get_data(as_text=True)
    shown = re.findall(r'示例：<a href="([^"]+)"', page)
    assert len(shown) == len(OPERATIONS)
    for link in shown:
        assert client.get(link.replace("&amp;", "&")).status_code == 200


def get_document(client: FlaskClient) -> Any:
    """The OpenAPI document."""
    return json.loads(client.get(f"{ROOT}/openapi.json").data)


def test_the_document_has_every_route_and_no_other(app: Flask, client: FlaskClient, world: World) -> None:
    document = get_document(client)
    assert document["openapi"] == "3.1.0"
    rules = {
        re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{ROOT}/") and rule.endpoint not in ("api.nothing", "api.openapi")
    }
    assert rules == set(document["paths"])
    for path, operation in document["paths"].items():
        told = {one["name"] for one in operation["get"]["parameters"] if one["in"] == "path"}
        assert told == set(re.findall(r"\{(\w+)\}", path))


def test_the_page_reads_well_before_anything_is_published(client: FlaskClient, world: World) -> None:
    page = client.get("/api/").get_data(as_text=True)
    assert "GET /api/v1/items/{reference}" in page
    assert page.count("示例：") == 2
    assert get(client, "/api/v1/search", q="防火")["total"] == 0
