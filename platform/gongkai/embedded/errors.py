"""What can go wrong with the embedded PostgreSQL; every message is Chinese and says what to do."""

from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be prepared, started or stopped."""


class AnotherCopyRunning(EmbeddedPostgresError):
    """Another live process holds the data folder; `pid` is its process id, None when it cannot be read."""

    def __init__(self, directory: Path, pid: int | None) -> None:
        holder = f"进程号 {pid}" if pid is not None else "进程号未知"
        super().__init__(
            f"数据目录 {directory} 正由另一个公开平台进程使用（{holder}）。"
            "请先停止该进程；如需同时运行两套，请用环境变量 GONGKAI_DATA 为本进程另行指定数据目录。"
        )
        self.pid = pid


class DataFolderUnreachable(EmbeddedPostgresError):
    """As root: `folder` does not let the unprivileged database account through to the data folder."""

    def __init__(self, directory: Path, folder: Path) -> None:
        super().__init__(
            f"以 root 身份启动时，数据库改由普通账户运行，而该账户无权进入文件夹 {folder}，"
            f"因此不能使用数据目录 {directory}。"
            "请将数据目录设在其他位置后重新启动，例如 GONGKAI_DATA=/var/lib/gongkai。"
        )
        self.folder = folder


class DiskFull(EmbeddedPostgresError):
    """The file system of the data folder has no room; `free` is what is left, in bytes."""

    def __init__(self, directory: Path, free: int, needed: int | None = None) -> None:
        need = f"，至少需要 {needed // 2**20} MB" if needed is not None else ""
        super().__init__(
            f"磁盘空间不足：数据目录 {directory} 所在磁盘剩余 {free // 2**20} MB{need}。"
            "请清理磁盘或扩容后重新启动，也可用环境变量 GONGKAI_DATA 将数据目录设在其他磁盘；"
            "请勿删除数据目录中的文件。"
        )
        self.free = free
