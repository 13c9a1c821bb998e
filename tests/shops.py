"""Workspaces with the files of the sample shop.

They are read once in a run of tests, whichever process needs them first; each test gets a copy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest

from crm_analysis import intake
from crm_analysis.messages import Message
from crm_analysis.wording import LANGUAGES
from crm_analysis.workspace import (
    Workspace,
    close_workspaces,
    home,
    new_workspace,
    open_workspace,
)


@contextmanager
def shops(
    tmp_path_factory: pytest.TempPathFactory, file: int | None = None
) -> Iterator[dict[str, str]]:
    """A home of workspaces.

    In it for each language that is asked for one with the files of the sample shop, or with a
    single one of them, by its place among them.
    """

    def make(language: str) -> str:
        identifier, _ = stocked(tmp_path_factory, language)
        if file is not None:
            _leave_one(open_workspace(identifier), language, file)
        return identifier

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("home")))
        yield _Asked(make)
        close_workspaces()


class _Asked(dict[str, str]):
    """What is made of a language when it is asked for."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, language: str) -> str:
        assert language in LANGUAGES
        return self.setdefault(language, self._make(language))


def _leave_one(shop: Workspace, language: str, file: int) -> None:
    """Of the files of the sample shop one, by its place among them."""
    wanted = intake.sample_files(language)[file][0]
    for table in shop.tables():
        names = [kept.name for kept in intake.plan_of(shop, table.name).files]
        if names != [wanted]:
            shop.remove_table(table.name)
    for kept in shop.files():
        if kept.name != wanted:
            shop.delete_file(kept.sha256)
    assert (len(shop.tables()), len(shop.files())) == (1, 1)


@contextmanager
def workspaces_of(
    tmp_path_factory: pytest.TempPathFactory,
    tables: Mapping[str, Callable[[], pd.DataFrame]],
) -> Iterator[dict[str, Workspace]]:
    """A home of workspaces; in it for each of some tables one that has taken it in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("home")))
        made = {}
        for name, table in tables.items():
            made[name] = new_workspace(name)
            intake.take_in(
                made[name],
                [
                    made[name].keep_file(
                        table().to_csv(index=False).encode(), f"{name}.csv"
                    )
                ],
            )
        yield made
        close_workspaces()


def stocked(
    tmp_path_factory: pytest.TempPathFactory, language: str
) -> tuple[str, list[Message]]:
    """A new workspace in the present home with the files of the sample shop.

    As it is found when the app is started again, and what was said of them.
    """
    made = _made(tmp_path_factory, language)
    identifier = home.make("shop")
    copytree(made / "shop", home.existing(identifier), dirs_exist_ok=True)
    return identifier, [
        (key, details)
        for key, details in json.loads(
            (made / "remarks.json").read_text(encoding="utf-8")
        )
    ]


def _made(tmp_path_factory: pytest.TempPathFactory, language: str) -> Path:
    """The folder, common to all processes of this run of tests.

    Of a workspace that has taken in the sample shop.
    """
    own = tmp_path_factory.getbasetemp()
    made = (
        own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    ) / f"sample_shop_{language}"
    if not made.exists():
        draft = tmp_path_factory.mktemp("draft")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CRM_HOME", str(draft))
            shop = new_workspace("shop")
            remarks = intake.take_in(
                shop,
                [
                    shop.keep_file(path, name)
                    for name, path in intake.sample_files(language)
                ],
            )
            shop.close()
        (draft / "remarks.json").write_text(json.dumps(remarks), encoding="utf-8")
        shop.folder.rename(draft / "shop")
        with suppress(OSError):  # another process was quicker
            draft.rename(made)
    return made
