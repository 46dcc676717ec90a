"""`docs/operator.md` against the settings: every variable stands there with its default."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from gongkai.core.settings import PREFIX, UNPREFIXED, Settings

PAGE = (Path(__file__).parents[2] / "docs/operator.md").read_text("utf8")


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"(?m)^\| `([A-Z_]+)` \|.*\| ([^|]+) \|$", PAGE.split("## Settings")[1]))
    variables = {field: variable for variable, field in UNPREFIXED.items()}
    for name, field in Settings.model_fields.items():
        told = rows[variables.get(name, PREFIX + name.upper())].strip("`")
        if field.default is PydanticUndefined:
            assert told == "required", name
        elif field.default != "":
            assert told == str(field.default).lower().strip("`"), name
