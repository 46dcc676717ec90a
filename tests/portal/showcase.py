"""A portal with everything that its pages can show."""

from datetime import date

from gongkai.catalog.guide import publish_guide
from tests.factories.world import World
from tests.portal.pages import abolish, bring, remove, rename, repeal, setting, with_files
from tests.portal.test_units import GUIDE
from tests.publishing.imports.lists import migration_row

BODY = (
    "<p>各乡镇人民政府：</p><h2>一、总体要求</h2><p>现通知如下，详见<a href='https://www.example.com/a'>有关规定</a>。</p>"
    "<table><caption>附表</caption><thead><tr>"
    + "".join(f"<th>第{n}季度资金安排情况</th>" for n in range(1, 9))
    + "</tr></thead><tbody><tr>"
    + "".join(f"<td>{n}234567.89</td>" for n in range(1, 9))
    + "</tr></tbody></table>"
)
LONG = "云岭州人民政府办公室关于转发云岭州财政局等部门云岭州本级行政事业单位国有资产管理实施细则的通知"


def make_showcase(world: World) -> list[str]:
    """Fill the world; the paths of its pages, the richest item's first."""
    files = [("附件1：名单.pdf", b"%PDF-1.4\n" + b"0" * 99), ("说明.txt", "说明。".encode())]
    rich = with_files(world, files, title=LONG, document_number="和民发〔2026〕3号", body_html=BODY)
    repeal(world, rich)
    gone = with_files(world, [], "yl-czj", title="关于另一件事的通知", body_html="<p>另一件事。</p>")
    remove(world, gone, "yl-czj")
    labels = [["索引号:", "A/2014-00001"], ["公开形式:", "主动公开"], ["文号:", ""], ["发布机构:", "民政局"]]
    rows = [migration_row(number) for number in range(1, 35)]
    rows += [
        migration_row(
            90, original_labels=labels, index_number="A/2014-00001", source_url="http://old.example.gov.cn/1"
        ),
        migration_row(91, index_number="A/2014-00001", unit_code="qs-mzj", issuing_agency="青石县民政局"),
    ]
    bring(world, rows)
    with world.services.database.system_scope("test") as uow:
        for effective in (date(2026, 1, 1), date(2026, 3, 1)):
            publish_guide(
                uow, tenant_id=world.units["hx-mzj"], content=GUIDE, effective_date=effective, published_by=None
            )
    rename(world, "hx-mzj", "和溪县社会工作局", "县社工局", date(2026, 3, 19))
    abolish(world, "qs-mzj", "hx-mzj", date(2026, 3, 20))
    setting(world.services, "featured", [{"label": "三月通报", "href": "/units/"}])
    footer = {"name": "云岭州政府信息公开平台", "sponsor": "云岭州人民政府办公室", "phone": "0888-1234567"}
    setting(world.services, "site", footer)
    unit, item = "/units/hx-mzj/", f"/items/{rich}"
    return [
        item, f"{item}/print", f"{item}/versions/1", f"/items/{gone}", "/items/999999", "/index/A/2014-00001", "/",
        "/items/", "/units/", "/units/?area=hx", "/units/?q=mzj", "/units/?q=没有", "/units/hx/", unit,
        "/units/qs-mzj/", "/units/hx-gs/", f"{unit}guide/", f"{unit}guide/1/", "/units/hx/guide/",
        f"{unit}columns/gsgg/", f"{unit}columns/gsgg/?year=2023", f"{unit}columns/fd/", f"{unit}columns/zcjd/",
        "/api/", "/search", "/search?q=民政",
    ]  # fmt: skip
