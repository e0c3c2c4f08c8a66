"""The tables, in Markdown, and their place in docs/benchmarks.md."""
import figures
import goals
import settings
from systems import ORDER

BEGIN, END = "<!-- `make bench` writes from here -->", "<!-- to here -->"
SECTIONS = [
    ("1", "One connection"), ("64", "64 connections"), ("256", "256 connections"), ("open", "{rate:,} requests a second, open-loop"),
    ("hot", "64 connections, all for one product"), ("keys", "64 connections, half of the requests with an Idempotency-Key"),
]


def text(results):
    of = figures.Figures(results)
    parts = [facts(results), goal_table(of)]
    for cell, title in SECTIONS:
        parts.append(cell_table(of, cell, title.format(rate=results["settings"]["rate"])))
    parts += [cpu_table(of), memory_table(of), long_table(results["long"]), notes(of)]
    return "\n\n".join(part for part in parts if part)


def table(head, rows):
    """The first column is text, the others are figures."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def shown(value, form):
    return "–" if value is None else form.format(value)


def facts(results):
    told = results["settings"]
    lines = [f"- {name}: {value}" for name, value in results["facts"].items()]
    lines.append(f"- {told['rounds']} rounds, {told['seconds']} s each, after {told['warm_up']} s that are not counted where there is a JVM")
    settled = {system: found for system, found in results["durability"].items() if found}
    lines += [f"- {system}: {', '.join(f'{name} {value}' for name, value in found.items())}" for system, found in settled.items()]
    return "## The machine\n\n" + "\n".join(lines)


def goal_table(of):
    rows = [[goal.what, goal.target, goal.shown, goal.verdict] for goal in goals.judged(of)]
    return "## Goals\n\n" + table(["", "goal", "measured", ""], rows)


def systems(of, cell):
    seen = dict.fromkeys(one["system"] for one in of.results["cells"])
    return [name for name in sorted(seen, key=ORDER.index) if of.has(name, cell)]


def cell_table(of, cell, title):
    rows = []
    for system in systems(of, cell):
        rates = of.rates(system, cell)
        row = [system, shown(of.rate(system, cell), "{:,.0f}"), f"{rates[0]:,.0f}–{rates[-1]:,.0f}"]
        row += [shown(of.milliseconds(system, cell, "request", part), "{:.2f}") for part in ("p50", "p99")]
        row += [shown(of.to_echo(system, cell), "{:.3f}"), shown(of.to_go(system, cell), "{:.2f}")]
        row += [shown(of.milliseconds(system, cell, "told", part), "{:.0f}") for part in ("p50", "p99")]
        rows.append(row)
    head = ["", "orders/s", "range", "p50 ms", "p99 ms", "× echo", "× Go", "told p50 ms", "told p99 ms"]
    return f"## {title}\n\n{table(head, rows)}" if rows else ""


def cpu_table(of):
    roles = ["all in one", "order", "inventory", "notification", "broker", "database", "load"]
    rows = []
    for cell in ("1", "64", "256"):
        for system in systems(of, cell):
            spent = of.cpu(system, cell)
            known = [value for role, value in spent.items() if value is not None and role != "load"]
            rows.append([f"{system}, {cell} conn.", *(shown(spent.get(role), "{:,.0f}") for role in roles), f"{sum(known):,.0f}"])
    head = ["µs an order", *roles[:-1], "load itself", "all but load"]
    return f"## Processor time\n\n{table(head, rows)}" if rows else ""


def memory_table(of):
    roles = ["all in one", "order", "inventory", "notification", "broker"]
    rows = []
    for system in dict.fromkeys(one["system"] for one in of.results["cells"]):
        most = of.resident(system)
        rows.append([system, *(shown(most.get(role), "{:,.0f}") for role in roles)])
    return f"## Resident memory\n\n{table(['MB at most', *roles], rows)}" if rows else ""


def long_table(long):
    if not long or "steady" not in long:
        return ""
    steady, maximum = long["steady"], long["maximum"]
    rows = [
        ["as fast as it can", f"{maximum['rate']:,.0f}", shown(maximum["told_ms"], "{:,.0f}"), "–"],
        ["at 80 % of that", f"{steady['rate']:,.0f}", shown(steady["told_ms"], "{:,.0f}"), shown(steady["resident_mb"], "{:.0f}")],
    ]
    head = [f"`up`, {long['seconds'] / 60:.0f} min", "orders/s", "told, the longest, ms", "resident MB at most"]
    return f"## For long\n\n{table(head, rows)}"


def notes(of):
    left_out = [f"- left out: {system}: {first_line(reason)}" for system, reason in of.results["left_out"].items()]
    wrong = [f"- {system}, {cell}, round {number}: {text}" for system, cell, number, text in of.wrong()]
    return "\n".join(["## Not as it should be", "", *left_out, *wrong]) if left_out or wrong else ""


def first_line(reason):
    return reason.splitlines()[0] if reason else ""


def write(text):
    """Between the marks of the document; what stands around them is written by hand."""
    document = settings.DOCUMENT.read_text() if settings.DOCUMENT.exists() else f"{BEGIN}\n{END}\n"
    before, rest = document.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    settings.DOCUMENT.parent.mkdir(parents=True, exist_ok=True)
    settings.DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
