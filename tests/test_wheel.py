"""The wheel alone, from `/`, without the source beside it: pages, templates, data, migrations and the command line."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("platform", "tenants", "search", "workers")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without isolation and without network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("gongkai-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's packages and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    done = subprocess.run(
        [*command, "--target", str(folder), str(wheel)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def run(installed: Path, *arguments: str) -> str:
    """Run Python from `/` with the installed folder and the libraries, but not the editable source."""
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    start = (
        "import sys; sys.path[:] = [path for path in sys.path if path not in ('', '/')];"
        f"sys.path.insert(0, {str(installed)!r}); sys.path.append({libraries!r});"
    )
    code, *rest = arguments
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GONGKAI"))}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", start + code, *rest], cwd="/", env=environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def shipped() -> Iterator[str]:
    """Every file of the source that belongs into a wheel, as it is named there."""
    for source in SOURCES:
        for path in (ROOT / source / "gongkai").rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                yield path.relative_to(ROOT / source).as_posix()


def test_every_file_of_the_source_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if not name.startswith("gongkai-")}
    wanted = set(shipped())
    kinds = {Path(name).suffix for name in wanted}
    assert {".csv", ".tsv", ".html", ".css", ".js", ".txt", ".py"} <= kinds
    assert inside == wanted


def test_the_source_is_not_on_the_path(installed: Path) -> None:
    assert run(installed, "import gongkai.run; print(gongkai.run.__file__)").startswith(str(installed))
    assert str(ROOT) not in run(installed, "import gongkai; print(list(gongkai.__path__))")


PAGES = """
import pathlib, tempfile
import fakeredis
from gongkai.core.settings import Settings
from gongkai.run.compose import make_app, make_services
settings = Settings(
    mode="embedded", database_url="postgresql+psycopg://nobody@/nothing?host=/nowhere", secret_key="s" * 40,
    password_salt="p" * 20, data_directory=pathlib.Path(tempfile.mkdtemp()),
)
app = make_app(make_services(settings, redis=fakeredis.FakeRedis()))
client = app.test_client()
for path in ("/healthz", "/static/css/portal.css", "/static/js/editor.js", "/readyz", "/"):
    answer = client.get(path)
    print(path, answer.status_code, answer.mimetype, len(answer.data))
with app.test_request_context("/"):
    print([rule.endpoint for rule in app.url_map.iter_rules()].count("static"))
names = app.jinja_env.list_templates(extensions=["html"])
for name in names:
    app.jinja_env.get_template(name)
print("templates", len(names))
"""


def test_pages_templates_and_static_files_come_out_of_the_wheel(installed: Path) -> None:
    scripts = sorted((ROOT / "platform/gongkai/web/static/js").glob("*.js"))
    said = run(installed, PAGES.replace("editor.js", scripts[0].name)).splitlines()
    answers = {line.split()[0]: line.split()[1:3] for line in said if line.startswith(("/", "templates"))}
    assert answers["/healthz"] == ["200", "application/json"]
    assert answers["/static/css/portal.css"] == ["200", "text/css"]
    assert answers[f"/static/js/{scripts[0].name}"][0] == "200"
    assert answers["/readyz"][0] == "503", "there is no database"
    assert answers["/"] == ["503", "text/html"], "and the page says so"
    templates = [name for name in shipped() if "/templates/" in name and name.endswith(".html")]
    assert answers["templates"] == [str(len(templates))]


DATA = """
from gongkai.catalog.column_templates import column_names
from gongkai.core import migrate
from gongkai.core.text.folding import fold
from gongkai.run.modules import METADATA
print(len(column_names()), migrate.head(), fold("臺灣"), len(METADATA.tables))
"""


def test_data_and_migrations_come_out_of_the_wheel(installed: Path) -> None:
    names, head, folded, tables = run(installed, DATA).split()
    assert int(names) > 20
    newest = max(path.name for path in (ROOT / "platform/gongkai/core/migrations/versions").glob("[0-9]*.py"))
    assert newest.startswith(head)
    assert folded == "台湾"
    assert int(tables) > 20


def test_the_command_line_explains_itself(installed: Path) -> None:
    said = run(
        installed,
        "sys.argv[0] = 'gongkai'; import runpy; runpy.run_module('gongkai.run', run_name='__main__')",
        "--help",
    )
    for command in ("run", "migrate", "worker", "scheduler", "tenants", "items", "counts", "circulars"):
        assert f"\n  {command} " in said, command
    assert "政府信息公开平台" in said
