"""`make elasticsearch`: a node in the foreground, on port 9200 of this machine; its data stay for the next start."""

import os
import sys

from tests.elasticsearch.home import Unavailable, cache_folder
from tests.elasticsearch.node import command


def main() -> None:
    """Become the node."""
    folder = cache_folder() / "node"
    folder.mkdir(parents=True, exist_ok=True)
    port = int(os.environ.get("ELASTICSEARCH_PORT", "9200"))
    try:
        line = command(folder, heap=os.environ.get("ELASTICSEARCH_HEAP", "1g"), settings={"http.port": port})
    except Unavailable as missing:
        sys.exit(str(missing))
    sys.stdout.write(f"GONGKAI_ELASTICSEARCH_URL=http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    os.execv(line[0], line)


if __name__ == "__main__":
    main()
