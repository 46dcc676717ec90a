"""Why a file has no text, in the words that people are shown; the child process reads this module too."""

ENCRYPTED = "文件已加密，需要密码才能打开"
SCANNED = "扫描件，未识别文字"
DAMAGED = "文件损坏，无法打开"
LIMIT = "超过读取限制（文件过大、内容过多或压缩比异常）"
OVERRUN = "读取时超出时间或者内存限制"
UNSUPPORTED = "暂不支持读取此类文件"


class Unreadable(Exception):
    """A file, or a member of an archive, cannot be read; the argument is one of the reasons above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unsupported(label: str) -> str:
    """The reason for a kind of file that has no reader."""
    return f"{UNSUPPORTED}（{label}）"
