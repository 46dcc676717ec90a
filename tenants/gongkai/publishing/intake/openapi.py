"""The interface as an OpenAPI 3.1 document, written by hand in `openapi.json`."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _written() -> str:
    return (files("gongkai.publishing.intake") / "openapi.json").read_text("utf8")


def description(base_url: str) -> dict[str, Any]:
    """The document for the deployment at `base_url`."""
    found: dict[str, Any] = json.loads(_written())
    return found | {"servers": [{"url": base_url}]}
