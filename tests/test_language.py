"""What people read is official Chinese: full-width punctuation, the words of the domain, no English sentences."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.accounts.test_words import Words, english
from tests.factories.world import World
from tests.scene import PEOPLE, set_scene
from tests.walking import Walker
from tests.web.sentences import badly_ended, end_with_full_stops

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("platform", "tenants", "search", "workers")
HAN = "一-鿿〇"
HALF_WIDTH = re.compile(rf"[{HAN}”》）〕][,;:?!()]|[,;:?!()][{HAN}“《（〔]|[{HAN}].*·[,;?!()]|[,;?!(]·.*[{HAN}]")
"""A half-width mark beside Chinese characters, or beside a gap （`·`） in a Chinese sentence."""
NO_SENTENCES = frozenset({"platform/gongkai/core/text/document_numbers.py"})
"""Parts of regular expressions."""
FORBIDDEN = {
    "租户": "单位",
    "冻结": "锁定（本期数据）",
    "未达标": "未完成月度任务",
    "配额": "月度发布任务",
    "虚报": "整改不实",
    "申辩": "问题核实反馈",
    "异议表": "问题核实反馈表",
    "约谈": "建议约谈（待领导批示）",
    "未能确认": "待与申请人确认",
    "已分拆": "已按事项分别办理",
    "视为放弃": "逾期未补正，不再处理",
    "我要纠错": "本页纠错",
    "只看异常": "只看问题单位",
    "工作台": "待办事项",
}
ALLOWED_PHRASES = ("建议约谈（待领导批示）",)
_PROCEEDINGS = "tenants/gongkai/supervision/proceedings"
UNDERSTOOD = frozenset(
    {
        ("tenants/gongkai/supervision/facts/importing.py", "虚报"),
        (f"{_PROCEEDINGS}/models.py", "约谈"),
        (f"{_PROCEEDINGS}/schemas.py", "约谈"),
        (f"{_PROCEEDINGS}/templates/proceedings/index.html", "约谈"),
        (f"{_PROCEEDINGS}/templates/proceedings/new.html", "约谈"),
    }
)
"""Words of lists that are brought, never written; in an office's own register talks that were held are called so."""


def modules() -> Iterator[Path]:
    """Modules of the product, the migrations left out."""
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def templates() -> Iterator[Path]:
    """Templates of the product."""
    for source in SOURCES:
        yield from sorted((ROOT / source).rglob("*.html"))


def docstrings(tree: ast.AST) -> set[ast.AST]:
    """The docstrings' nodes, which are for programmers; those of commands are their help and for people."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and not is_command(node):
            lines = (line.value for line in node.body if isinstance(line, ast.Expr))
            found |= {line for line in lines if isinstance(line, ast.Constant)}
    return found


def is_command(node: ast.AST) -> bool:
    """Whether a function is a command or a group of commands."""
    marks = [ast.unparse(mark) for mark in getattr(node, "decorator_list", [])]
    return any(re.search(r"\.(command|group)\(", mark) for mark in marks)


def patterns(tree: ast.AST) -> set[ast.AST]:
    """Strings that are regular expressions: arguments of functions of `re`."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."))
    return {part for call in calls for argument in call.args for part in ast.walk(argument)}


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string literal that a person may be shown; the gaps of an f-string are `·`."""
    tree = ast.parse(path.read_text("utf8"))
    left_out = docstrings(tree) | patterns(tree)
    parts: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= set(node.values)
            words = [str(part.value) if isinstance(part, ast.Constant) else "·" for part in node.values]
            if node not in left_out:
                yield node.lineno, "".join(words)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out | parts:
            yield node.lineno, node.value


def shown(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of a template outside tags, comments and expressions, and of the strings inside those."""
    source = path.read_text("utf8")
    source = re.sub(r"\{#.*?#\}", lambda found: "\n" * found[0].count("\n"), source, flags=re.DOTALL)
    for number, line in enumerate(source.splitlines(), 1):
        for _, quoted in re.findall(r"(['\"])((?:(?!\1).)*)\1", " ".join(re.findall(r"\{[{%].*?[%}]\}", line))):
            yield number, quoted
        yield number, re.sub(r"<[^<>]*>", "", re.sub(r"\{[{%].*?[%}]\}", "·", line))


def all_words() -> Iterator[tuple[str, str]]:
    """Place and text of everything in the source that a person may be shown."""
    for path in modules():
        name = path.relative_to(ROOT).as_posix()
        for line, text in strings(path) if name not in NO_SENTENCES else ():
            yield f"{name}:{line}", text
    for path in templates():
        for line, text in shown(path):
            yield f"{path.relative_to(ROOT)}:{line}", text


def test_punctuation_beside_chinese_is_full_width() -> None:
    wrong = [f"{place}: {text[:80]!r}" for place, text in all_words() if HALF_WIDTH.search(text)]
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)


def test_the_words_are_those_of_the_offices() -> None:
    wrong = []
    for place, text in all_words():
        for phrase in ALLOWED_PHRASES:
            text = text.replace(phrase, "")  # noqa: PLW2901
        used = [word for word in FORBIDDEN if word in text and (place.partition(":")[0], word) not in UNDERSTOOD]
        wrong += [f"{place}: {word} → {FORBIDDEN[word]}" for word in used]
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)


def test_the_check_sees_a_half_width_mark(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(
        '"""A docstring,为程序员."""\nX = f"共{n}条,请核对"\nY = f"{a}，{b};见{c}"\nZ = "完成(试行)"\nOK = "a, b;c"\n',
        "utf8",
    )
    assert [line for line, text in strings(bad) if HALF_WIDTH.search(text)] == [2, 3, 4]
    page = tmp_path / "bad.html"
    page.write_text(
        "{# 注释,不显示 #}\n<p title='x'>共{{ n }}条,请核对</p>\n{{ macro('标题:') }}\n<p>（好，的）</p>\n", "utf8"
    )
    assert [line for line, text in shown(page) if HALF_WIDTH.search(text)] == [2, 3]


def test_bad_ends_of_sentences_are_seen() -> None:
    page = "<p>好。<b>也好</b>。</p><p>好。。</p><p>好<i>，</i>。</p><p> 。</p>"
    assert badly_ended(page) == ["好。。", "好，。", "。"]


@pytest.mark.parametrize("logins", [PEOPLE[:4], PEOPLE[4:6], (*PEOPLE[6:], "")], ids=("unit", "office", "prefecture"))
def test_no_page_speaks_english_or_half_width_or_ends_a_sentence_twice(
    app: Flask, world: World, superuser: Engine, logins: tuple[str, ...]
) -> None:
    starts = set_scene(app, world)
    end_with_full_stops(superuser)
    wrong: set[str] = set()
    for login in logins:
        walker = Walker(app, world, login)
        for path, answer in walker.pages(*starts[login]):
            if answer.mimetype == "text/html" and answer.status_code not in range(300, 400):
                page = answer.get_data(as_text=True)
                wrong |= {f"{walker.endpoint(path)}: {words}" for words in english(page)}
                wrong |= {f"{walker.endpoint(path)}: {words}" for words in half_width(page)}
                wrong |= {f"{walker.endpoint(path)} {path}: {said[-90:]}" for said in badly_ended(page)}
    assert not wrong, f"{len(wrong)}\n" + "\n".join(sorted(wrong))


def half_width(page: str) -> Iterator[str]:
    """Texts of a page with a half-width mark beside Chinese."""
    reader = Words()
    reader.feed(page)
    for text in reader.found:
        if found := HALF_WIDTH.search(text):
            yield repr(text[max(0, found.start() - 20) : found.end() + 20])
