"""Takes the pictures in the README: the sample shop as the app shows it now.

`make screenshot`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.e2e.look import started
from tests.e2e.visit import Visit

FOLDER = Path(__file__).parent
SIZES = {
    "week": {"width": 1360, "height": 900},
    "screenshot": {"width": 1360, "height": 900},
    "slide": {"width": 1280, "height": 720},
}


def main() -> None:
    """Start the app with the sample shop: the first screen, Segments, and a slide."""
    with started() as (browser, server):
        visit = Visit(
            browser,
            server.url,
            workspace=server.new_workspace(),
            reader="manager",
        )
        visit.page.set_viewport_size(SIZES["week"])
        visit.open().sample().finished()
        visit.click("intake.put_away").finished()
        _take(visit, "week")
        visit.go("Segments").finished()
        _take(visit, "screenshot")
        visit.go("Report").finished().toggle("report.take.Segments").finished()
        visit.page.set_viewport_size(SIZES["slide"])
        visit.open(present="1", w=visit.workspace or "")
        for key in ("ArrowRight", "Space"):
            with visit.doing():
                visit.page.keyboard.press(key)
        _take(visit, "slide")
        assert not visit.faults, visit.faults


def _take(visit: Visit, name: str) -> None:
    """A picture of what is in view, once all charts in it are drawn."""
    for chart in visit.page.get_by_test_id("stPlotlyChart").all():
        if chart.is_visible():
            chart.locator(".main-svg").first.wait_for()
    visit.page.mouse.move(0, 0)
    visit.page.wait_for_timeout(500)
    path = FOLDER / f"{name}.png"
    visit.page.screenshot(path=path)
    print(path)


if __name__ == "__main__":
    main()
