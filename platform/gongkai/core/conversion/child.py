"""Becomes the office program, after it has limited itself; run as `python -m`, with one JSON argument."""

import json
import os
import sys

from gongkai.core.extraction.confining import confine

FILES = 512
"""Open files; LibreOffice alone has some 60 libraries."""


def main() -> None:
    """Limit this process as `limits` says, and run `command` in it."""
    given = json.loads(sys.argv[1])
    confine(given["limits"], files=FILES)
    os.execv(given["command"][0], given["command"])  # noqa: S606 - the operator's own program


if __name__ == "__main__":
    main()
