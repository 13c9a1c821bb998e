"""The plan of the house, held by reading the code: CONTRIBUTING.md says why each rule is there.

One test a rule; a test that fails lists every place that breaks it.
"""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from crm_analysis.presentation.pages import PAGES
from crm_analysis.wording import LANGUAGES, phrases

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crm_analysis"
SCRIPTS = ROOT / "pages"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
CODE = [*MODULES.values(), *sorted(SCRIPTS.rglob("*.py")), ROOT / "app.py"]
GUIDE = "CONTRIBUTING.md says why, and what to do instead"

_GROUND = {"options", "errors", "messages", "units", "numerals", "wording"}
# What each part may import besides itself; a part is a name in crm_analysis, or two where it has
# to be told apart.
MAY_IMPORT: dict[str, set[str]] = {
    "options": set(),
    "units": set(),
    "numerals": set(),
    "wording": {"units", "numerals"},
    "errors": {"wording"},
    "messages": {"wording"},
    "screen": set(),
    "cli": {"screen"},
    "__main__": {"cli"},
    "jobs": _GROUND,
    "privacy": _GROUND,
    "private_folder": set(),
    "engine": _GROUND | {"jobs", "private_folder"},
    "tables": _GROUND | {"jobs", "privacy", "engine"},
    "workspace": _GROUND | {"jobs", "privacy", "engine", "tables"},
    "intake": _GROUND | {"jobs", "engine", "tables", "workspace", "screen"},
    "analyses": {"options", "errors", "messages", "jobs", "engine", "tables"},
    "presentation": _GROUND
    | {"jobs", "privacy", "engine", "tables", "analyses", "screen"},
    "presentation.ui": _GROUND
    | {
        "jobs",
        "privacy",
        "engine",
        "tables",
        "analyses",
        "presentation",
        "workspace",
        "intake",
    },
    "": _GROUND
    | {
        "jobs",
        "privacy",
        "engine",
        "tables",
        "analyses",
        "presentation",
        "workspace",
    },
}
SHARED_ANALYSES = {"customers", "explain", "inference", "allocation"}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(path)))


def _place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@cache
def _imported(path: Path) -> tuple[str, ...]:
    """Every module, or name in one, that a file imports, in full and wherever that stands."""
    names: list[str] = []
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by dots; say the module's name"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def _module(name: str) -> str:
    """The module a full name lies in: `crm_analysis.errors` for `crm_analysis.errors.Cancelled`."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def _part(module: str) -> str:
    """The part of the house a module belongs to."""
    words = module.split(".")[1:]
    if words[:2] == ["presentation", "ui"]:
        return "presentation.ui"
    return words[0] if words else ""


# Arrows


def test_the_rules_know_every_part() -> None:
    assert {_part(module) for module in MODULES} <= set(MAY_IMPORT)


def test_arrows_run_one_way() -> None:
    wrong = []
    for module, path in MODULES.items():
        part = _part(module)
        for name in _imported(path):
            other = _part(_module(name))
            ours = name.split(".")[0] == "crm_analysis"
            if ours and other != part and other not in MAY_IMPORT[part]:
                wrong.append(f"{module} may not import {name}")
    assert not wrong, GUIDE


def test_no_modules_import_one_another_in_a_circle() -> None:
    arrows = {
        module: {_module(name) for name in _imported(path)} - {"", module}
        for module, path in MODULES.items()
    }
    assert not _circles(arrows), GUIDE


def _circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules each of which can reach the others (Tarjan 1972), of two or more."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    circles = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        path.append(module)
        for other in arrows[module]:
            if other not in number:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in path:
                lowest[module] = min(lowest[module], number[other])
        if lowest[module] == number[module]:
            start = path.index(module)
            if len(path) - start > 1:
                circles.append(sorted(path[start:]))
            del path[start:]

    for module in arrows:
        if module not in number:
            visit(module)
    return circles


def test_analyses_import_no_other_analysis() -> None:
    wrong = []
    for module, path in MODULES.items():
        if not module.startswith("crm_analysis.analyses."):
            continue
        own = module.split(".")[2]
        for name in _imported(path):
            words = name.split(".")
            if words[:2] == ["crm_analysis", "analyses"] and words[
                2
            ] not in SHARED_ANALYSES | {own}:
                wrong.append(f"{module} imports {name}")
    assert not wrong, GUIDE


def test_only_ui_imports_streamlit() -> None:
    wrong = [
        module
        for module, path in MODULES.items()
        if _part(module) != "presentation.ui"
        and any(name.split(".")[0] == "streamlit" for name in _imported(path))
    ]
    assert not wrong, GUIDE


def test_no_module_reaches_for_what_another_has_for_itself() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in CODE
        for name in _imported(path)
        if name.startswith("crm_analysis.")
        and any(word.startswith("_") for word in name.split("."))
    ]
    assert not wrong, GUIDE


def test_starting_is_light() -> None:
    """What a page needs only when it computes is not loaded when the app starts."""
    heavy = (
        "sklearn",
        "statsmodels",
        "statsforecast",
        "mlxtend",
        "matplotlib",
        "scipy.stats",
    )
    program = (
        "import sys, crm_analysis.presentation.ui; "
        f"print(*(name for name in {heavy!r} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert not done.stdout.split(), (
        "import these inside the functions that need them"
    )


# Pages and modules


def test_every_page_is_one_entry_and_lies_one_folder_down() -> None:
    assert not list(SCRIPTS.glob("*.py")), (
        "a .py directly in pages/ breaks st.navigation on a deep link after a restart"
    )
    scripts = {
        (script.parent.name, script.stem) for script in SCRIPTS.glob("*/*.py")
    }
    assert {(page.section, page.word) for page in PAGES} == scripts
    for page in PAGES:
        assert {
            f"frame.section.{page.section}",
            page.title,
            page.question,
        } <= set(phrases())


def test_pages_arrange_and_do_not_compute() -> None:
    for page in SCRIPTS.rglob("*.py"):
        lines = page.read_text(encoding="utf-8").splitlines()
        assert len(lines) < 80, f"{page} is too long for a page"
        packages = {name.split(".")[0] for name in _imported(page)}
        assert packages <= {"__future__", "streamlit", "crm_analysis"}, page
        assert not any(
            name.startswith("crm_analysis.workspace") for name in _imported(page)
        ), page


def test_modules_hold_one_subject() -> None:
    """Statements are counted, not lines, so that nobody packs lines to stay small."""
    large = {}
    for path in CODE:
        statements = sum(isinstance(node, ast.stmt) for node in _nodes(path))
        if statements > 215:
            large[str(path.relative_to(ROOT))] = statements
    assert not large, f"split these; {GUIDE}"


def test_modules_are_named_for_what_they_hold() -> None:
    empty = {
        "util",
        "utils",
        "helper",
        "helpers",
        "common",
        "manager",
        "base",
        "misc",
    }
    wrong = [
        path
        for path in CODE
        if empty
        & set("_".join(path.relative_to(ROOT).with_suffix("").parts).split("_"))
    ]
    assert not wrong, GUIDE


def test_test_modules_hold_one_subject() -> None:
    long = {
        str(path.relative_to(ROOT)): len(lines)
        for path in (ROOT / "tests").rglob("*.py")
        if len(lines := path.read_text(encoding="utf-8").splitlines()) > 600
    }
    assert not long, f"split these by what they ask; {GUIDE}"


# Lines


def test_no_line_is_longer_than_100_columns_for_whatever_reason() -> None:
    """Ruff lets a line go on that ends in a remark to a tool."""
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*CODE, *(ROOT / "tests").rglob("*.py")]
        for number, line in enumerate(
            path.read_text(encoding="utf-8").splitlines(), 1
        )
        if len(line) > 100
    ]
    assert not wrong, GUIDE


def test_conditional_expressions_are_neither_chained_nor_statements() -> None:
    wrong = []
    for path in CODE:
        for node in _nodes(path):
            inner = node.value if isinstance(node, ast.Expr) else None
            if isinstance(inner, ast.IfExp):
                wrong.append(_place(path, node))
            if isinstance(node, ast.IfExp) and any(
                isinstance(part, ast.IfExp)
                for part in ast.walk(node)
                if part is not node
            ):
                wrong.append(_place(path, node))
    assert not wrong, GUIDE


def test_no_facts_are_hidden_in_the_attributes_of_a_frame() -> None:
    wrong = [
        _place(path, node)
        for path in CODE
        for node in _nodes(path)
        if isinstance(node, ast.Attribute) and node.attr == "attrs"
    ]
    assert not wrong, GUIDE


def test_no_language_is_told_apart_outside_wording() -> None:
    wrong = [
        _place(path, node)
        for path in CODE
        if path != PACKAGE / "wording.py"
        for node in _nodes(path)
        if isinstance(node, ast.Compare)
        and any(
            isinstance(side, ast.Constant) and side.value in LANGUAGES
            for side in (node.left, *node.comparators)
        )
    ]
    assert not wrong, GUIDE


def test_methods_are_entries_and_not_asked_for_by_type() -> None:
    wrong = [
        _place(path, node)
        for path in CODE
        for node in _nodes(path)
        if isinstance(node, ast.Call)
        and _name(node.func) == "isinstance"
        and ast.unparse(node.args[0]) == "options"
    ]
    assert not wrong, GUIDE


def test_bugs_rise() -> None:
    wrong = []
    for path in CODE:
        for node in _nodes(path):
            if isinstance(node, ast.ExceptHandler) and _swallows(node, path):
                wrong.append(_place(path, node))
    assert not wrong, GUIDE


def _swallows(handler: ast.ExceptHandler, path: Path) -> bool:
    """Whether a handler hides bugs: it catches them all, and does not raise them again."""
    if handler.type is None:
        return True
    caught = {
        name.id for name in ast.walk(handler.type) if isinstance(name, ast.Name)
    }
    if "Exception" in caught:
        return True
    if (
        "BaseException" not in caught or path.name == "jobs.py"
    ):  # which hands it to whoever asks
        return False
    last = handler.body[-1]
    return not (isinstance(last, ast.Raise) and last.exc is None)


# Phrases

_STYLES = re.compile(
    r"(number[0-2]?|percent1?|change|short|(?:money|measure)2?|(?:money|measure)_round|date"
    r"|month|list|quote|(?:list|either):[a-z_.]+|plural:[^|]*\|[^|]*|phrase:[a-z_.]+|)"
)
_WORDS = {key.split(".")[0] for key in phrases()}
_KEY = re.compile(r"[a-z_]+(\.[a-zA-Z0-9_]+)+\.?")
_FILES = {"csv", "xlsx", "json", "toml", "duckdb", "py", "zip", "txt"}
# The functions whose arguments are keys of phrases.
_SPEAKERS = {
    "Message",
    "say",
    "plain",
    "tell",
    "answer",
    "how",
    "progress",
    "AnalysisError",
}
_CHINESE = re.compile("[\u3400-\u9fff]")
_CHINESE_OR_ITS_MARKS = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_HALF_WIDTH_MARK = re.compile("[\u3400-\u9fff][,;:?!](?=[ \u3400-\u9fff]|$)")


def _placeholders(text: str) -> list[tuple[str, str]]:
    parsed = string.Formatter().parse(text)
    return [
        (field, style or "") for _, field, style, _ in parsed if field is not None
    ]


def _without_placeholders(text: str) -> str:
    return re.sub(r"\{.*?\}", "", text)


def test_every_phrase_is_there_in_both_languages_with_the_same_placeholders() -> (
    None
):
    for key, texts in phrases().items():
        assert set(texts) == set(LANGUAGES), key
        fields = [
            {field for field, _ in _placeholders(text)} for text in texts.values()
        ]
        assert fields[0] == fields[1], key
        for text in texts.values():
            assert text.strip(), key
            for field, style in _placeholders(text):
                assert field.isidentifier() and _STYLES.fullmatch(style), key


def test_each_language_is_written_in_its_own_script() -> None:
    for key, texts in phrases().items():
        english, chinese = texts["en"], _without_placeholders(texts["zh"])
        assert not _CHINESE.search(
            english.replace("中文", "").replace("语言", "")
        ), key
        is_code = not re.search(
            "[a-z]{2}", _without_placeholders(english)
        )  # USD is USD
        alike = is_code or english == texts["zh"]
        assert alike or _CHINESE_OR_ITS_MARKS.search(chinese), key
        assert not _HALF_WIDTH_MARK.search(chinese), (
            f"{key}: Chinese takes full-width marks"
        )


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Name):
        return called.id
    return called.attr if isinstance(called, ast.Attribute) else ""


@cache
def _keys_in(path: Path) -> tuple[tuple[int, str], ...]:
    """Each string of a file that looks like a phrase's key, with its line."""
    spoken = set()
    inside_templates = set()
    for node in _nodes(path):
        if isinstance(node, ast.Call):
            steps = [
                keyword.value for keyword in node.keywords if keyword.arg == "step"
            ]
            given = node.args if _name(node.func) in _SPEAKERS else []
            spoken |= {id(value) for value in (*given, *steps)}
        elif isinstance(node, ast.JoinedStr):
            inside_templates |= {id(part) for part in node.values}
    keys = []
    for node in _nodes(path):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) in inside_templates or not _KEY.fullmatch(node.value):
            continue
        words = node.value.rstrip(".").split(".")
        if id(node) in spoken or (words[0] in _WORDS and words[-1] not in _FILES):
            keys.append((node.lineno, node.value.rstrip(".")))
    return tuple(keys)


_ANYTHING = r"\S+"


@cache
def _templates_in(path: Path) -> tuple[tuple[int, str], ...]:
    """Each string of a file with parts to be filled in that may be a key, as a pattern."""
    templates = []
    for node in _nodes(path):
        if isinstance(node, ast.JoinedStr):
            parts = [_pattern(part) for part in node.values]
        elif isinstance(node, ast.Constant) and "{}" in str(node.value):
            parts = [_pattern(node)]
        else:
            continue
        words = re.sub(r"\\(.)", r"\1", "".join(parts).replace(_ANYTHING, "x"))
        if "." in words and re.fullmatch(r"[\w.\- ]+", words):
            templates.append((node.lineno, "".join(parts)))
    return tuple(templates)


def _pattern(part: ast.expr) -> str:
    if not isinstance(part, ast.Constant):
        return _ANYTHING
    return _ANYTHING.join(re.escape(text) for text in str(part.value).split("{}"))


def test_every_phrase_that_is_said_exists() -> None:
    silent = []
    keys = "\n".join(phrases())
    for path in CODE:
        for line, key in _keys_in(path):
            if key not in phrases() and not any(
                other.startswith(f"{key}.") for other in phrases()
            ):
                silent.append(f"{path.relative_to(ROOT)}:{line} says {key}")
        for line, template in _templates_in(path):
            begins_with_a_word = re.match(r"[a-z_]+", template)
            if not begins_with_a_word or begins_with_a_word[0] not in _WORDS:
                continue
            if not re.search(rf"^{template}(\.|$)", keys, re.MULTILINE):
                silent.append(f"{path.relative_to(ROOT)}:{line} says {template}")
    assert not silent


def test_every_phrase_is_said_somewhere() -> None:
    said = {key for path in CODE for _, key in _keys_in(path)}
    said |= {
        f"{page.word}.{part}" for page in PAGES for part in ("title", "question")
    }
    templates = {pattern for path in CODE for _, pattern in _templates_in(path)}
    for texts in phrases().values():
        for _, style in _placeholders(texts["en"]):
            kind, _, word = style.partition(":")
            if kind in ("phrase", "list", "either") and word:
                templates.add(re.escape(word) + r"\..+")
    # A template says something only by the words that stand in it.
    telling = [pattern for pattern in templates if re.search(r"[a-z]{3}", pattern)]
    matches = re.compile(
        "|".join(f"(?:{pattern})(?:\\..+)?" for pattern in telling)
    )
    prefixes = tuple(f"{key}." for key in said)
    unsaid = [
        key
        for key in phrases()
        if key not in said
        and not key.startswith(prefixes)
        and not matches.fullmatch(key)
    ]
    assert not unsaid, "say these, or take them out"


def test_every_error_has_its_sentence_and_all_its_details() -> None:
    wrong = []
    for path in CODE:
        for node in _nodes(path):
            if (
                not isinstance(node, ast.Call)
                or _name(node.func) != "AnalysisError"
            ):
                continue
            key = node.args[0]
            if not isinstance(key, ast.Constant):
                continue
            given = {keyword.arg for keyword in node.keywords}
            needed = {
                field for field, _ in _placeholders(phrases()[key.value]["en"])
            }
            if None not in given and not needed <= given:
                wrong.append(_place(path, node))
    assert not wrong
