"""Which template columns a unit of each tenant type has (catalogue templates, sections 10.1–10.6)."""

_AGENCY = (
    *("zn", "zd", "jgzn", "nsjg", "ldxx", "gfxwj", "qtwj", "fzsx", "zcjd", "ghjh", "gzzj", "tjxx", "xzxk"),
    *("qtfw", "xzcf", "xzqz", "czys", "czjs", "sgjf", "xzsf", "zfcg", "zklq", "rsrm", "yjgl", "jdjc", "jyta"),
    *("gsgg", "gkxx", "gzdt"),
)
_GOVERNMENT = (
    *("zfgb", "zfhy", "gzbg", "zdjc", "zdxm", "ggzy", "xczx", "jyly", "ylws", "shbz", "jycy", "shjz"),
    *("tdzs", "fwzs", "qzqd"),
)
_TOWNSHIP = ("nync", "ntsl", "cbjy", "zjd", "tdzs", "fwzs", "czcl", "snbt", "jzxx")

COLUMNS_BY_TYPE: dict[str, frozenset[str]] = {
    "prefecture_government": frozenset({*_AGENCY, *_GOVERNMENT, "gz"}),
    "county_government": frozenset({*_AGENCY, *_GOVERNMENT}),
    "bureau": frozenset(_AGENCY),
    "development_zone": frozenset(_AGENCY),
    "township": frozenset({*_AGENCY, *_TOWNSHIP}),
    "subdistrict_office": frozenset({*_AGENCY, *_TOWNSHIP}),
    "public_utility": frozenset({"dwgk", "fgbz", "gkml", "jgsf", "fwxx", "tgxx", "zlaq", "jdts"}),
}
"""Column codes by tenant type; the development zone has those of every agency."""

NEWS_COLUMN = "gzdt"
"""The column of rule type news: its items are shown apart and count to no task."""
