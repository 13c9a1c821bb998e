"""What counts as a sale: statuses, flags, order-level columns, several money columns."""

from __future__ import annotations

import json

import pytest

from crm_analysis.tables.roles import Roles, with_role
from crm_analysis.tables.sales import SalesRules

_RULES = SalesRules(
    statuses=("Financial Status",),
    meanings={"on-hold": "not_paid"},
    excluded={"Void?": ("true",)},
    carried=("Financial Status", "Email"),
    money=("Lineitem quantity", "Lineitem price"),
    minus=("Refunded Amount",),
    once_per_order=("Refunded Amount",),
)


def test_rules_of_sales_survive_being_stored_with_the_roles() -> None:
    roles = Roles("transactions", {"order": "Name"}, sales=_RULES)
    stored = json.loads(json.dumps(roles.to_dict()))
    assert Roles.from_dict(stored) == roles
    assert Roles.from_dict({**stored, "sales": None}).sales is None


def test_a_person_who_says_what_the_money_is_outdoes_the_rules() -> None:
    roles = Roles("transactions", {"order": "Name"}, sales=_RULES)
    assert with_role(roles, "customer", "Email").sales == _RULES
    changed = with_role(roles, "amount", "Total").sales
    assert changed is not None and changed.money == ()
    assert changed.excluded == _RULES.excluded


def test_a_meaning_that_no_status_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no status means"):
        SalesRules(meanings={"done": "finished"})
