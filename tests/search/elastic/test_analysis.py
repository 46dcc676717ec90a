"""The server cuts texts into the terms that the database knows them by."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.core.text.folding import fold
from gongkai.search.elastic.definition import definition
from gongkai.search.terms import terms_of

NUMERALS = str.maketrans("〇一二三四五六七八九", "0123456789")
WRITTEN = "全国统一財政預算縣县第三二〇一九年月日号號０1２345aBzＡé〔〕[]（）《》、，。,.:;·_'’-—/ \t\n%Ⅳ①𠮷"


@pytest.fixture(scope="module")
def server(node_url: str) -> Iterator[Elasticsearch]:
    """An index with our analysis, called `analysis`."""
    client = Elasticsearch(node_url)
    client.indices.create(index="analysis", **definition())
    yield client
    client.indices.delete(index="analysis")
    client.close()


def analysed(server: Elasticsearch, text: str) -> list[str]:
    """Terms of the server; digits that count as Chinese are Chinese there."""
    tokens = server.indices.analyze(index="analysis", analyzer="words", text=text)["tokens"]
    return [token["token"].translate(NUMERALS) for token in tokens]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("全国统一的支出", ["全国", "国统", "统1", "1的", "的支", "支出"]),
        ("國辦發〔2019〕54號", ["国办", "办发", "2019", "54", "号"]),
        ("二〇一九年", ["2019", "年"]),
        ("A4纸v1.2_x", ["a4", "纸", "v1", "2", "x"]),
        ("a" * 100, ["a" * 40]),
    ],
)
def test_the_server_knows_our_terms(server: Elasticsearch, text: str, terms: list[str]) -> None:
    assert analysed(server, text) == terms_of(fold(text)) == terms


@given(text=st.text(WRITTEN, min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_the_same_terms_on_both_sides(server: Elasticsearch, text: str) -> None:
    assert analysed(server, text) == terms_of(fold(text))
