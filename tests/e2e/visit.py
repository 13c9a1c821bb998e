"""One person in front of the app.

A page of a real browser, what is done with it, and all that goes wrong behind it.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Download,
    Locator,
    Page,
    TimeoutError,
    expect,
)

from crm_analysis.wording import say
from tests.e2e.wire import COUNT_MESSAGES, Wire

expect.set_options(timeout=60_000)

PATIENCE = 120.0
WORKING = "overview.week.working"  # what goes on behind the first page
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
_PHONE = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Mobile Safari/537.36"
)
_HERE = re.compile(
    r"^(?:(?:https?|wss?)://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:/|$)|data:|blob:|about:)"
)
_ELSEWHERE = re.compile(rf"^(?!{_HERE.pattern[1:]})")
# On a deep link Streamlit first asks beside the page, then at the root.
_NORMAL_404 = re.compile(r"/[^/?]+/_stcore/(health|host-config)(\?|$)")
# Faults of Streamlit 1.67 itself, seen with no code of ours: the rule, and the element it is about.
_NOT_OURS = (
    ("list", "stSidebarNav"),
    ("listitem", "stSidebarNav"),
    ("color-contrast", "stSegmentedControl|stButtonGroup|segmented_control"),
    # One theme colour fills buttons under white text and writes this on the dark page: no colour
    # does both.
    ("color-contrast", "stSliderThumbValue"),
    ("svg-img-alt", "stMetricChart|vega|marks|canvas|svg"),
    ("heading-order", ""),
    # It names a table by its number of rows, so that two of as many bear the same name.
    ("landmark-unique", "stDataFrameResizable"),
    ("presentation-role-conflict", "stFileUploaderDropzone"),
)

# Asked once the wire tells of the end of a run, on a busy machine long before it is drawn.
_STANDS = """async received => {
    const look = () => {
        const app = document.querySelector('[data-testid=stApp]');
        const running = app?.dataset.testScriptState !== 'notRunning';
        const waiting = '[data-stale=true], [data-testid=stSkeleton], [data-testid=stAppSkeleton]';
        if (running || document.querySelector(waiting)) return null;
        const said = app.querySelector('[data-testid=stMain]')?.innerText.trim();
        return said ? app.innerText : null;
    };
    if ((window.messagesReceived ?? 0) < received) return false;
    const first = look();
    if (first === null) return false;
    await new Promise(done => setTimeout(done, 60));
    return look() === first;
}"""


class Visit:
    """A browser page on the app.

    `open`, then act through `page` or the verbs here; `doing()` waits for the run that an act
    causes, `settled()` for quiet, `finished()` also for work in the background. `faults` collects
    what a person would not see: requests to the outside, errors of the page, answers that are
    errors, exceptions drawn on the page; a test with faults fails.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        workspace: str | None = None,
        language: str = "en",
        dark: bool = False,
        narrow: bool = False,
        width: int | None = None,
        reader: str = "analyst",
    ) -> None:
        self.url, self.workspace, self.language = url, workspace, language
        self.reader = reader
        self.faults: list[str] = []
        self.context: BrowserContext = browser.new_context(
            locale={"en": "en-GB", "zh": "zh-CN"}[language],
            timezone_id="Europe/London",
            reduced_motion="reduce",
            color_scheme="dark" if dark else "light",
            user_agent=_PHONE if narrow else None,
            viewport={
                **(NARROW if narrow else WIDE),
                **({"width": width} if width else {}),
            },
            accept_downloads=True,
        )
        self.context.route(_ELSEWHERE, lambda route: route.abort())
        self.context.on(
            "request",
            lambda request: (
                None
                if _HERE.match(request.url)
                else self._fault("request to the outside", request.url)
            ),
        )
        self.context.on(
            "response",
            lambda answer: (
                self._fault(f"HTTP {answer.status}", answer.url)
                if answer.status >= 400 and not _NORMAL_404.search(answer.url)
                else None
            ),
        )
        self.context.on(
            "weberror",
            lambda problem: self._fault("page error", str(problem.error)),
        )
        self.context.set_default_timeout(60_000)
        self.context.add_init_script(COUNT_MESSAGES)
        self._open_page()

    def _open_page(self) -> None:
        self.page: Page = self.context.new_page()
        self.wire = Wire(self.page)
        self.page.on(
            "console",
            lambda said: (
                self._fault("console", said.text)
                if said.type == "error"
                and "Failed to load resource" not in said.text
                else None
            ),
        )
        self.page.on(
            "websocket",
            lambda line: (
                None
                if _HERE.match(line.url)
                else self._fault("request to the outside", line.url)
            ),
        )

    def _fault(self, kind: str, what: str) -> None:
        self.faults.append(f"{kind}: {what}")

    def forgive(self, pattern: str, *, sure: bool = True) -> None:
        """Take out of `faults` what a test has caused on purpose.

        There must be some, unless it is a matter of time (`sure` False).
        """
        kept = [fault for fault in self.faults if not re.search(pattern, fault)]
        assert not sure or len(kept) < len(self.faults), (
            f"no fault like {pattern!r} in {self.faults}"
        )
        self.faults = kept

    def close(self) -> None:
        """Close the browser's window."""
        self.context.close()

    # Going and waiting

    def open(self, path: str = "", **parameters: str) -> Visit:
        """Go to a page by its address.

        "segments?…" is built from `parameters`, in this visit's workspace, and wait until it
        stands.
        """
        given = {
            **({"w": self.workspace} if self.workspace else {}),
            "reader": self.reader,
            **parameters,
        }
        self.wire.expect_run()
        self.page.goto(
            f"{self.url}/{path.lstrip('/')}"
            + (f"?{urlencode(given)}" if given else "")
        )
        return self.settled()

    def again(self) -> Visit:
        """Press F5."""
        self.wire.expect_run()
        self.page.reload()
        return self.settled()

    def new_tab(self) -> Visit:
        """Go on in a new tab of the same browser."""
        self._open_page()
        return self

    def settled(self, patience: float = PATIENCE) -> Visit:
        """Wait until the last run asked for has ended and is drawn."""
        self._until(
            lambda: self.wire.settled and self._drawn(),
            patience,
            "the page did not come to rest",
        )
        self._look_for_exceptions()
        return self

    def finished(
        self, patience: float = 5 * PATIENCE, *, aside: str | None = None
    ) -> Visit:
        """Wait until work in the background, which a progress bar shows, is done too.

        Work shown within the container of the key `aside` is not waited for.
        """
        bars = "[data-testid=stProgress], [data-testid=stSpinner]"
        if aside is not None:
            outside = f":not(.st-key-{_class_of(aside)} *)"
            bars = ", ".join(f"{bar}{outside}" for bar in bars.split(", "))
        self._until(
            lambda: (
                self.wire.settled
                and self._drawn()
                and not self.page.locator(bars).count()
            ),
            patience,
            "the work did not come to its end",
        )
        self._look_for_exceptions()
        return self

    @contextmanager
    def doing(self, patience: float = PATIENCE) -> Iterator[None]:
        """Do something that makes the script run, and wait for that run."""
        before = self.wire.asked
        yield
        self._until(
            lambda: self.wire.asked > before,
            PATIENCE,
            "nothing was asked of the app",
        )
        self.settled(patience)

    def _until(
        self, holds: Callable[[], bool], patience: float, complaint: str
    ) -> None:
        deadline = time.monotonic() + patience
        pause = 25.0
        while not holds():
            if time.monotonic() > deadline:
                wire = self.wire
                raise AssertionError(
                    f"{complaint} in {patience:.0f} s (asked {wire.asked}, began {wire.began}, "
                    f"ended {wire.ended}); faults: {self.faults}"
                )
            self.page.wait_for_timeout(pause)
            pause = min(1.2 * pause, 250.0)  # looking costs the machine time, too

    def _drawn(self) -> bool:
        # What the wire has carried has reached the app, no run goes on there, nothing on it is
        # from an older run, no picture is still on its way, and what stands on it stays.
        return self.page.evaluate(_STANDS, self.wire.received)

    def _look_for_exceptions(self) -> None:
        for drawn in self.page.get_by_test_id("stException").all_inner_texts():
            self._fault("exception", drawn[:500])

    # Finding

    def keyed(self, key: str) -> Locator:
        """The widget or container that was given that key (in code: dots and spaces too)."""
        return self.page.locator(f".st-key-{_class_of(key)}")

    @property
    def main(self) -> Locator:
        """The page without the side bar."""
        return self.page.get_by_test_id("stMain")

    def text(self) -> str:
        """All that stands on the page beside the side bar."""
        return self.main.inner_text()

    @property
    def charts(self) -> Locator:
        """The charts of the page."""
        return self.page.get_by_test_id("stPlotlyChart")

    def metric(self, key: str) -> Locator:
        """The figure under the label that is this phrase."""
        return (
            self.page.get_by_test_id("stMetric")
            .filter(has_text=say(key, self.language))
            .first.get_by_test_id("stMetricValue")
        )

    # What must come to stand on the page, in whatever time

    def says(self, *texts: str) -> Visit:
        """Wait for texts beside the side bar, wherever its lines break."""
        for text in texts:
            expect(self.main).to_contain_text(text, use_inner_text=True)
        return self

    def says_no(self, *texts: str) -> Visit:
        """Wait until texts are gone."""
        for text in texts:
            expect(self.main).not_to_contain_text(text, use_inner_text=True)
        return self

    def reads(self, text: str) -> Visit:
        """Wait until all that stands beside the side bar is this, as `text()` gave it."""
        expect(self.main).to_have_text(text, use_inner_text=True)
        return self

    def draws(self, key: str) -> Visit:
        """Wait for the chart with that key."""
        expect(self.keyed(key).locator(".main-svg").first).to_be_visible()
        return self

    # Doing

    def click(self, key: str) -> Visit:
        """Press the button with that key."""
        with self.doing():
            self.keyed(key).get_by_role("button").first.click()
        return self

    def go(self, name: str) -> Visit:
        """Follow a link of the menu, by what it says."""
        link = self.page.get_by_test_id("stSidebarNav").get_by_role(
            "link", name=name, exact=True
        )
        unfold = self.page.get_by_test_id("stExpandSidebarButton")
        link.or_(unfold).filter(visible=True).first.wait_for()
        if not link.is_visible():
            unfold.click()
        with self.doing():
            link.click()
        return self

    def tab(self, word: str, name: str) -> Visit:
        """Open a tab of the page of that word."""
        title = say(f"{word}.tab.{name}", self.language)
        head = self.page.get_by_role("tab", name=title, exact=True)
        if head.get_attribute("aria-selected") != "true":
            with self.doing():
                head.dispatch_event(
                    "click"
                )  # on a phone it may lie beside what is seen
        return self.finished()

    def choose(self, key: str, option: str) -> Visit:
        """Choose one option of a select box (or add one to a multiselect), by what it says."""
        with self.doing():
            self._offered(key, option).click()
        return self

    def _offered(self, key: str, option: str) -> Locator:
        """The option of an opened list.

        Typing opens it too: a list closes when the page scrolls, and long ones draw only a part.
        """
        field = self.keyed(key).get_by_role("combobox")
        field.scroll_into_view_if_needed()
        field.click()
        offered = self.page.get_by_role("option", name=option, exact=True)
        try:
            offered.wait_for(timeout=1500)
        except TimeoutError:
            field.fill(option)
        return offered

    def pick(self, key: str, label: str) -> Visit:
        """Choose in a segmented control, pills or radio buttons."""
        with self.doing():
            self.keyed(key).get_by_text(label, exact=True).click()
        return self

    def toggle(self, key: str) -> Visit:
        """Turn a switch or a check box."""
        with self.doing():
            self.keyed(key).locator("label").first.click()
        return self

    def enter(self, key: str, value: str) -> Visit:
        """Type into a text or number field."""
        with self.doing():
            field = self.keyed(key).locator("input").first
            field.fill(value)
            field.press("Enter")
        return self

    def press_slider(self, key: str, *presses: str) -> Visit:
        """Move a slider by the keyboard: "ArrowRight", "ArrowLeft", "Home", "End"."""
        for press in presses:
            with self.doing():
                self.keyed(key).get_by_role("slider").first.press(press)
        return self

    def upload(
        self, *files: str | Path | dict[str, Any], within: str | None = None
    ) -> Visit:
        """Give files (paths, or name, mimeType and buffer) to the file uploader.

        And wait until they are read.
        """
        place = self.keyed(within) if within else self.page
        given: Any = [
            str(file) if isinstance(file, str | Path) else file for file in files
        ]
        with self.doing():
            place.get_by_test_id(
                "stFileUploaderDropzoneInput"
            ).first.set_input_files(given)
        return self.finished()

    def download(self, key: str) -> Download:
        """Press a download button and wait for the file."""
        with self.page.expect_download() as waiting:
            self.keyed(key).get_by_role("button").first.click()
        return waiting.value

    def sample(self) -> Visit:
        """Load the sample shop; what there is to do this week is not waited for."""
        return self.click("intake.sample").finished(aside=WORKING)

    # Looking

    def shot(self, path: str | Path) -> Path:
        """A picture of the whole page: the window is made as high as what is in it."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size or WIDE
        self._charts_stand()
        for _ in range(2):  # a wider or higher window may draw more
            height = self.page.evaluate(
                "() => document.querySelector('[data-testid=stMain]')?.scrollHeight || 0"
            )
            self.page.set_viewport_size(
                {
                    "width": size["width"],
                    "height": max(size["height"], min(12_000, height)),
                }
            )
            self.page.wait_for_timeout(300)
        self._charts_stand()
        self.page.screenshot(path=path)
        self.page.set_viewport_size(size)
        return path

    def _charts_stand(self) -> None:
        for chart in self.charts.all():
            if chart.is_visible():
                chart.locator(".main-svg").first.wait_for()

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window, once its charts stand."""
        self._charts_stand()
        return self.page.evaluate(
            "() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth)"
        )

    def accessibility(self) -> list[str]:
        """What axe finds wrong on the page (WCAG 2 A and AA), beside what is Streamlit's own."""
        self._charts_stand()
        result = Axe().run(
            self.page,
            options={
                "resultTypes": ["violations"],
                "runOnly": [
                    "wcag2a",
                    "wcag2aa",
                    "wcag21a",
                    "wcag21aa",
                    "best-practice",
                ],
            },
        )
        return [
            f"{violation['id']}: {violation['help']} at {node['target']} {node['html'][:300]}"
            for violation in result.response["violations"]
            for node in violation["nodes"]
            if not _is_known(violation["id"], node, self.page)
        ]


def read(download: Download) -> pd.DataFrame:
    """A CSV file that was handed over, with the mark that tells Excel its encoding."""
    content = download.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return pd.read_csv(
        io.BytesIO(content), encoding="utf-8-sig", dtype={"customer": str}
    )


def _is_known(rule: str, node: dict[str, Any], page: Page) -> bool:
    """Whether a fault is one of Streamlit's own: by rule and by what encloses the element."""
    about: Sequence[str] = [
        pattern for known, pattern in _NOT_OURS if known == rule
    ]
    if not about:
        return False
    target = node["target"][-1]
    around = page.evaluate(
        "(selector) => { let all = '';"
        " for (let e = document.querySelector(selector); e; e = e.parentElement)"
        " all += ' ' + (e.dataset.testid || '') + ' ' + e.getAttribute('class');"
        " return all }",
        target if isinstance(target, str) else target[-1],
    )
    return any(re.search(pattern, f"{around} {node['html']}") for pattern in about)


def _class_of(key: str) -> str:
    """What Streamlit makes of a widget's key in the page."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", key)
