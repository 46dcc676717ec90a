"""The statement reaches its indexes as the application's role, under row-level security."""

from sqlalchemy import text

from gongkai.core.ports import SearchQuery, Services
from gongkai.search.candidates import Paths
from gongkai.search.filters import Wanted
from gongkai.search.matching import PLAN, parameters, statement
from gongkai.search.rarity import Rarity
from gongkai.search.understanding import parse
from gongkai.search.window import ALL


def test_terms_and_numbers_are_looked_up_in_their_indexes(services: Services) -> None:
    parsed = parse("国办发〔2019〕54号 低保")
    paths = Paths((("低保", "标准"), ("最低", "低生")), (("低保",), ("54号", "标准")))
    query = SearchQuery(parsed.text)
    values = parameters(parsed=parsed, paths=paths, rarity=Rarity({}), query=query, wanted=Wanted(), looked=ALL)
    with services.database.unit_of_work() as uow:
        assert uow.session.scalar(text("SELECT current_user")) == "gongkai_app"
        uow.session.execute(PLAN)
        explained = uow.session.scalars(text(f"EXPLAIN {statement().text}"), values).all()
    plan = "\n".join(explained)
    assert "Bitmap Index Scan on ix_search_document_grams" in plan
    assert "Bitmap Index Scan on ix_search_document_number_keys" in plan
    assert "Seq Scan on search_document" not in plan
