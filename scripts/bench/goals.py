"""What the project promised of its speed, each with what was measured."""
import dataclasses

import figures
import settings


@dataclasses.dataclass
class Goal:
    what: str
    target: str
    # None: not measured.
    value: float = None
    shown: str = "not measured"
    holds: bool = None

    @property
    def verdict(self):
        return {None: "not measured", True: "pass", False: "FAIL"}[self.holds]


def at_least(what, value, target, form="{:.2f} ×"):
    return made(what, "≥ " + form.format(target), value, form, value is not None and value >= target)


def at_most(what, value, target, form="{:.1f} ms"):
    return made(what, "≤ " + form.format(target), value, form, value is not None and value <= target)


def made(what, target, value, form, holds):
    return Goal(what, target) if value is None else Goal(what, target, value, form.format(value), holds)


def judged(of):
    goals = []
    for cell, target in (("1", 0.06), ("64", 0.15), ("256", 0.2)):
        goals.append(at_least(f"`up`, {cell} conn.: of the echo in C", of.to_echo("up", cell), target, "{:.3f} ×"))
    for cell in ("1", "64"):
        value = of.against("up", cell, "up (before)", cell, figures.own_cpu)
        goals.append(at_most(f"`up`, {cell} conn.: CPU an order, of the program before (BEFORE)", value, 1 / 3, "{:.2f} ×"))
    for system, many in (("SQLite + Kafka", 4), ("PostgreSQL + Kafka", 2.5)):
        for cell, target in (("1", 1.2), ("64", many), ("256", many)):
            goals.append(at_least(f"{system}, {cell} conn.: of the Go peer", of.to_go(system, cell), target))
    for system in figures.OURS:
        rate = f"{system}, {settings.RATE:,}/s open-loop"
        goals.append(at_most(f"{rate}: p99", of.milliseconds(system, "open", "request", "p99"), 15))
        goals.append(at_most(f"{rate}: confirmed → told, p99", of.milliseconds(system, "open", "told", "p99"), 50))
    for system in figures.OURS:
        value = of.against(system, "hot", system, "64", lambda one: figures.load.rate(one["report"]))
        goals.append(at_least(f"{system}: all want one product, of the mix", value, 0.8))
    for system in figures.OURS:
        resident = [most for role, most in of.resident(system).items() if role not in figures.OTHERS]
        goals.append(at_most(f"{system}: resident, the largest process", max(resident, default=None), 80, "{:.0f} MB"))
    return goals + of_a_million(of.results["million"] or {}) + of_long(of.results["long"] or {})


def of_a_million(million):
    count = f"{million.get('orders', settings.MILLION):,} orders stored"
    return [
        at_least(f"`up`, {count} (BENCH_MILLION): rate, of an empty one's", million.get("of_empty"), 0.9),
        at_most(f"`up`, {count}: start", million.get("start_seconds"), 1, "{:.2f} s"),
        at_most(f"`up`, {count}: on disk an order", million.get("kilobytes"), 3, "{:.2f} KB"),
        at_least(f"`up`, {count}: audit", million.get("audited_a_second"), 25_000, "{:,.0f} orders/s"),
        at_most(f"`up`, {count}: resident", million.get("resident_megabytes"), 80, "{:.0f} MB"),
    ]


def of_long(long):
    minutes = f"{long.get('seconds', settings.LONG_SECONDS) / 60:.0f} min"
    at_maximum, steady = long.get("maximum", {}), long.get("steady", {})
    return [
        at_most(f"`up`, {minutes} at the maximum (BENCH_LONG): confirmed → told, the longest", at_maximum.get("told_ms"), 1000,
                "{:,.0f} ms"),
        at_most(f"`up`, {minutes} at 80 %: p99, its end of its beginning", steady.get("p99_growth"), 1.25, "{:.2f} ×"),
        at_most(f"`up`, {minutes} at 80 %: confirmed → told p99, its end of its beginning", steady.get("told_growth"), 1.25,
                "{:.2f} ×"),
        at_most(f"`up`, {minutes} at 80 %: resident, its end of its beginning", steady.get("resident_growth"), 1.1, "{:.2f} ×"),
        at_most(f"`up`, {minutes} at 80 %: confirmed → told, the longest", steady.get("told_ms"), 1000, "{:,.0f} ms"),
    ]
