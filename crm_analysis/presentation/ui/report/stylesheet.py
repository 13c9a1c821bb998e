"""The one style sheet: on a projector all letters grow with the screen, and nothing scrolls.

Streamlit sizes text in rem and no size of screen changes that, so the root grows. Charts are in
pixels, and the app is not told how large the screen is: a chart is drawn for each of some widths,
and the style sheet shows the one that fits. (One that is magnified loses names: Plotly measures
texts as they are seen.)
"""

HEIGHT = 430  # of a chart, in pixels of a screen of 1280 by 720
SCREENS = (1280, 1600, 1920, 2560, 3840)  # widths that charts are drawn for
_PICTURE = ".st-key-present-picture-{}"


def scale_of(screen: int) -> float:
    """How much larger than on the smallest screen all is."""
    return screen / SCREENS[0]


def _shown_only_on(screen: int, larger: int | None) -> str:
    """The rule for charts drawn for a screen: on smaller and larger ones they are not there."""
    picture = _PICTURE.format(screen)
    others = [f"(max-width: {screen - 0.02}px)"] if screen > SCREENS[0] else []
    others += [f"(min-width: {larger}px)"] if larger else []
    return f"""
@media {", ".join(others)} {{
  {picture}, [data-testid=stLayoutWrapper]:has(> {picture}) {{ display: none !important }} }}"""


STYLE = """<style>
html { font-size: max(27.5px, 2.15vw) !important }
[data-testid=stHeader], [data-testid=stSidebar], [data-testid=stExpandSidebarButton],
[data-testid=stToolbar] { display: none !important }
[data-testid=stMain] { overflow: hidden }
[data-testid=stMainBlockContainer] {
  padding: 3vh 4vw 0 !important; max-width: none; height: 100vh; overflow: hidden }
[data-testid=stMetricLabel] * { white-space: normal; overflow: visible }
.st-key-present-slide { height: 86vh; min-height: 86vh !important; overflow: hidden }
.st-key-present-question { padding-top: 26vh }
[class*=st-key-present-answer-] { padding-bottom: .4rem }
.st-key-present-answer-large h2 { font-size: 1.6rem; padding: 0 }
.st-key-present-answer-medium h2 { font-size: 1.25rem; padding: 0 }
.st-key-present-answer-small h2 { font-size: 1rem; padding: 0 }
.st-key-present-foot { position: fixed; bottom: 1vh; left: 4vw; width: 92vw !important }
.st-key-present-back_page, .st-key-present-forward_page, .st-key-present-forward_space {
  position: absolute; opacity: 0; pointer-events: none; width: 1px; overflow: hidden }
"""
STYLE += "".join(map(_shown_only_on, SCREENS, (*SCREENS[1:], None))) + "</style>"
