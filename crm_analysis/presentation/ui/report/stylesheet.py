"""The one style sheet: on a projector all letters grow with the screen, and nothing scrolls.

Streamlit sizes text in rem and no size of screen changes that, so the root grows. Charts are in
pixels: they are drawn as for a screen of 1280 by 720 and magnified on larger ones. Streamlit makes
a chart as large as its frame is after magnifying, so the frame is smaller by that much once more.
"""

HEIGHT = 430  # of a chart, in pixels of a screen of 1280 by 720
_DRAWN_FOR = 1280
_SCREENS = (1440, 1600, 1920, 2560, 3200, 3840)


def _magnified(screen: int) -> str:
    """The rules for charts on screens from this width on."""
    scale = screen / _DRAWN_FOR
    return f"""
@media (min-width: {screen}px) {{
  .st-key-present-picture {{ transform: scale({scale:.3f}); transform-origin: 0 0;
    width: {100 / scale**2:.3f}% !important }}
  .st-key-present-picture [data-testid=stPlotlyChart] {{
    height: {HEIGHT / scale:.2f}px !important }} }}"""


STYLE = """<style>
html { font-size: max(27.5px, 2.15vw) !important }
[data-testid=stHeader], [data-testid=stSidebar], [data-testid=stExpandSidebarButton],
[data-testid=stToolbar] { display: none !important }
[data-testid=stMain] { overflow: hidden }
[data-testid=stMainBlockContainer] {
  padding: 3vh 4vw 0 !important; max-width: none; height: 100vh; overflow: hidden }
[data-testid=stMetricLabel] * { white-space: normal; overflow: visible }
.st-key-present-slide { height: 86vh; min-height: 86vh !important; overflow: hidden }
.st-key-present-picture, .st-key-present-picture * { overflow: visible !important }
.st-key-present-question { padding-top: 26vh }
[class*=st-key-present-answer-] { padding-bottom: .4rem }
.st-key-present-answer-large h2 { font-size: 1.6rem; padding: 0 }
.st-key-present-answer-medium h2 { font-size: 1.25rem; padding: 0 }
.st-key-present-answer-small h2 { font-size: 1rem; padding: 0 }
.st-key-present-foot { position: fixed; bottom: 1vh; left: 4vw; width: 92vw !important }
.st-key-present-back_page, .st-key-present-forward_page, .st-key-present-forward_space {
  position: absolute; opacity: 0; pointer-events: none; width: 1px; overflow: hidden }
"""
STYLE += "".join(map(_magnified, _SCREENS)) + "</style>"
