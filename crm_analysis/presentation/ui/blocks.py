"""What a page is laid out with: heading, answer, figures, charts, tables, downloads.

And at its end, how it was computed.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from crm_analysis import privacy, wording
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.presentation import axes, charts
from crm_analysis.presentation.pages import page_of
from crm_analysis.presentation.ui.currency import units_here
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.kinds import loaded, suits
from crm_analysis.presentation.ui.reader import is_analyst
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.session import (
    choice_text,
    language,
    plain,
    say,
    tell,
)
from crm_analysis.presentation.ui.stars import headed, unbroken
from crm_analysis.units import use_units
from crm_analysis.wording import Language, has, named_by, title_of, write_number

Choice = TypeVar("Choice", bound=str)

_SHOWN_ROWS = 10_000
_FIGURE_COLUMNS = {
    1: 1,
    2: 2,
    3: 3,
    5: 5,
    6: 3,
    9: 3,
}  # so that rows are full; 4 otherwise
_FIGURE_WIDTH = (
    150  # pixels: room for a label of two words and a number of seven digits
)
# Of three figures no two fit on a phone, where the third would be alone.
_FIGURE_WIDTHS = {3: 180}
_NUMBER_FORMATS = {
    "percent": "percent",
    "number1": "%.1f",
    "number2": "%.2f",
    "id": "%d",
}


def heading(word: str) -> Any:
    """The page's title and the question it answers; the line they stand on, to add to."""
    page = page_of(word)
    line = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    line.title(say(page.title), width="content")
    line.markdown(say(page.question), width="content")
    return line


def answer(key: str, **details: Any) -> None:
    """The sentence above a picture that says what it shows."""
    headed(f"#### {say(key, **details)}")


def switch(  # noqa: PLR0913
    label: str,
    choices: Sequence[Choice],
    texts: str,
    *,
    key: str,
    default: Choice | None = None,
    help: str | None = None,
    quiet: bool = False,
) -> Choice:
    """One of a few, side by side; what is chosen holds for the session.

    `label` and `help` are phrase keys, `texts` the template of the choices' ("baskets.view.{}").
    Without `default` the first is chosen at first; `quiet` shows no label.
    """
    return remembered(
        st.segmented_control,
        say(label),
        choices,
        default=choices[0] if default is None else default,
        format_func=choice_text(texts),
        key=key,
        help=say(help) if help else None,
        required=True,
        label_visibility="collapsed" if quiet else "visible",
    )


def card_grid(count: int, narrowest: int = 300) -> Any:
    """A grid for so many cards of at least so many pixels, none alone in the last row."""
    widths = (2,) if count in (2, 4) else (3, 4, 5)
    balanced = (width for width in widths if count % width != 1)
    return st.grid(next(balanced, widths[0]), min_column_width=narrowest)


def choose_kind(
    page: str,
    label: str,
    texts: str = "roles.kind.{}",
    default: str | None = None,
) -> str:
    """The kind of table that a page works with: the one loaded, or of several the one chosen.

    `label`, `texts` and `default` are as `switch` takes them; without `default` the first that has
    the columns the page needs is chosen at first. Raises AnalysisError("workspace.no_table") where
    none is loaded.
    """
    suitable = tuple(page_of(page).needs)
    kinds = [kind for kind in suitable if loaded(kind)]
    if not kinds:
        raise AnalysisError("workspace.no_table", kind=suitable[0])
    chosen = kinds[0]
    if len(kinds) > 1:
        key = widget_key(page, "source")
        default = default or next(
            (kind for kind in kinds if suits(page, kind)), None
        )
        chosen = switch(label, kinds, texts, key=key, default=default)
    use_units(units_here(chosen))
    return chosen


def guarded(draw: Callable[..., None], *given: Any) -> Callable[[], None]:
    """A tab that says what its reader can mend, and leaves the rest of the page as it is."""

    def safely() -> None:
        try:
            draw(*given)
        except AnalysisError as problem:
            tell(problem)

    return safely


def figures(items: Sequence[Mapping[str, Any]]) -> None:
    """Headline numbers side by side.

    Each has `label` (a phrase key) and `value`, and may have `style`, `delta`, `delta_style`,
    `delta_color`, `help` (with `help_details`) and `trend`. Those with `analyst` are for analysts.
    """
    items = [item for item in items if is_analyst() or not item.get("analyst")]
    if not items:
        return
    grid = st.grid(
        _FIGURE_COLUMNS.get(len(items), 4),
        min_column_width=_FIGURE_WIDTHS.get(len(items), _FIGURE_WIDTH),
    )
    for item in items:
        with grid:
            _figure(item)


def _figure(item: Mapping[str, Any]) -> None:
    value, change = item["value"], None
    if isinstance(value, str):
        text = privacy.escape_markdown(value)
    else:
        text = write_number(value, _style_of(item), language())
    if item.get("delta") is not None:
        change = write_number(
            item["delta"], item.get("delta_style", "percent"), language()
        )
    # A change that is written as zero is neither good nor bad, and has no direction.
    unchanged = change is not None and not any(
        digit in change for digit in "123456789"
    )
    if change is not None and unchanged:
        change = change.lstrip("-")
    st.metric(
        say(item["label"]),
        text,
        change,
        delta_color="off" if unchanged else item.get("delta_color", "normal"),
        delta_arrow="off" if unchanged else "auto",
        help=say(item["help"], **item.get("help_details", {}))
        if "help" in item
        else None,
        border=True,
        height="stretch",
        chart_data=item.get("trend"),
        chart_type="area",
    )


def _style_of(item: Mapping[str, Any]) -> str:
    """How a headline number is written: with the unit that its label names, if it names one."""
    style: str = item.get("style", "number")
    what = named_by(item["label"])
    if not what:
        return style
    return what if style in ("number", "short") else style


def titled_chart(
    word: str,
    title: str,
    figure: go.Figure,
    name: str,
    height: int = 360,
    **details: Any,
) -> None:
    """A picture under the sentence that it shows, which is also its text for who cannot see it.

    `word` is that of the page, `name` that of the picture on it.
    """
    st.markdown(f"##### {unbroken(say(title, **details))}")
    chart(
        figure,
        key=widget_key(word, name),
        alt=plain(title, **details),
        height=height,
    )


def chart(
    figure: go.Figure,
    *,
    alt: str,
    key: str,
    height: int = 440,
    select: Any = (),
) -> Any:
    """A Plotly figure in the reader's language and the page's theme; `alt` says what it shows.

    With `select` ("points", "box", "lasso") the answer holds the customdata of what was selected.
    """
    axes.worded(figure, language()).update_layout(height=height)
    shared: dict[str, Any] = {
        "key": key,
        "config": charts.config(language()),
        "alt": alt,
    }
    if not select:
        return st.plotly_chart(figure, **shared)
    st.plotly_chart(figure, on_select="rerun", selection_mode=select, **shared)
    return selected(key)


def selected(key: str) -> list[Any]:
    """The customdata of what is selected in the figure of that key, also before it is drawn."""
    event = st.session_state.get(key)
    points = event["selection"]["points"] if event else []
    return [_first(point.get("customdata")) for point in points]


def _first(custom: Any) -> Any:
    # Plotly hands customdata back as a list or, from typed arrays, as a dict keyed "0", "1" …
    if isinstance(custom, Mapping):
        return next(iter(custom.values()), None)
    return custom[0] if isinstance(custom, list | tuple) and custom else custom


def columns(
    word: str, frame: pd.DataFrame, styles: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Column titles and number formats for `show_table`.

    Titles are the phrases `<word>.column.<name>` or the names of roles. `styles` gives columns a
    format: "percent", "number1", "id", "month", "progress", "trend", "bars"; the rest follow their
    type.
    """
    styles = styles or {}
    return {
        name: _column(_title(name, word), styles.get(name), frame[name])
        for name in frame.columns
    }


def _title(name: Any, *words: str) -> str:
    """What a column is called: by the phrases of these words, else by its role or own name."""
    of_words = [f"{word}.column.{{}}" for word in words]
    return title_of(name, language(), *of_words, "roles.{}")


def titled(frame: pd.DataFrame, *words: str) -> pd.DataFrame:
    """A table for a file: its columns called as `show_table` calls them, units included.

    They are named now, for the file is written outside the session.
    """
    return frame.rename(
        columns={name: _title(name, *words) for name in frame.columns}
    )


def _column(title: str, style: str | None, values: pd.Series) -> Any:
    config = st.column_config
    if style == "progress":
        return config.ProgressColumn(
            title, format="percent", min_value=0.0, max_value=1.0
        )
    if style == "trend":
        return config.LineChartColumn(title)
    if style == "bars":
        return config.BarChartColumn(title)
    if pd.api.types.is_datetime64_any_dtype(values):
        return config.DateColumn(
            title, format="YYYY-MM" if style == "month" else "YYYY-MM-DD"
        )
    if pd.api.types.is_bool_dtype(values):
        return config.CheckboxColumn(title)
    if pd.api.types.is_numeric_dtype(values):
        return config.NumberColumn(
            title, format=_NUMBER_FORMATS.get(style or "", "localized")
        )
    return config.TextColumn(title)


def show_table(  # noqa: PLR0913
    word: str,
    frame: pd.DataFrame,
    *,
    key: str,
    styles: Mapping[str, str] | None = None,
    height: int | None = None,
    select: bool | Callable[[int | None], None] = False,
    alt: str | None = None,
) -> list[int]:
    """A table with titles in the reader's language; it says so where it shows only the first rows.

    The positions of the rows selected, where `select`; a function is called with the position as
    soon as one is selected, before the page is drawn again, and with None when it is let go.
    """
    shown = frame.head(_SHOWN_ROWS)
    if len(frame) > len(shown):
        st.caption(say("frame.first_rows", shown=len(shown), rows=len(frame)))
    shares = {
        name
        for name, style in (styles or {}).items()
        if style in ("percent", "progress")
    }
    figures = [name for name in _floats(shown) if name not in shares]
    written = shown.assign(**{name: shown[name].round(2) for name in figures})
    shared: dict[str, Any] = {
        "hide_index": True,
        "placeholder": "",
        "column_config": columns(word, shown, styles),
        "alt": alt or plain("frame.table_alt", rows=len(frame)),
    }
    if height:
        shared["height"] = height
    if not select:
        st.dataframe(written, key=key, **shared)
        return []
    key = key_of_rows(key, shown.iloc[:, :1])

    def tell_position() -> None:
        if callable(select):
            select(next(iter(st.session_state[key]["selection"]["rows"]), None))

    event = st.dataframe(
        written,
        key=key,
        on_select=tell_position if callable(select) else "rerun",
        selection_mode="single-row",
        **shared,
    )
    return list(event["selection"]["rows"])


def rounded(frame: pd.DataFrame, whole_from: float) -> pd.DataFrame:
    """A table for the eye; files keep every digit.

    Columns that reach `whole_from` lose their decimals, shares are given to a tenth of a percent,
    others to two digits.
    """
    return frame.assign(
        **{
            name: frame[name].round(_digits(frame[name], whole_from))
            for name in _floats(frame)
        }
    )


def _digits(column: pd.Series, whole_from: float) -> int:
    largest = float(column.abs().max()) if len(column) else 0.0
    if largest >= whole_from:
        return 0
    return 3 if largest < 1.001 else 2


def _floats(frame: pd.DataFrame) -> list[str]:
    return [
        name for name in frame.columns if pd.api.types.is_float_dtype(frame[name])
    ]


def key_of_rows(key: str, rows: pd.DataFrame) -> str:
    """The key of a table whose rows can be selected.

    Streamlit remembers a row's position, which among other rows is another row.
    """
    texts = pd.util.hash_pandas_object(rows.astype(str), index=False).to_numpy()
    return f"{key}.{hashlib.sha256(texts.tobytes()).hexdigest()[:12]}"


def downloads(
    name: str, frame: pd.DataFrame | Callable[[], pd.DataFrame], *, key: str
) -> None:
    """The whole table as CSV (with BOM) and as Excel, formula-safe, made only when asked for.

    The file is called by the reader's words for `name` (`files.<name>`) and the day.
    """
    title = file_title(name, language())

    def whole() -> pd.DataFrame:
        return frame() if callable(frame) else frame

    with st.container(horizontal=True):
        st.download_button(
            say("frame.download_csv"),
            data=lambda: privacy.to_csv(whole()),
            file_name=f"{title}.csv",
            mime="text/csv",
            key=f"{key}.csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            say("frame.download_excel"),
            data=lambda: privacy.to_excel({title: whole()}),
            file_name=f"{title}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key=f"{key}.xlsx",
            on_click="ignore",
            icon=":material/download:",
        )


def file_title(name: str, tongue: Language) -> str:
    """What a file is called: its name's first words as the language says them, and the day."""
    words = name.split("_")
    day = f"{datetime.date.today():%Y%m%d}"
    for count in range(len(words), 0, -1):
        key = f"files.{'_'.join(words[:count])}"
        if has(key):
            return "_".join([wording.say(key, tongue), *words[count:], day])
    return f"{name}_{day}"


def notes(items: Iterable[Message]) -> None:
    """Remarks of an analysis: what was left out, assumed or done on the way."""
    for key, details in items:
        st.caption("• " + say(key, **details))


def how(
    key: str, code: str, remarks: Iterable[Message] = (), **details: Any
) -> None:
    """How it was computed: method and assumptions, rows used and left out, the same as Python."""
    with st.expander(say("frame.how"), icon=":material/function:"):
        st.markdown(say(key, **details))
        notes(remarks)
        st.caption(say("frame.same_in_python"))
        st.code(code, language="python")


def tabs(
    word: str,
    draws: Mapping[str, Callable[[], None]],
    *,
    key: str,
    first: str | None = None,
    analyst: Collection[str] = (),
) -> None:
    """Tabs of which only the open one is drawn; titles are the phrases `<word>.tab.<name>`.

    At first the one called `first` is open. None: the one that stands first. Those named by
    `analyst` are for analysts.
    """
    if not is_analyst():
        draws = {name: draws[name] for name in draws if name not in analyst}
    titles = [say(f"{word}.tab.{name}") for name in draws]
    default = None if first is None else say(f"{word}.tab.{first}")
    opened = st.tabs(titles, default=default, key=key, on_change="rerun")
    for tab, draw in zip(opened, draws.values(), strict=True):
        if tab.open:
            with tab:
                draw()
