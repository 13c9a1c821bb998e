"""What was renamed or given up on purpose, in the old answers before they are compared."""

from __future__ import annotations

from typing import Any

# What was renamed on purpose, old to new, in the old answers before they are compared.
# A verb: its name in the lists below, without what is in brackets.
VERBS: dict[str, str] = {
    "best_bound": "best_threshold",
    "demand_of": "select_demand",
    "keep_model": "save_model",
}
# A field, a column, a phrase key or a value of text. "find_rules/partial" renames in the answers
# of that (new) verb only; "keeping.note.*": "note.*" renames all texts that begin so. A text in a
# column of more than FEW_TEXTS different ones, or inside a list in a cell, is not reached.
RENAMED: dict[str, str] = {
    "new_product/asked": "requested",
    "new_product/least": "minimum",
    "reconcile/least": "minimum",
    "score_forecast/known": "observed",
    "expected_sized": "expected_equal_size",
    "p_sized": "p_equal_size",
    "find_rules/least": "minimum_count",
    "find_rules/least_count": "minimum_count",
    "find_rules/shown()": "without_redundant()",
    "find_sequences/least": "minimum_customers",
    "find_sequences/least_count": "minimum_customers",
    "togetherness": "comovement",
    "diagnosed": "fit_diagnostics",
    "forecast.note.known": "forecast.note.covariates",
    "propose_window/bounded": "limited_by",
    "plan_windows/rhythm": "interpurchase_time",
    "plan_windows/bounded": "limited_by",
    "find_target/left": "churned",
    "predict_churn/found": "captured",
    "survival/kept": "survival",
    "readable_tree/place": "position",
    "plan_campaign/kept": "retained",
    "list_to_contact/place": "position",
    "list_to_contact/gone": "dropped",
    "list_to_contact/left_already": "already_churned",
    "measure_campaign/kept": "customers_more",
    "measure_campaign/kept_lo": "customers_more_lo",
    "measure_campaign/kept_hi": "customers_more_hi",
    "measure_campaign/gain": "profit",
    "measure_campaign/gain_lo": "profit_lo",
    "measure_campaign/gain_hi": "profit_hi",
    "segments.do.leaving": "segments.do.more_churn",
    "segments.do.staying": "segments.do.less_churn",
    **{
        f"{verb}/{old}": new
        for verb in (
            "segment",
            "rename",
            "merge",
            "pin",
            "from_dict",
            "movement_between",
        )
        for old, new in (
            ("found", "fitted_labels"),
            ("called", "proposed_names"),
            ("table", "given"),
        )
    },
}
# Parts of old answers that are gone on purpose or of another form, by verb.
DROPPED: dict[str, set[str]] = {
    **{
        verb: {".name", ".unit"}
        for verb in ("fit_bgnbd", "fit_mbgnbd", "fit_pareto_nbd", "fit_bgbb")
    },
    "fit_value": {".per_chance", ".model.name", ".model.unit"},
    "value_ranges": {".money"},
    "estimate_value": {".model.name", ".model.unit"},
    # The reasons are those of customer_features, the one judge of features.
    "value_drivers": {
        ".left_out.#cells.reason.#texts",
        ".left_out.#cells.reason.#order",
    },
    # The name of a segment is in words, its key beside it; what describe_customers left out is
    # in the notes of its summary.
    **{
        verb: {
            ".notes",
            ".options.clips",
            ".adjustments.notes",
            *(
                f".{table}.{part}"
                for table in ("customers", "profile")
                for part in ("#columns", "#cells.name", "#cells.name_key")
            ),
        }
        for verb in ("segment", "rename", "merge", "pin", "from_dict")
    },
    "movement_between": {
        f".{day}.{part}"
        for day in ("before", "after")
        for part in (
            "notes",
            "options.clips",
            "adjustments.notes",
            "customers.#columns",
            "customers.#cells.name",
            "customers.#cells.name_key",
            "profile.#columns",
            "profile.#cells.name",
            "profile.#cells.name_key",
        )
    },
    "apply": {".#columns", ".#cells.name", ".#cells.name_key"},
    "to_dict": {".notes"},
    "describe_customers": {".attrs"},
}


def with_new_name(label: str) -> str:
    """The label of an old answer under the verb's new name; what is in brackets stays."""
    name, verb = label.split("/", 1)
    base, *variant = verb.split(" ", 1)
    return f"{name}/{' '.join([VERBS.get(base, base), *variant])}"


def base_of(label: str) -> str:
    """The verb of a label such as "shop/find_rules (closed)"."""
    return label.split("/", 1)[1].split(" ")[0]


def renamed(value: Any, verb: str) -> Any:
    """An old answer with the names that were changed on purpose replaced by the new ones."""
    if isinstance(value, str):
        return new_name(value, verb)
    if isinstance(value, list):
        return [renamed(each, verb) for each in value]
    if isinstance(value, dict):
        return {
            new_name(key, verb): renamed(each, verb) for key, each in value.items()
        }
    return value


def new_name(text: str, verb: str) -> str:
    """The new name of one old text, if it has one."""
    for key in (f"{verb}/{text}", text):
        if key in RENAMED:
            return RENAMED[key]
    for key, name in RENAMED.items():
        if key.endswith("*") and text.startswith(key[:-1]):
            return name.removesuffix("*") + text[len(key) - 1 :]
    return text
