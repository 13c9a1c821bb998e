"""The plan of the house, held by reading the code: which way the arrows run, what lies where, and that every text is there twice."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from crm_analysis.presentation.pages import PAGES
from crm_analysis.wording import LANGUAGES, phrases

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crm_analysis"
SCRIPTS = ROOT / "pages"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
CODE = [*MODULES.values(), *sorted(SCRIPTS.rglob("*.py")), ROOT / "app.py"]

_GROUND = {"options", "errors", "messages", "wording"}
# What each part may import besides itself; a part is a name in crm_analysis, or two where it has to be told apart.
MAY_IMPORT = {
    "options": set(),
    "wording": set(),
    "errors": {"wording"},
    "messages": {"wording"},
    "jobs": _GROUND,
    "privacy": _GROUND,
    "private_folder": set(),
    "screen": set(),
    "cli": {"screen"},
    "__main__": {"cli"},
    "engine": _GROUND | {"jobs", "private_folder"},
    "tables": _GROUND | {"jobs", "privacy", "engine"},
    "workspace": _GROUND | {"jobs", "privacy", "engine", "tables"},
    "intake": _GROUND | {"jobs", "engine", "tables", "workspace", "screen"},
    "analyses": {"options", "errors", "messages", "jobs", "engine", "tables"},
    "presentation": _GROUND | {"jobs", "privacy", "engine", "tables", "analyses", "screen"},
    "presentation.ui": _GROUND
    | {"jobs", "privacy", "engine", "tables", "analyses", "presentation", "workspace", "intake"},
    "": _GROUND | {"jobs", "privacy", "engine", "tables", "analyses", "workspace"},
}
SHARED_ANALYSES = {"customers", "explain", "inference"}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(path: Path) -> Iterator[str]:
    """Every module (or name in one) that a file imports, in full, wherever in the file that stands."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by dots; say the module's name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(name: str) -> str:
    """The module a full name lies in: `crm_analysis.errors.AnalysisError` lies in `crm_analysis.errors`."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def _part(module: str) -> str:
    """The part of the house a module belongs to."""
    words = module.split(".")[1:]
    return "presentation.ui" if words[:2] == ["presentation", "ui"] else words[0] if words else ""


def test_the_rules_know_every_part():
    assert {_part(module) for module in MODULES} <= set(MAY_IMPORT)


@pytest.mark.parametrize("module", MODULES)
def test_arrows_run_one_way(module):
    part = _part(module)
    for name in _imports(MODULES[module]):
        if name.split(".")[0] == "crm_analysis":
            other = _part(_module(name))
            assert other == part or other in MAY_IMPORT[part], f"{module} may not import {name}"


def test_analyses_import_no_other_analysis():
    for module, path in MODULES.items():
        words = module.split(".")
        if words[1:2] == ["analyses"] and len(words) > 2:
            for name in _imports(path):
                other = name.split(".")
                if other[:2] == ["crm_analysis", "analyses"]:
                    assert other[2] == words[2] or other[2] in SHARED_ANALYSES, (
                        f"{module} imports {name}"
                    )


def test_only_ui_imports_streamlit():
    guilty = [
        module
        for module, path in MODULES.items()
        if _part(module) != "presentation.ui"
        and any(name.split(".")[0] == "streamlit" for name in _imports(path))
    ]
    assert not guilty


def test_no_module_reaches_for_what_another_keeps_to_itself():
    guilty = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in CODE
        for name in _imports(path)
        if name.startswith("crm_analysis.")
        and any(word.startswith("_") for word in name.split("."))
    ]
    assert not guilty


def test_pages_lie_one_folder_down_and_the_menu_lists_them_all():
    assert not list(SCRIPTS.glob("*.py")), (
        "a .py directly in pages/ breaks st.navigation on a deep link after a restart"
    )
    scripts = {(script.parent.name, script.stem) for script in SCRIPTS.glob("*/*.py")}
    assert {(page.section, page.word) for page in PAGES} == scripts
    for page in PAGES:
        needed = {f"frame.section.{page.section}", page.title, page.question}
        assert needed <= set(phrases())


def test_pages_arrange_and_do_not_compute():
    for page in SCRIPTS.rglob("*.py"):
        assert len(page.read_text(encoding="utf-8").splitlines()) < 80, (
            f"{page} is too long for a page"
        )
        strangers = {name.split(".")[0] for name in _imports(page)} - {
            "__future__",
            "streamlit",
            "crm_analysis",
        }
        assert not strangers, f"{page} imports {strangers}"
        assert not any(name.startswith("crm_analysis.workspace") for name in _imports(page)), (
            f"{page} reaches for the workspace"
        )


def test_modules_hold_one_subject():
    """Statements are counted, not lines, so that nobody packs lines to stay small."""
    large = {}
    for path in CODE:
        statements = sum(isinstance(node, ast.stmt) for node in ast.walk(_tree(path)))
        if statements > 215:
            large[str(path.relative_to(ROOT))] = statements
    assert not large, "split these, each into a folder with the public verb in its __init__.py"


def test_modules_are_named_for_what_they_hold():
    empty_words = {"util", "utils", "helper", "helpers", "common", "manager", "base", "misc"}
    guilty = [
        path
        for path in CODE
        if empty_words & set("_".join(path.relative_to(ROOT).with_suffix("").parts).split("_"))
    ]
    assert not guilty


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_bugs_rise(path):
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = (
                {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
                if node.type
                else {"everything"}
            )
            assert "Exception" not in caught and "everything" not in caught, (
                f"line {node.lineno} catches {caught}"
            )
            if (
                "BaseException" in caught and path.name != "jobs.py"
            ):  # which keeps it for whoever asks for the result
                assert isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None, (
                    f"line {node.lineno} swallows {caught}"
                )


def test_starting_is_light():
    """What a page needs only when it computes is not loaded when the app starts."""
    program = "import sys, crm_analysis.presentation.ui; print(*(name for name in ('sklearn', 'statsmodels', 'statsforecast', 'mlxtend', 'matplotlib', 'scipy.stats') if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert not done.stdout.split(), "import these inside the functions that need them"


# Phrases

_STYLES = re.compile(
    r"(number[0-2]?|percent1?|short|date|month|list|quote|(?:list|either):[a-z_.]+|plural:[^|]*\|[^|]*|phrase:[a-z_.]+|)"
)


def _placeholders(text: str) -> list[tuple[str, str]]:
    return [
        (field, spec or "")
        for _, field, spec, _ in string.Formatter().parse(text)
        if field is not None
    ]


@pytest.mark.parametrize("word", sorted({key.split(".")[0] for key in phrases()}))
def test_every_phrase_is_there_in_both_languages_with_the_same_placeholders(word):
    for key in (key for key in phrases() if key.split(".")[0] == word):
        _check_phrase(key, phrases()[key])


def _check_phrase(key: str, texts: Mapping[str, str]) -> None:
    assert set(texts) == set(LANGUAGES), key
    fields = {
        language: {field for field, _ in _placeholders(text)} for language, text in texts.items()
    }
    assert fields["en"] == fields["zh"], key
    for text in texts.values():
        assert text.strip(), f"{key}: an empty text"
        assert all(
            field.isidentifier() and _STYLES.fullmatch(spec) for field, spec in _placeholders(text)
        ), key
    assert not re.search("[\u3400-\u9fff]", texts["en"].replace("中文", "").replace("语言", "")), (
        key
    )
    words = re.sub(r"\{.*?\}", "", texts["zh"])
    codes = not re.search("[a-z]{2}", re.sub(r"\{.*?\}", "", texts["en"]))  # USD is USD
    chinese = re.search("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]", words)
    assert codes or texts["en"] == texts["zh"] or chinese, (
        f"{key}: the Chinese text has no Chinese in it"
    )
    assert not re.search("[\u3400-\u9fff][,;:?!](?=[ \u3400-\u9fff]|$)", words), (
        f"{key}: Chinese takes full-width punctuation"
    )


_WORDS = {key.split(".")[0] for key in phrases()}
_KEY = re.compile(r"[a-z_]+(\.[a-zA-Z0-9_]+)+")
_FILES = {"csv", "xlsx", "json", "toml", "duckdb", "py", "zip", "txt"}


_SPEAKERS = {
    "Message",
    "say",
    "plain",
    "tell",
    "answer",
    "how",
    "progress",
    "hear",
    "AnalysisError",
}


def _name(called: ast.expr) -> str:
    return (
        called.id
        if isinstance(called, ast.Name)
        else called.attr
        if isinstance(called, ast.Attribute)
        else ""
    )


def _said(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Each string that looks like a phrase's key: line, key (a regular expression where parts are filled in), whether it is whole."""
    tree = _tree(path)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    spoken = {id(given) for call in calls if _name(call.func) in _SPEAKERS for given in call.args}
    spoken |= {
        id(keyword.value) for call in calls for keyword in call.keywords if keyword.arg == "step"
    }
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.JoinedStr)
            and node.values
            and isinstance(node.values[0], ast.Constant)
        ):
            parts = [
                re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.\- ]+"
                for part in node.values
            ]
            if (
                re.match(r"[a-z_]+\.", str(node.values[0].value))
                and str(node.values[0].value).split(".")[0] in _WORDS
            ):
                yield node.lineno, "".join(parts), False
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
            and _KEY.fullmatch(node.value)
        ):
            head, tail = node.value.split(".")[0], node.value.rpartition(".")[2]
            if id(node) in spoken or (head in _WORDS and tail not in _FILES):
                yield node.lineno, node.value, True


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_phrase_that_is_said_exists(path):
    for line, key, whole in _said(path):
        if whole:
            there = key in phrases() or any(other.startswith(f"{key}.") for other in phrases())
        else:
            there = any(re.match(f"{key}(\\.|$)", other) for other in phrases())
        assert there, f"line {line} says {key}"


def test_every_trouble_has_its_sentence():
    """`AnalysisError("word.key")` with a key that is written out is never without a phrase, and gives all its details."""
    for path in CODE:
        for node in ast.walk(_tree(path)):
            if (
                isinstance(node, ast.Call)
                and _name(node.func) == "AnalysisError"
                and isinstance(node.args[0], ast.Constant)
            ):
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert node.args[0].value in phrases(), where
                if all(keyword.arg for keyword in node.keywords):
                    needed = {
                        field for field, _ in _placeholders(phrases()[node.args[0].value]["en"])
                    }
                    assert needed <= {keyword.arg for keyword in node.keywords}, where
