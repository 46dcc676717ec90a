"""Document numbers (文号, 发文字号) of GB/T 9704-2012: 机关代字〔年份〕序号号, orders 令第N号."""

import re
import unicodedata
from dataclasses import dataclass

from gongkai.core.text.folding import fold

_HAN = "[\u4e00-\u9fff]"
_CODE = f"(?P<code>(?!第){_HAN}{{1,15}}?)"
_ORDER = f"(?P<code>(?!第){_HAN}{{2,30}}令)"
_YEAR = "(?P<year>(?:19|20)[0-9]{2})"
_SEQUENCE = "0*(?P<sequence>[1-9][0-9]{0,4})"

_BRACKETS = str.maketrans(dict.fromkeys("([{【〖<〈《", "〔") | dict.fromkeys(")]}】〗>〉》", "〕") | {"號": "号"})
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
_CHINESE_YEAR = re.compile("(?:一九|二[〇○零])[〇○零一二三四五六七八九]{2}")
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")

_READINGS = tuple(
    re.compile(pattern)
    for pattern in (
        f"{_CODE}〔{_YEAR}年?〕?第?{_SEQUENCE}号?",
        f"{_CODE}{_YEAR}年?〕第?{_SEQUENCE}号?",
        f"{_ORDER}〔?第?{_SEQUENCE}号?〕?",
    )
)
_SPACED_READING = re.compile(f"{_CODE}{_YEAR}(?: 第?|第){_SEQUENCE}号?")

_WITHIN = (
    re.compile(f"(?P<code>{_HAN}{{1,15}}) ?〔 ?{_YEAR} ?年?〕 ?第? ?{_SEQUENCE}(?![0-9])"),
    re.compile(f"(?P<code>{_HAN}{{1,30}}令) ?第 ?{_SEQUENCE} ?号"),
)

_PROBLEMS = tuple(
    (re.compile(pattern), problem)
    for pattern, problem in (
        (r"〔?(?:19|20)[0-9]{2}.*", "文号缺少机关代字，请在年份前补上，如“国办发”"),
        (rf"{_HAN}+〔[0-9]{{2}}〕.*", "文号的年份应写全四位数字，如“〔2019〕”"),
        (rf"{_HAN}+〔[0-9]{{4}}〕第?0*号?", "文号缺少序号，或者序号为0；序号从1编起"),
        (rf"{_HAN}+〔[0-9]{{4}}〕第?[0-9]{{6,}}号?", "文号的序号超过5位，请核对"),
        (rf"{_HAN}+〔[0-9]{{4}}〕.*", "文号的年份或者序号有误，请核对"),
        (rf"{_HAN}+第?[0-9]{{1,4}}号?", "文号缺少年份或者序号，请补全，如“国办发〔2019〕54号”"),
        (rf"{_HAN}+[0-9]+号?", "文号年份两侧的括号缺失，无法分清年份和序号，请补上括号，如“〔2019〕”"),
    )
)
_IRREGULAR = "不是规范的文号，请写成“国办发〔2019〕54号”或者“国务院令第711号”的形式"

_QUERIES = tuple(
    re.compile(pattern)
    for pattern in (
        f"{_CODE} ?{_YEAR}[年 ]*第? ?{_SEQUENCE} ?号?",
        f"(?P<code>(?!第){_HAN}{{1,31}}?) ?第? ?{_SEQUENCE} ?号?",
        f"{_YEAR}(?: |年 ?第?|第) ?{_SEQUENCE} ?号?",
        f"{_CODE} ?{_YEAR} ?年?",
    )
)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """The parts of a document number; ``year`` is None for an order, whose code word ends in 令."""

    code_word: str
    year: int | None
    sequence: int

    @property
    def text(self) -> str:
        """The regular form: 国办发〔2019〕54号, 国务院令第711号."""
        if self.year is None:
            return f"{self.code_word}第{self.sequence}号"
        return f"{self.code_word}〔{self.year}〕{self.sequence}号"


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What a written number comes to.

    ``normalised`` is its regular form, None where it cannot be told; ``well_formed`` that it was written
    so already; ``problem`` a Chinese sentence for the clerk, without full stop, None exactly when it is well
    formed.
    """

    normalised: str | None
    well_formed: bool
    problem: str | None


def parse(text: str) -> DocumentNumber | None:
    """Read a written number of any width, brackets and spacing; None where it cannot be told for certain.

    A single lost bracket is repaired (国办秘函〔201919 号), two only where a space or 第 parts year and
    sequence. 第 before the sequence and leading zeros are dropped, a missing 号 is supplied.
    """
    spaced = _spaced(text)
    closed = spaced.replace(" ", "")
    for reading in _READINGS:
        if match := reading.fullmatch(closed):
            return _number(match)
    # Only a space between two digits can part them; any other is typing.
    match = _SPACED_READING.fullmatch(re.sub("(?<![0-9]) | (?![0-9])", "", spaced))
    return _number(match) if match else None


def find(text: str) -> list[DocumentNumber]:
    """The document numbers with a year in brackets and the orders that stand in a longer text, in its order."""
    return [_number(match) for pattern in _WITHIN for match in pattern.finditer(_spaced(text))]


def normalise(text: str) -> str | None:
    """The regular form of a written number, or None; ``check`` says why."""
    number = parse(text)
    return number.text if number else None


def check(text: str) -> NumberCheck:
    """Judge a written number against GB/T 9704-2012 (full year in 〔〕, no 第, no leading zero)."""
    normalised = normalise(text)
    if normalised is None:
        return NumberCheck(None, False, _problem(text))
    if normalised == text:
        return NumberCheck(normalised, True, None)
    return NumberCheck(normalised, False, f"文号书写不规范，应写作“{normalised}”")


def search_keys(number: DocumentNumber) -> list[str]:
    """Folded keys under which a number is found, written 代字/年/序号 with * for what a query leaves out.

    Four for a number (whole, without year, without code word, without sequence), one for an order.
    """
    code, year, sequence = number.code_word, number.year, number.sequence
    keys = [_key(code, year, sequence)]
    if year is not None:
        keys += [_key(code, None, sequence), _key(None, year, sequence), _key(code, year, None)]
    return keys


def parse_query(query: str) -> list[str]:
    """The keys of ``search_keys`` that a query asks for, the fullest first; empty if it is no number.

    国办发[2019]54, 國辦發 54號, 国办发 2019 and 2019 54号 are all read; where the digits can be read in two
    ways (国办发 2019 as year or as sequence) both keys come back.
    """
    spaced = re.sub("〔([0-9]{4})年?〕", r"\1年 ", _spaced(query))
    spaced = " ".join(re.sub("[〔〕]", " ", spaced).split())
    keys: dict[str, None] = {}
    for pattern in _QUERIES:
        if match := pattern.fullmatch(spaced):
            found = match.groupdict()
            keys[_key(found.get("code"), found.get("year"), found.get("sequence"))] = None
    return list(keys)


def _spaced(text: str) -> str:
    """Half-width text, brackets as 〔〕, the year in digits, each run of white space one space."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_BRACKETS)
    plain = _CHINESE_YEAR.sub(lambda year: year[0].translate(_CHINESE_DIGITS), plain)
    return " ".join(plain.split())


def _number(match: re.Match[str]) -> DocumentNumber:
    found = match.groupdict()
    year = found.get("year")
    return DocumentNumber(found["code"], int(year) if year else None, int(found["sequence"]))


def _problem(text: str) -> str:
    closed = _spaced(text).replace(" ", "")
    if not closed:
        return "请填写文号，如“国办发〔2019〕54号”"
    return next((problem for pattern, problem in _PROBLEMS if pattern.fullmatch(closed)), _IRREGULAR)


def _key(code_word: str | None, year: int | str | None, sequence: int | str | None) -> str:
    code = fold(code_word or "")
    if code.endswith("令"):
        code = code.removeprefix("中华人民共和国")
    return f"{code or '*'}/{year or '*'}/{sequence or '*'}"
