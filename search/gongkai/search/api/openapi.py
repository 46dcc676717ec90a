"""The interface as an OpenAPI 3.1 document, made from the declarations that the routes work by."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from pydantic.json_schema import models_json_schema

from gongkai.core.uow import UnitOfWork
from gongkai.portal.front_queries import newest
from gongkai.portal.item_queries import shown_item
from gongkai.search.api.operations import EVERY_REFUSAL, OPERATIONS, ROOT, Operation
from gongkai.search.api.problems import MEDIA_TYPE, TITLES
from gongkai.search.api.schemas import Problem

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
_LIMITS = {
    "RateLimit-Limit": "每分钟可以请求的次数",
    "RateLimit-Remaining": "这一分钟内还可以请求的次数",
    "RateLimit-Reset": "多少秒后重新计数",
}


@dataclass(frozen=True, slots=True)
class Examples:
    """What examples are made with: something that this deployment has published, if there is anything."""

    code: str
    id: int
    number: str
    column: str


def examples(uow: UnitOfWork) -> Examples | None:
    """The newest item with its unit and column."""
    for row in newest(uow, size=1):
        shown = shown_item(uow, item_id=row.id)
        return Examples(row.unit_code, row.id, row.index_number, shown.column_code)
    return None


def example_of(operation: Operation[Any], made: Examples | None) -> str:
    """The path of an example; empty when nothing has been published to make it with."""
    if made is None:
        return "" if "{" in operation.example else _ascii(ROOT + operation.example)
    return _ascii(ROOT + operation.example.format(code=made.code, id=made.id, number=made.number, column=made.column))


def description(*, base_url: str, site: str, limit: int, made: Examples | None) -> dict[str, Any]:
    """The document of the deployment at `base_url`; `limit` are requests a minute, 0 for any number."""
    often = f"每个来访地址每分钟最多请求{limit}次，超过的应答429，Retry-After写明多少秒后再试。" if limit else ""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{site}开放接口",
            "version": VERSION,
            "description": f"以JSON提供本平台已公开的信息，不需要注册和密钥。{often}说明和示例见{base_url}/api/。",
        },
        "servers": [{"url": base_url}],
        "paths": {operation.path: {"get": _operation(operation, made, base_url)} for operation in OPERATIONS},
        "components": {"schemas": _schemas()},
    }


def _operation(operation: Operation[Any], made: Examples | None, base_url: str) -> dict[str, Any]:
    example = example_of(operation, made)
    more = f"示例：{base_url}{example}" if example else ""
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description + more,
        "parameters": [*_places(operation, made), *_query(operation)],
        "responses": _responses(operation),
    }


def _places(operation: Operation[Any], made: Examples | None) -> list[dict[str, Any]]:
    known = {"code": made.code, "reference": made.number} if made else {}
    return [
        {"name": name, "in": "path", "required": True, "description": words, "schema": {"type": "string"}}
        | ({"example": known[name]} if name in known else {})
        for name, words in operation.places.items()
    ]


def _query(operation: Operation[Any]) -> list[dict[str, Any]]:
    schema = operation.parameters.model_json_schema()
    found = []
    for name, told in schema.get("properties", {}).items():
        plain = {key: value for key, value in told.items() if key not in ("title", "description")}
        required = name in schema.get("required", ())
        found.append(
            {"name": name, "in": "query", "required": required, "description": told["description"], "schema": plain}
        )
    return found


def _responses(operation: Operation[Any]) -> dict[str, Any]:
    headers = {name: {"description": words, "schema": {"type": "integer"}} for name, words in _LIMITS.items()}
    answers: dict[str, Any] = {
        "200": {"description": operation.summary, "headers": headers, "content": _content(operation.answer.__name__)},
        "304": {"description": "与If-None-Match所列的应答相同"},
    }
    for status in sorted((*operation.refusals, *EVERY_REFUSAL)):
        answers[str(status)] = {"description": TITLES[status], "content": _content(Problem.__name__, MEDIA_TYPE)}
    answers["429"]["headers"] = {"Retry-After": {"description": "多少秒后再试", "schema": {"type": "integer"}}}
    return answers


def _content(model: str, media_type: str = "application/json") -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _REF.format(model=model)}}}


@cache
def _schemas() -> Mapping[str, Any]:
    models = [operation.answer for operation in OPERATIONS] + [Problem]
    _, told = models_json_schema([(model, "serialization") for model in models], ref_template=_REF)
    found: dict[str, Any] = told["$defs"]
    return found


def _ascii(path: str) -> str:
    return quote(path, safe="/?&=")
