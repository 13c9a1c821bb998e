"""The doors of the package: what `import crm_analysis` offers, and what `help` says of it."""

from __future__ import annotations

import inspect
import pydoc
import re
import subprocess
import sys

import pytest

import crm_analysis as crm

NAMES = sorted(
    name for name in dir(crm) if not name.startswith("_") and name in crm._HOMES
)
VERBS = [name for name in NAMES if inspect.isfunction(getattr(crm, name))]


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    assert len(NAMES) > 100
    for name in NAMES:
        assert inspect.getdoc(getattr(crm, name)), name


def test_the_map_names_every_verb() -> None:
    missing = [
        name for name in VERBS if not re.search(rf"\b{name}\b", crm.__doc__ or "")
    ]
    assert not missing


def test_help_fits_on_two_screens() -> None:
    assert len(pydoc.plain(pydoc.render_doc(crm)).splitlines()) <= 100


def test_a_name_that_is_not_there_is_said() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'segmnet'"):
        crm.segmnet  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = "import sys, crm_analysis; print('pandas' in sys.modules, 'sklearn' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "False"]


_SECTION = re.compile(r"^(\w[\w ]*)\n-+$", re.MULTILINE)


def test_every_verb_is_documented_in_numpy_form() -> None:
    """Parameters where there are any, what comes back, an example or where the method is from."""
    wrong = []
    for name in VERBS:
        verb = getattr(crm, name)
        sections = set(_SECTION.findall(inspect.getdoc(verb) or ""))
        needed = {"Returns"}
        if inspect.signature(verb).parameters:
            needed.add("Parameters")
        if not needed <= sections or not sections & {
            "Examples",
            "References",
            "See Also",
        }:
            wrong.append(f"{name}: {sorted(sections)}")
    assert not wrong
