"""Takes the pictures of README.md into docs/images: `.venv/bin/python scripts/screenshots.py [ADDRESS]`.

Without an address of a running copy with the demonstration, it starts one on a temporary data folder and loads the
demonstration there, which takes some minutes. Needs Chromium (`scripts/install-browser.sh`).
"""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-lcd-text",
    "--lang=zh-CN",
)
ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
PASSWORD = "Gongkai-2026"
WIDTH, HEIGHT = 1280, 900
LARGEST_BYTES = 250_000
LOAD_SECONDS = 900
SAVED_MILLISECONDS = 4000
"""Longer than the editor waits before it saves the last field again."""
DRAFT_TITLE = "云岭州财政局关于开展2026年度政府采购专项检查的通知"
DRAFT_TEXT = """<p>各县（市）财政局，州直各预算单位：</p>
<p>为规范政府采购行为，根据《中华人民共和国政府采购法》及其实施条例，现就2026年度政府采购专项检查有关事项通知如下。</p>
<h2>一、检查范围</h2>
<p>2025年7月至2026年6月期间完成的政府采购项目，按不低于10%的比例随机抽取。</p>
<table><tbody><tr><th>阶段</th><th>时间</th><th>责任科室</th></tr><tr><td>自查</td><td>3月1日至20日</td><td>各预算单位</td></tr>
<tr><td>抽查</td><td>4月1日至30日</td><td>政府采购监管科</td></tr></tbody></table>
<p>请各单位于3月25日前报送自查报告。咨询电话：0840-6700000。</p>"""


@contextmanager
def started() -> Iterator[str]:
    """A copy of the product with the demonstration, ended with the block; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="gongkai-pictures-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        environment = os.environ | {"GONGKAI_DATA": f"{folder}/data", "PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-m", "gongkai.run", "run"], cwd=ROOT, env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the copy answers, which it does once the demonstration is loaded."""
    deadline = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(1)
    raise SystemExit("The product did not start; its last lines above say why.")


def front_page(page: Page) -> None:
    """What the public sees first."""
    page.goto("/")


def march_circular(page: Page) -> None:
    """The circular of the March case, by the link of the front page."""
    page.goto("/")
    page.get_by_role("link", name="示范市2023年3月").first.click()


def dashboard(page: Page) -> None:
    """Where the units of the prefecture stand this month."""
    sign_in(page, "yl-zf-zwgk")
    page.goto("/office/")


def editor(page: Page) -> None:
    """A document being written, with the checks beside it."""
    sign_in(page, "yl-czj-xxy")
    page.goto("/work/items/new")
    page.get_by_label("标题").fill(DRAFT_TITLE)
    page.get_by_label("其他文件", exact=True).first.check()
    page.get_by_role("button", name="开始编写").click()
    page.locator("[contenteditable=true]").first.wait_for()
    page.locator("[contenteditable=true]").first.evaluate(
        """(body, html) => {
            const data = new DataTransfer();
            data.setData("text/html", html);
            body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        DRAFT_TEXT,
    )
    page.get_by_label("文号").fill("云财采〔2026〕12号")
    page.get_by_label("成文日期").fill(time.strftime("%Y-%m-%d"))
    page.get_by_text("已自动保存").first.wait_for()
    page.wait_for_timeout(SAVED_MILLISECONDS)
    page.reload()
    page.locator("[contenteditable=true]").first.wait_for()


def signature(page: Page) -> None:
    """A signature on paper, to be checked against its scan by a second account."""
    sign_in(page, "yl-czj-bms")
    page.goto("/work/signatures/")
    page.get_by_role("row").filter(has_text="待核对").get_by_role("link").first.click()
    page.get_by_role("button", name="一致，核对登记").wait_for()


def merger(page: Page) -> None:
    """What a merger planned for the next month will do."""
    sign_in(page, "admin")
    page.goto("/admin/reorganisations/")
    page.get_by_role("row").filter(has_text="待执行").get_by_role("link").first.click()
    page.get_by_role("heading", name="执行后").wait_for()


def old_page(page: Page) -> None:
    """A damaged page of an old site, with what was found in it."""
    sign_in(page, "yl-zf-zwgk")
    page.goto("/work/migrations/pages/")
    page.get_by_role("link", name="2012年城乡低保工作情况").click()
    page.get_by_role("heading", name="发现的问题").wait_for()


def discard_draft(page: Page) -> None:
    """Leave a copy that was running before as it was."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="删除草稿").click()
    page.wait_for_url("**/work/items/**")


def sign_in(page: Page, login: str) -> None:
    """Enter as one of the demonstration's people."""
    page.goto("/sign-in")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/work/**")


PICTURES = {
    "front": front_page,
    "circular": march_circular,
    "dashboard": dashboard,
    "editor": editor,
    "signature": signature,
    "merger": merger,
    "old-page": old_page,
}


def with_palette(png: bytes) -> bytes:
    """The picture with a palette of its 256 most frequent colours, about a third of the size; 8-bit RGB(A) in."""
    chunks = dict[bytes, bytes]()
    place = 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        chunks[kind] = chunks.get(kind, b"") + png[place + 8 : place + 8 + length]
        place += length + 12
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    size = {(8, 2): 3, (8, 6): 4}[depth, colour]
    rows = unfiltered(zlib.decompress(chunks[b"IDAT"]), width * size, size)
    pixels = [bytes(row[x : x + 3]) for row in rows for x in range(0, width * size, size)]
    palette = [colour for colour, _ in Counter(pixels).most_common(256)]
    nearest = {colour: index for index, colour in enumerate(palette)}
    for colour in set(pixels) - set(palette):
        distances = [sum((a - b) ** 2 for a, b in zip(colour, kept, strict=True)) for kept in palette]
        nearest[colour] = distances.index(min(distances))
    lines = b"".join(b"\0" + bytes(nearest[p] for p in pixels[y : y + width]) for y in range(0, width * height, width))
    written = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", b"".join(palette)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return png[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in written
    )


def unfiltered(data: bytes, stride: int, size: int) -> Iterator[bytearray]:
    """Lines of a PNG without its filters (section 9 of the PNG specification); `size` bytes a pixel."""
    above = bytearray(stride)
    for start in range(0, len(data), stride + 1):
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for x in range(stride):
            left, upper = (line[x - size], above[x - size]) if x >= size else (0, 0)
            if kind == 1:
                line[x] = (line[x] + left) & 255
            elif kind == 2:
                line[x] = (line[x] + above[x]) & 255
            elif kind == 3:
                line[x] = (line[x] + (left + above[x]) // 2) & 255
            elif kind == 4:
                guess = left + above[x] - upper
                line[x] = (line[x] + min((left, above[x], upper), key=lambda near: abs(guess - near))) & 255
        yield line
        above = line


def take(browser: Browser, address: str) -> None:
    """Take every picture, each with an empty browser.

    Raises:
        SystemExit: when a page did not come, or a picture is too large for a README.
    """
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, show in PICTURES.items():
        context = browser.new_context(
            base_url=address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": WIDTH, "height": HEIGHT},
        )
        page = context.new_page()
        show(page)
        target = IMAGES / f"{name}.png"
        target.write_bytes(with_palette(page.screenshot(animations="disabled")))
        if show is editor:
            discard_draft(page)
        context.close()
        size = target.stat().st_size
        print(f"{target.relative_to(ROOT)}  {size // 1000} kB")
        if size > LARGEST_BYTES:
            raise SystemExit(f"{target.name} is larger than {LARGEST_BYTES // 1000} kB.")


def main() -> None:
    """Take the pictures of the copy named on the command line, or of one started for them."""
    with ExitStack() as stack:
        address = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else stack.enter_context(started())
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS), headless=True, env=os.environ | {"LANGUAGE": "zh_CN"}
        )
        stack.callback(browser.close)
        take(browser, address)


if __name__ == "__main__":
    main()
