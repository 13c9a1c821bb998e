"""What was understood of a file, and how that is changed: reading, roles, cleaning. Each change makes the table anew, at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from crm_analysis import intake
from crm_analysis.engine import quoted
from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.blocks import notes
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.loading import begin
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import choice_text, column_name, plain, say, workspace
from crm_analysis.tables.cleaning import FILLS, CleanOptions, suggest_variants
from crm_analysis.tables.cleaning.variants import Variants
from crm_analysis.tables.kinds import KINDS, KindName, ValueType
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles import Roles, samples, with_kind, with_role
from crm_analysis.workspace import SavedTable

_PREVIEW_ROWS = 12
_SURE = 0.8
_VARIANTS = 30
_ENCODINGS = (
    "utf-8",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
    "cp874",
    "cp1252",
    "cp1250",
    "cp1251",
    "utf-16",
)
_DELIMITERS = (",", ";", "\t", "|", " ")
_QUOTES = ('"', "'", "")


def raw_of(plan: Plan) -> Answer[RawTable]:
    """The raw table of a plan; read once and kept while it is looked at."""
    return run(intake.read_plan, Answer(plan, repr(plan.key)), keep="raw")


def apply(plan: Plan) -> None:
    """Make the table anew by a changed plan and save it as a new version."""
    begin(intake.change, workspace(), plan, raw_of(plan).value)


def draw_reading(plan: Plan) -> None:
    """How each file was read, to be changed with its effect at once, and the first rows as they were read."""
    names = [file.name for file in plan.files]
    place = 0
    if len(names) > 1:
        place = st.selectbox(
            say("editing.file"),
            range(len(names)),
            format_func=names.__getitem__,
            key="reading_file",
        )
    one = dataclasses.replace(
        plan, files=(plan.files[place],), read=(plan.read[place],), how="alone"
    )
    raw = raw_of(one).value
    read, options = raw.reading, plan.read[place]
    st.markdown(
        say(
            "editing.read_as",
            format=read.format,
            rows=read.rows,
            columns=len(read.columns),
            records=read.records,
        )
    )
    notes(read.notes)
    chosen: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if read.sheets:
            chosen["sheet"] = _one_of("sheet", options.sheet, read.sheet, read.sheets, place)
        else:
            known = list(dict.fromkeys([*read.encodings, *_ENCODINGS]))
            chosen["encoding"] = _one_of("encoding", options.encoding, read.encoding, known, place)
            chosen["layout"] = _one_of(
                "layout", options.layout, read.layout, ("delimited", "fixed", "baskets"), place
            )
            if read.layout != "fixed":
                chosen["delimiter"] = _one_of(
                    "delimiter", options.delimiter, read.delimiter, _DELIMITERS, place
                )
                chosen["quote"] = _one_of("quote", options.quote, read.quote, _QUOTES, place)
        chosen["header_rows"] = _one_of(
            "header_rows", options.header_rows, len(read.header), tuple(range(6)), place
        )
    changed = options.replace(**chosen)
    st.dataframe(
        _preview(raw), hide_index=True, key="reading_preview", alt=plain("editing.preview")
    )
    if changed != options:
        reread = tuple(changed if at == place else old for at, old in enumerate(plan.read))
        apply(dataclasses.replace(plan, read=reread, roles=None))


def _one_of(name: str, asked: Any, found: Any, offered: Sequence[Any], place: int) -> Any:
    """A select box whose first choice is what was decided from the file."""
    choices = [None, *offered] if asked is None or asked in offered else [None, asked, *offered]
    texts = {
        value: plain("editing.decided", value=_shown(name, found))
        if value is None
        else _shown(name, value)
        for value in choices
    }
    return st.selectbox(
        say(f"editing.{name}"),
        choices,
        index=choices.index(asked),
        format_func=texts.__getitem__,
        key=f"reading_{name}_{place}",
        width=220,
    )


def _shown(name: str, value: Any) -> str:
    names = {
        "\t": "tab",
        " ": "space",
        "": "none",
        ",": "comma",
        ";": "semicolon",
        "|": "bar",
        '"': "double",
        "'": "single",
    }
    if name == "layout":
        return plain(f"editing.layout_{value}")
    if name in ("delimiter", "quote"):
        return (
            plain(f"editing.sign_{names[value or '']}") if (value or "") in names else repr(value)
        )
    return str(value)


def _preview(raw: RawTable) -> Any:
    wanted = ", ".join(f"c{at} AS {quoted(name)}" for at, name in enumerate(raw.reading.columns))
    # DuckDB knows "A" and "a" as one name, so the names go on afterwards.
    frame = (
        raw.engine.frame(
            f"SELECT {', '.join(f'c{at}' for at in range(len(raw.reading.columns)))} FROM {quoted(raw.store)} LIMIT {_PREVIEW_ROWS}"
        )
        if wanted
        else None
    )
    return frame.set_axis(list(raw.reading.columns), axis=1) if frame is not None else None


def draw_roles(plan: Plan, saved: SavedTable) -> None:
    """The kind of the table and one select box a role, with sample values beside it."""
    raw, roles = raw_of(plan).value, saved.roles
    assert roles is not None
    kinds: list[KindName] = list(get_args(KindName))
    kind = st.selectbox(
        say("editing.kind"),
        kinds,
        index=kinds.index(roles.kind),
        format_func=choice_text("roles.kind.{}"),
        key=f"kind_{saved.version.version}",
        width=320,
    )
    if kind != roles.kind:
        apply(dataclasses.replace(plan, roles=with_kind(roles, raw, kind)))
    st.caption(say("editing.roles_help"))
    columns = list(raw.reading.columns)
    grid = st.grid(min_column_width=260)
    for role in KINDS[kind].roles:
        with grid.container(border=True):
            _draw_role(plan, roles, raw, role.name, columns, saved.version.version)
    rest = [column for column in columns if column not in roles.columns.values()]
    if rest:
        st.caption(say("editing.other_columns", columns=rest))


def _draw_role(
    plan: Plan, roles: Roles, raw: RawTable, role: str, columns: list[str], version: int
) -> None:
    now = roles.columns.get(role)
    choices = [None, *columns]
    picked = st.selectbox(
        plain(f"roles.{role}"),
        choices,
        index=choices.index(now),
        format_func=dict(
            zip(choices, [plain("editing.no_column"), *columns], strict=True)
        ).__getitem__,
        key=f"role_{role}_{version}",
    )
    if now is not None:
        unsure = roles.confidence.get(role, 1.0) < _SURE
        st.text(
            (plain("editing.unsure") + " " if unsure else "") + " · ".join(samples(raw, now, 3))
        )
    if picked != now:
        apply(dataclasses.replace(plan, roles=with_role(roles, role, picked)))


def draw_questions(plan: Plan, saved: SavedTable) -> None:
    """What the evidence did not decide, each with its answers."""
    for place, (key, details) in enumerate(saved.questions):
        with st.container(border=True):
            st.markdown(
                ":material/help: "
                + say(
                    key,
                    **{
                        name: column_name(value) if name == "column" else value
                        for name, value in details.items()
                    },
                )
            )
            if details.get("option") == "rates":
                _draw_rates(plan, details, saved.version.version)
                continue
            choices = list(details.get("choices") or ())
            if not choices:
                continue
            default = details.get("default")
            picked = st.segmented_control(
                plain("editing.answer"),
                choices,
                default=default if default in choices else None,
                format_func=choice_text("cleaning.answer.{}"),
                key=f"question_{place}_{saved.version.version}",
                label_visibility="collapsed",
            )
            if picked is not None and picked != default:
                apply(dataclasses.replace(plan, clean=_answered(plan.clean, details, picked)))


def _draw_rates(plan: Plan, details: dict[str, Any], version: int) -> None:
    """What one unit of each other currency is worth in the main one; nothing is summed across currencies before."""
    with (
        st.form(f"rates_{version}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        rates = {
            one: st.number_input(
                say("editing.rate", currency=one, main=details["main"]),
                min_value=0.0,
                value=0.0,
                format="%.6f",
                key=f"rate_{one}_{version}",
                width=220,
            )
            for one in details["others"]
        }
        if st.form_submit_button(say("editing.apply")):
            given = tuple((one, rate) for one, rate in rates.items() if rate > 0)
            apply(
                dataclasses.replace(
                    plan, clean=plan.clean.replace(currency=details["main"], rates=given)
                )
            )


def _answered(options: CleanOptions, details: dict[str, Any], picked: Any) -> CleanOptions:
    name, column = details["option"], details.get("column")
    if isinstance(getattr(options, name), tuple) and column:
        kept = tuple(pair for pair in getattr(options, name) if pair[0] != column)
        return options.replace(**{name: (*kept, (column, picked))})
    return options.replace(**{name: picked})


def draw_cleaning(plan: Plan, saved: SavedTable) -> None:
    """The steps of cleaning as settings; several are changed and then applied together."""
    columns = [str(name) for name in saved.types["column"]]
    with st.form(f"cleaning_{saved.version.version}", border=False):
        left, right = st.columns(2, gap="large")
        with left:
            chosen = controls(
                "cleaning",
                CleanOptions,
                key=f"cleaning_{saved.version.version}",
                only=_SIMPLE,
                start=plan.clean,
            )
        with right:
            chosen = chosen.replace(
                missing=_draw_missing(plan.clean, columns, saved.version.version),
                leave_out=_draw_left_out(plan.clean),
            )
            chosen = chosen.replace(outlier_columns=tuple(_measured(saved, plan.clean)))
        if st.form_submit_button(say("editing.apply"), type="primary") and chosen != plan.clean:
            apply(dataclasses.replace(plan, clean=chosen))
    _draw_types(plan, saved)
    _draw_variants(plan, saved)


_SIMPLE = (
    "duplicates",
    "outliers",
    "outlier_method",
    "outlier_threshold",
    "impossible",
    "returns",
    "no_product",
    "trim",
    "half_width",
    "case",
)


def _draw_missing(
    options: CleanOptions, columns: list[str], version: int
) -> tuple[tuple[str, ...], ...]:
    """Which columns get what in place of missing values."""
    st.markdown(f"**{say('cleaning.knob.missing.label')}**")
    now = {pair[0]: pair for pair in options.missing}
    picked = st.multiselect(
        say("editing.missing_columns"),
        columns,
        default=[name for name in now if name in columns],
        key=f"missing_columns_{version}",
        placeholder=plain("editing.missing_none"),
    )
    fill = next((pair[1] for pair in now.values()), "median")
    method = st.selectbox(
        say("editing.missing_method"),
        FILLS,
        index=FILLS.index(fill),
        format_func=choice_text("cleaning.fill.{}"),
        key=f"missing_method_{version}",
    )
    constant = st.text_input(
        say("editing.missing_constant"),
        value=next((pair[2] for pair in now.values() if len(pair) > 2), ""),
        key=f"missing_constant_{version}",
    )
    kept = tuple(now[name] for name in picked if name in now and now[name][1] == method)
    new = tuple(
        (name, method, constant) if method == "constant" else (name, method)
        for name in picked
        if name not in {pair[0] for pair in kept}
    )
    return kept + new


def _draw_left_out(options: CleanOptions) -> tuple[str, ...]:
    text = st.text_area(
        say("cleaning.knob.leave_out.label"),
        value="\n".join(options.leave_out),
        help=say("cleaning.knob.leave_out.help"),
        key="leave_out",
        height=100,
    )
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _measured(saved: SavedTable, options: CleanOptions) -> list[str]:
    numbers = [
        str(name)
        for name in saved.types.loc[saved.types["type"].isin(["number", "money"]), "column"]
    ]
    return st.multiselect(
        say("cleaning.knob.outlier_columns.label"),
        numbers,
        default=[name for name in options.outlier_columns if name in numbers],
        key="outlier_columns",
        placeholder=plain("frame.filter.all"),
    )


def _draw_types(plan: Plan, saved: SavedTable) -> None:
    """How a column is read, where a person knows better than its values say: its type, and for some the decimal mark or the order of day and month."""
    version = saved.version.version
    types = {str(row["column"]): str(row["type"]) for row in saved.types.to_dict("records")}
    with (
        st.expander(say("editing.types")),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        column = st.selectbox(
            say("ledger.column.column"),
            list(types),
            format_func={name: column_name(name) for name in types}.__getitem__,
            key=f"type_column_{version}",
            width=240,
        )
        if column is None:
            return
        kinds = list(get_args(ValueType))
        kind = st.selectbox(
            say("quality.column.type"),
            kinds,
            index=kinds.index(types[column]),
            format_func=choice_text("quality.type.{}"),
            key=f"type_kind_{version}_{column}",
            width=260,
        )
        forms = {
            "date": ("date_order", ["day_first", "month_first", "year_first"]),
            "number": ("decimal", [".", ","]),
            "money": ("decimal", [".", ","]),
        }
        setting, choices = forms.get(kind, ("", []))
        now = plan.clean.of(setting, column) if setting else None
        form = None
        texts: dict[str | None, str] = {
            None: plain("frame.chosen_for_you"),
            **{one: plain(f"cleaning.answer.{one}") for one in choices},
        }
        if setting:
            form = st.selectbox(
                say(f"cleaning.knob.{setting}.label"),
                [None, *choices],
                index=[None, *choices].index(now),
                format_func=texts.__getitem__,
                key=f"type_form_{version}_{column}_{setting}",
                width=220,
            )
        if st.button(say("editing.apply"), key=f"type_apply_{version}"):
            changed = plan.clean
            if kind != types[column]:
                changed = changed.replace(
                    read_as=(
                        *(pair for pair in changed.read_as if pair[0] != column),
                        (column, kind),
                    )
                )
            if setting and form != now:
                kept = tuple(pair for pair in getattr(changed, setting) if pair[0] != column)
                changed = changed.replace(**{setting: (*kept, (column, form)) if form else kept})
            if changed != plan.clean:
                apply(dataclasses.replace(plan, clean=changed))


def _draw_variants(plan: Plan, saved: SavedTable) -> None:
    """Spelling variants of a category, merged on request."""
    texts = [
        str(name)
        for name in saved.types.loc[saved.types["type"].isin(["category", "text"]), "column"]
    ]
    if not texts:
        return
    with st.expander(say("editing.variants")):
        column = st.selectbox(say("editing.variants_column"), texts, key="variants_column")
        groups = run(_variants, Answer(saved, saved.fingerprint), column).value
        if not groups:
            st.caption(say("editing.no_variants"))
            return
        chosen = [
            group
            for place, group in enumerate(groups[:_VARIANTS])
            if st.checkbox(
                say("editing.variant", keep=group.keep, others=[name for name, _ in group.merge]),
                key=f"variant_{column}_{place}",
            )
        ]
        if st.button(say("editing.merge"), disabled=not chosen, key="variants_merge"):
            merge = tuple(pair for group in chosen for pair in group.as_merge(column))
            apply(
                dataclasses.replace(
                    plan, clean=plan.clean.replace(merge=(*plan.clean.merge, *merge))
                )
            )


def _variants(saved: Any, column: str) -> tuple[Variants, ...]:
    return suggest_variants(saved, column)  # a saved table reads as the cleaned one it was
