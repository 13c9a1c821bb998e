"""What matters most about the state of the business, as keys and numbers, each weighed against the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.value.daily_revenue import Takings

__all__ = ["Remark", "change_of", "remarks_on", "year_of"]


@dataclass(frozen=True)
class Remark:
    """A sentence on what matters: phrase `key` with `details`, the word of the `page` that shows it, and its weight against others."""

    key: str
    details: dict[str, Any]
    page: str
    weight: float


def change_of(name: str, now: float | None, before: float | None) -> float | None:
    """A measure's change: a share, of the repeat rate points (a difference of shares); None where there is nothing to compare with."""
    if now is None or before is None:
        return None
    if name == "repeat_rate":
        return now - before
    return now / before - 1 if before > 0 else None


def year_of(bought: Purchases, day: int) -> np.ndarray:
    """Each customer's money (purchase days without amounts) of the year that ends with `day`."""
    inside = (bought.day > day - 365) & (bought.day <= day)
    weights = np.ones(int(inside.sum())) if bought.money is None else bought.money[inside]
    return np.bincount(bought.customer[inside], weights=weights, minlength=len(bought.labels))


def remarks_on(
    bought: Purchases,
    taken: Takings,
    now: dict[str, float | None],
    before: dict[str, float | None],
    at_risk: pd.DataFrame,
    today: int,
    length: int,
    lost_after: int,
) -> tuple[Remark, ...]:
    """Everything worth saying, weighed as a share of revenue or of customers; the three weightiest."""
    found: list[Remark] = []
    year = year_of(bought, today).clip(min=0)
    total = float(year.sum()) + max(
        taken.unnamed_revenue(today - 365, today), 0.0
    )  # a share of revenue is one of all that was taken in
    if bought.money is not None and total > 0 and year.any():
        found += _on_revenue(bought, taken, now, before, today, length)
        risk = float(now["value_at_risk"] or 0.0)
        if risk > 0:
            details = {
                "value": risk,
                "share": risk / total,
                "count": len(at_risk),
                "top": min(10, len(at_risk)),
                "top_value": float(at_risk["revenue_year"].head(10).clip(lower=0).sum()),
            }
            found.append(Remark("value.remark.at_risk", details, "churn", 1.5 * risk / total))
        ordered = np.sort(year[year > 0])[::-1]
        fifth = max(1, round(len(ordered) / 5))
        share = float(ordered[:fifth].sum() / total)
        found.append(
            Remark(
                "value.remark.concentration",
                {"share": share, "customers": fifth, "of": len(ordered)},
                "value",
                max(share - 0.5, 0.0),
            )
        )
    active, new, lost = (float(now[name] or 0.0) for name in ("active", "new", "lost"))
    if active > 0 and (new or lost) and today - length - int(bought.day.min()) >= lost_after:
        kind = "growing" if new > lost else ("shrinking" if new < lost else "level")
        found.append(
            Remark(
                f"value.remark.{kind}",
                {
                    "new": int(new),
                    "lost": int(lost),
                    "net": int(abs(new - lost)),
                    "days": length,
                    "lost_after": lost_after,
                },
                "churn" if lost >= new else "segments",
                abs(new - lost) / active,
            )
        )
    once = float((np.diff(bought.first) == 1).mean())
    found.append(
        Remark(
            "value.remark.one_time",
            {"share": once, "count": int((np.diff(bought.first) == 1).sum())},
            "engagement" if once > 0.5 else "value",
            max(once - 0.4, 0.0) / 2,
        )
    )
    if now["repeat_rate"] is not None and before["repeat_rate"] is not None:
        step = now["repeat_rate"] - before["repeat_rate"]
        kind = "up" if step >= 0 else "down"
        found.append(
            Remark(
                f"value.remark.repeat_{kind}",
                {"rate": now["repeat_rate"], "points": abs(step) * 100, "days": length},
                "segments",
                1.5 * abs(step),
            )
        )
    found.sort(key=lambda remark: -remark.weight)
    return tuple(found[:3])


def _on_revenue(
    bought: Purchases,
    taken: Takings,
    now: dict[str, float | None],
    before: dict[str, float | None],
    today: int,
    length: int,
) -> list[Remark]:
    """Revenue's change, and which of buyers, orders per buyer and money per order moved it most; or the sales without a customer, where they did."""
    change = change_of("revenue", now["revenue"], before["revenue"])
    if change is None:
        return (
            [
                Remark(
                    "value.remark.revenue",
                    {"value": now["revenue"], "days": length},
                    "forecast",
                    0.05,
                )
            ]
            if now["revenue"]
            else []
        )
    kind = "up" if change >= 0 else "down"
    direction = 1 if change >= 0 else -1
    details: dict[str, Any] = {"value": now["revenue"], "change": abs(change), "days": length}
    unnamed, unnamed_before = (
        taken.unnamed_revenue(end - length, end) for end in (today, today - length)
    )
    moved = float(now["revenue"] or 0.0) - float(before["revenue"] or 0.0)
    if (
        abs(unnamed - unnamed_before) > abs(moved) / 2
        and (unnamed - unnamed_before) * direction > 0
    ):
        if unnamed_before <= 0:
            return [Remark(f"value.remark.revenue_{kind}_plain", details, "forecast", abs(change))]
        step = abs(unnamed / unnamed_before - 1)
        return [
            Remark(
                f"value.remark.revenue_{kind}",
                details | {"driver": "unnamed", "driver_change": step},
                "forecast",
                abs(change),
            )
        ]
    parts = []
    for end in (today - length, today):
        inside = (bought.day > end - length) & (bought.day <= end)
        buyers, orders, money = (
            len(np.unique(bought.customer[inside])),
            int(inside.sum()),
            float(bought.money[inside].sum()) if bought.money is not None else 0.0,
        )
        parts.append((buyers, orders / max(buyers, 1), money / max(orders, 1)))
    with np.errstate(divide="ignore", invalid="ignore"):
        moves = np.log(np.array(parts[1], dtype=float) / np.array(parts[0], dtype=float))
    driver = ("buyers", "orders", "basket")[
        int(np.argmax(np.where(np.isfinite(moves), moves * direction, -np.inf)))
    ]
    details |= {
        "driver": driver,
        "driver_change": abs(float(np.expm1(moves[("buyers", "orders", "basket").index(driver)]))),
    }
    return [Remark(f"value.remark.revenue_{kind}", details, "forecast", abs(change))]
