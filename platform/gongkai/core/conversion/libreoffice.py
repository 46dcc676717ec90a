"""LibreOffice as `Converter`: a process a document, with an own profile and limits, without our environment.

Starting it is what takes time, some four seconds: only jobs convert, never a web process.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

import structlog

from gongkai.core.ports import Converter, NotConverted
from gongkai.core.settings import ConfigurationError, Settings

log = structlog.get_logger()
_CHILD = "gongkai.core.conversion.child"
_MAGIC = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Limits:
    """What converting one document may cost.

    Attributes:
        seconds: of wall clock and of processor time, each.
        memory_bytes: address space; LibreOffice reserves several times what it uses.
        output_bytes: of each file that it writes.
    """

    seconds: int = 60
    memory_bytes: int = 4 * 1024**3
    output_bytes: int = 50 * 1024**2


DEFAULT = Limits()


class LibreOffice:
    """`soffice` at `program`; see `Converter`."""

    is_configured = True

    def __init__(self, program: Path, limits: Limits = DEFAULT) -> None:
        self._program, self._limits = program, limits

    def problem(self) -> str | None:
        """See `Converter.problem`."""
        if os.access(self._program, os.X_OK) and self._program.is_file():
            return None
        return f"{self._program} is not there or cannot be run"

    def to_pdf(self, docx: bytes) -> bytes:
        """See `Converter.to_pdf`."""
        with tempfile.TemporaryDirectory(prefix="gongkai-pdf-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            (folder / "document.docx").write_bytes(docx)
            status = self._run(folder)
            made = folder / "document.pdf"
            pdf = made.read_bytes() if made.exists() else b""
        if status or not pdf.startswith(_MAGIC):
            log.warning("conversion.failed", status=status, size=len(docx))
            raise NotConverted(f"转换程序未能生成PDF（退出代码{status}）")
        return pdf

    def _run(self, folder: Path) -> int:
        """Convert the document of `folder` there; returns the program's exit code."""
        command = [
            str(self._program), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
            "--nologo", "--convert-to", "pdf", "--outdir", str(folder), str(folder / "document.docx"),
        ]  # fmt: skip
        given = json.dumps({"limits": asdict(self._limits), "command": command})
        with subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-s", "-m", _CHILD, given],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=_environment(folder), cwd=folder, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                return process.wait(self._limits.seconds)
            except subprocess.TimeoutExpired:
                log.warning("conversion.overrun", seconds=self._limits.seconds)
                raise NotConverted(f"转换超过{self._limits.seconds}秒，已停止") from None
            finally:
                # The program starts others, and those must not outlive it, whatever ended the wait.
                _end_group(process.pid)


def _end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _environment(folder: Path) -> dict[str, str]:
    """Where programs, modules and fonts are found, and nothing else: addresses and secrets stay with the parent."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "FONTCONFIG_FILE": str(files("gongkai.core.conversion") / "fonts.conf"),
        "SAL_USE_VCLPLUGIN": "svp",
    }


class NoConverter:
    """What a deployment without a converter has; see `Converter`."""

    is_configured = False

    def problem(self) -> str | None:
        """See `Converter.problem`."""
        return None

    def to_pdf(self, docx: bytes) -> bytes:  # noqa: ARG002 - the protocol's
        """See `Converter.to_pdf`."""
        raise NotConverted("未配置PDF转换程序")


def make_converter(settings: Settings) -> Converter:
    """The converter of the settings.

    Raises:
        ConfigurationError: when its program is not there.
    """
    if not settings.pdf_converter:
        return NoConverter()
    converter = LibreOffice(Path(settings.pdf_converter))
    if converter.problem():
        raise ConfigurationError(
            f"配置有误，无法启动：\n  GONGKAI_PDF_CONVERTER：{settings.pdf_converter} 不存在或不能运行，"
            "请写明程序的完整路径，如 /usr/bin/soffice"
        )
    return converter
