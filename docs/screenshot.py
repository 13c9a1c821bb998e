"""Takes the picture in the README: the segments of the sample shop, as the app shows them now.

`make screenshot`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.e2e.look import started
from tests.e2e.visit import Visit

PICTURE = Path(__file__).parent / "screenshot.png"
SIZE = {"width": 1360, "height": 1340}


def main() -> None:
    """Start the app with the sample shop, open Segments, take the first screenful."""
    with started() as (browser, server):
        visit = Visit(browser, server.url, workspace=server.new_workspace())
        visit.page.set_viewport_size(SIZE)
        visit.open().sample().go("Segments").finished()
        for chart in visit.page.get_by_test_id("stPlotlyChart").all():
            if chart.is_visible():
                chart.locator(".main-svg").first.wait_for()
        visit.page.mouse.move(0, 0)
        visit.page.wait_for_timeout(500)
        visit.page.screenshot(path=PICTURE)
        assert not visit.faults, visit.faults
    print(PICTURE)


if __name__ == "__main__":
    main()
