"""The node that the tests use."""

import json
import urllib.request


def test_a_real_node_answers(node_url: str) -> None:
    with urllib.request.urlopen(node_url, timeout=5) as answer:
        assert json.load(answer)["version"]["number"].startswith("9.")
