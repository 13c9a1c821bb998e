"""What the tests share: where the real files are."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files that CRM_TEST_DATA names; tests that need it are skipped without it."""
    folder = os.environ.get("CRM_TEST_DATA")
    if not folder:
        pytest.skip("CRM_TEST_DATA does not name a folder of real files")
    return Path(folder)
