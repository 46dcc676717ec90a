"""The OpenAPI document against what the routes accept and answer."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gongkai.publishing.intake.schemas import EXTERNAL_ID, LABELS, LIMITS, REQUIRED
from gongkai.publishing.models import MODES
from tests.factories.world import World
from tests.publishing.intake.client import ROOT
from tests.publishing.intake.office import System, fields, system, word


@pytest.fixture
def office(app: Flask, world: World) -> System:
    """The bureau's document system."""
    return system(app, world)


@pytest.fixture
def api(app: Flask) -> dict[str, Any]:
    """The document as it is served."""
    answer = app.test_client().get("/api/intake/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = json.loads(answer.data)
    return found


def resolve(api: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema or a response with its reference followed."""
    if "$ref" not in schema:
        return schema
    found: Any = api
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


KINDS = {"string": str, "integer": int, "object": dict, "array": list, "null": type(None)}


def mismatches(api: dict[str, Any], schema: dict[str, Any], value: Any, place: str = "") -> list[str]:
    """Where a value is not as a schema says: kinds, required, known and limited properties."""
    schema = resolve(api, schema)
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{place}: {value}"]
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not isinstance(value, tuple(KINDS[kind] for kind in kinds)):
        return [f"{place}: {type(value).__name__}"]
    found = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{place}: without {name}" for name in schema.get("required", []) if name not in value]
        found += [f"{place}: unknown {name}" for name in value if known and name not in known]
        for name in known.keys() & value.keys():
            found += mismatches(api, known[name], value[name], f"{place}/{name}")
    if isinstance(value, list):
        found += [wrong for entry in value for wrong in mismatches(api, schema["items"], entry, f"{place}[]")]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{place}: {value}")
    return found


def answer_schema(api: dict[str, Any], path: str, method: str, status: int) -> dict[str, Any]:
    """The schema of an answer."""
    response = resolve(api, api["paths"][path][method]["responses"][str(status)])
    (content,) = response["content"].values()
    return dict(content["schema"])


def test_the_routes_are_those_of_the_document(app: Flask, api: dict[str, Any]) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/intake/")]
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(path, method) for path, found in api["paths"].items() for method in found}
    assert api["openapi"].startswith("3.1.")
    assert api["servers"] == [{"url": "http://localhost"}]


def test_every_reference_leads_somewhere(api: dict[str, Any]) -> None:
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(api))
    assert references
    for reference in references:
        assert resolve(api, {"$ref": reference})


def test_the_fields_are_those_that_are_read(api: dict[str, Any]) -> None:
    document = api["components"]["schemas"]["Document"]
    assert list(document["properties"]) == list(LABELS)
    assert document["required"] == list(REQUIRED)
    assert document["additionalProperties"] is False
    assert document["properties"]["disclosure_mode"]["enum"] == list(MODES)
    assert document["properties"]["id"]["pattern"] == f"^{EXTERNAL_ID.pattern}$"
    for name, described in document["properties"].items():
        if "maxLength" in described:
            assert described["maxLength"] == LIMITS[name], name


def test_each_required_field_is_required_and_each_other_is_not(office: System, api: dict[str, Any]) -> None:
    document = api["components"]["schemas"]["Document"]
    for name in document["properties"]:
        status, told = office.client.send(fields(**{"id": f"without-{name}", name: None}), text=word())
        assert status == (422 if name in document["required"] else 201), (name, told)
        if status == 422:
            assert [fault["field"] for fault in told["faults"]] == [name]


def test_each_field_has_its_kind_and_its_length(office: System, api: dict[str, Any]) -> None:
    for name, described in api["components"]["schemas"]["Document"]["properties"].items():
        status, told = office.client.send(fields(**{name: {"no": "kind"}}), text=word())
        assert (status, [fault["field"] for fault in told["faults"]]) == (422, [name]), told
        if longest := described.get("maxLength"):
            status, told = office.client.send(fields(**{name: "a" * (longest + 1)}), text=word())
            assert status == 422, name
            assert name in [fault["field"] for fault in told["faults"]]


def test_answers_are_as_described(office: System, api: dict[str, Any]) -> None:
    data = word()
    for changes, status in (({}, 201), ({}, 200), ({"title": "另一标题"}, 409), ({"title": None}, 422)):
        found, told = office.send(data, **changes)
        assert found == status
        assert mismatches(api, answer_schema(api, ROOT, "post", status), told) == []
    for name, status in (("HXMZ-2026-0113", 200), ("no-such", 404)):
        found, told = office.client.state(name)
        assert found == status
        assert mismatches(api, answer_schema(api, f"{ROOT}/{{external_id}}", "get", status), told) == []
    office.client.secret = "wrong"
    found, told = office.send(data)
    assert mismatches(api, answer_schema(api, ROOT, "post", found), told) == []


def test_the_page_for_people_names_every_field() -> None:
    page = (Path(__file__).parents[3] / "docs/intake.md").read_text("utf8")
    assert [name for name in LABELS if f"`{name}`" not in page] == []
