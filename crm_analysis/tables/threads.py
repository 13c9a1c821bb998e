"""One thread for sums: their order is the same in every run, and small ones need no more."""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_LOOKING = threading.Lock()
# The libraries that were last looked for, under the number of modules imported at that time.
_libraries: dict[int, ThreadpoolController] = {}


def one_thread() -> AbstractContextManager[object]:
    """Within it the libraries that calculate take one thread.

    They are looked for again only where modules were imported since: going through all that this
    process has loaded takes as long as a small fit.

    >>> with one_thread():
    ...     print(sum([1, 2]))
    3
    """
    from threadpoolctl import ThreadpoolController

    with _LOOKING:
        imported = len(sys.modules)
        if imported not in _libraries:
            _libraries.clear()
            _libraries[imported] = ThreadpoolController()
        limits: AbstractContextManager[object] = _libraries[imported].limit(
            limits=1
        )
    return limits
