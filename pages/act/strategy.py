"""The plan: who gets which action, what it is worth, what limits it, and who is left out."""

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui.strategy import (
    brands,
    customer,
    front,
    known,
    left_out,
    limits,
    methods,
    read_back,
    service,
    settings,
    todo,
    worth,
)

ui.heading("strategy")
source = known.source()


@ui.fragment
def body() -> None:
    with ui.settings():
        planning = settings.plan(source)
    tabs = {
        "todo": ui.guarded(todo.draw, planning),
        "worth": ui.guarded(worth.draw, planning),
        "limits": ui.guarded(limits.draw, planning),
        "what_if": ui.guarded(front.draw, planning),
        "customer": ui.guarded(customer.draw, planning),
        "left_out": ui.guarded(left_out.draw, planning),
        "service": ui.guarded(service.draw, planning),
        "methods": ui.guarded(methods.draw, planning),
        "brands": ui.guarded(brands.draw, planning),
        "read_back": ui.guarded(read_back.draw, planning),
    }
    ui.tabs(
        "strategy",
        tabs,
        key=ui.widget_key("strategy", "tabs"),
        analyst=("methods",),
    )


body()
