"""Fetching: public addresses only, each redirect looked at anew, size and time limited, the inbox and nothing else."""

import socket
import threading
from pathlib import Path

import pytest

from gongkai.core.errors import Refused
from gongkai.core.outbound import is_public
from gongkai.core.settings import Settings
from gongkai.publishing.collection import fetching
from gongkai.publishing.collection.fetching import fetch
from tests.factories.world import World
from tests.publishing.collection.elsewhere import Answer, Site


@pytest.fixture
def settings(near: World, tmp_path: Path) -> Settings:
    """Settings that allow the internal network, with an inbox of their own."""
    return near.services.settings.model_copy(update={"collection_inbox": tmp_path, "upload_limit_bytes": 2000})


def refusal(settings: Settings, address: str) -> str:
    """Why an address is not fetched."""
    with pytest.raises(Refused) as refused:
        fetch(settings, address, unit_code="hx-mzj")
    return refused.value.message


def test_a_page_is_fetched_with_its_query_and_over_redirects(settings: Settings, site: Site) -> None:
    site.pages["/a?day=1"] = Answer(b"content")
    site.pages["/old"] = Answer(status=302, headers={"Location": "/a?day=1"})
    assert fetch(settings, site.at("/old"), unit_code="hx-mzj") == b"content"
    assert site.asked == ["/old", "/a?day=1"]
    site.pages["/%E5%85%AC%E5%91%8A?a=%E4%B8%80%20"] = Answer(b"named")
    assert fetch(settings, site.at("/公告?a=一%20"), unit_code="hx-mzj") == b"named"
    assert "无法解析" in refusal(settings, f"http://{'a' * 70}.example/")
    site.pages["/loop"] = Answer(status=301, headers={"Location": "/loop"})
    assert "跳转次数过多" in refusal(settings, site.at("/loop"))
    assert len(site.asked) == 9


def test_the_internal_network_is_closed_unless_it_is_opened(world: World, site: Site) -> None:
    closed = world.services.settings
    port = site.at("/").split(":")[2]
    for host in (
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "169.254.169.254",
        "10.1.2.3",
        "2130706433",
    ):
        assert "内部网络" in refusal(closed, f"http://{host}:{port}"), host
    assert site.asked == []


def test_a_redirect_leads_nowhere_that_a_source_could_not_lie(
    settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/file"] = Answer(status=302, headers={"Location": "file:///etc/passwd"})
    assert "不是有效的网址" in refusal(settings, site.at("/file"))
    site.pages["/inner"] = Answer(status=302, headers={"Location": "http://10.1.2.3/"})
    closed = settings.model_copy(update={"collection_private_addresses": False})
    monkeypatch.setattr(fetching, "is_public", lambda address: str(address) == "127.0.0.1" or is_public(address))
    assert "内部网络" in refusal(closed, site.at("/inner"))


@pytest.mark.parametrize(
    "address", ["ftp://a.example/", "https://", "//a.example/", "https://a.example:99999/", "http://a b/", "", "http://[::1"]
)  # fmt: skip
def test_what_is_no_address_is_refused(settings: Settings, address: str) -> None:
    assert "不是有效的网址" in refusal(settings, address)


def test_an_address_with_a_password_is_refused(settings: Settings) -> None:
    assert "不能带用户名和密码" in refusal(settings, "https://user:secret@a.example/")


def test_size_and_state_are_watched(settings: Settings, site: Site) -> None:
    site.pages["/big"] = Answer(b"x" * 2001)
    site.pages["/endless"] = Answer(b"x" * 5000, headers={"Content-Length": "", "Connection": "close"})
    del site.pages["/endless"].headers["Content-Length"]
    site.pages["/short"] = Answer(b"x" * 10, headers={"Content-Length": "20"})
    assert "来源内容超过" in refusal(settings, site.at("/big"))
    assert "来源内容超过" in refusal(settings, site.at("/endless"))
    assert "中断" in refusal(settings, site.at("/short"))
    assert "状态码404" in refusal(settings, site.at("/missing"))


def test_who_answers_drop_by_drop_is_cut_off(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TOTAL_SECONDS", 0.6)
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while not stop.wait(0.1):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        assert "长时间没有响应" in refusal(settings, f"http://127.0.0.1:{server.getsockname()[1]}/")
    finally:
        stop.set()
        thread.join()
        server.close()


def test_nobody_there_is_said_in_words(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "无法连接来源网站" in refusal(settings, f"http://127.0.0.1:{port}/")


def test_the_inbox_gives_files_of_the_units_own_folder_only(settings: Settings, tmp_path: Path) -> None:
    for unit in ("hx-mzj", "qs-mzj"):
        (tmp_path / unit).mkdir()
        (tmp_path / unit / "a.csv").write_bytes(unit.encode())
    assert fetch(settings, "inbox/a.csv", unit_code="hx-mzj") == b"hx-mzj"
    (tmp_path / "hx-mzj" / "link.csv").symlink_to(tmp_path / "qs-mzj" / "a.csv")
    (tmp_path / "hx-mzj" / "big.csv").write_bytes(b"x" * 2001)
    for name in ("../qs-mzj/a.csv", "link.csv", "missing.csv", "", "..", ".", "/etc/passwd"):
        assert "没有文件" in refusal(settings, f"inbox/{name}"), name
    assert "来源内容超过" in refusal(settings, "inbox/big.csv")
