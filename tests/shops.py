"""Workspaces with files of the sample shop, for the tests of one page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from crm_analysis import intake
from crm_analysis.wording import LANGUAGES
from crm_analysis.workspace import close_workspaces, new_workspace


@contextmanager
def shops(tmp_path_factory: pytest.TempPathFactory, file: int) -> Iterator[dict[str, str]]:
    """A home of workspaces; in it for each language one that holds a single file of the sample shop, by its place among them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("home")))
        made = {}
        for language in LANGUAGES:
            shop = new_workspace("shop")
            name, path = intake.sample_files(language)[file]
            intake.take_in(shop, [shop.keep_file(path, name)])
            made[language] = shop.id
        yield made
        close_workspaces()
