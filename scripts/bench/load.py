"""One measurement: `orderlog load` at a running system, whoever wrote that."""
import json

import children
import settings

# By which the run is made; what a cell of the table is.
CELLS = {
    "1": ["--connections", "1"],
    "64": ["--connections", "64"],
    "256": ["--connections", "256"],
    "open": ["--connections", "256", "--rate", str(settings.RATE)],
    "hot": ["--connections", "64", "--hot", "LOAD-001"],
    "keys": ["--connections", "64", "--idempotent", "0.5", "--repeats", "0.01"],
}


def measure(running, cell, seconds, warm_up=1, more=()):
    """The report of a run."""
    command = [settings.PROGRAM, "load", "--json", "--target", running.target, "--duration", f"{seconds}s"]
    command += ["--warm-up", f"{warm_up}s"] if warm_up else []
    # Nobody else has Idempotency-Keys; requests that say an earlier one again would be another load.
    command += CELLS[cell] + ([] if cell == "keys" else ["--idempotent", "0"])
    if running.bodies:
        command += ["--bodies", running.bodies]
    for option, address in (("--inventory", running.inventory), ("--notification", running.notification)):
        command += [option, address] if address else []
    for pid in running.roles:
        command += ["--pid", pid]
    # What was accepted may take a minute to be told, and is looked at in pages afterwards.
    # There is enough for all runs after the first; a peer that can't replenish must not be asked to.
    command += ["--stock", "1000000000" if not warm_up else "1"] if running.inventory else []
    code, output, complaint = children.done([*command, *more], patience=seconds + warm_up + 900)
    try:
        report = json.loads(output)
    except json.JSONDecodeError:
        raise children.Failed(f"orderlog load ended with {code}: {complaint.strip()[-500:]}")
    report["exit_code"] = code
    for process in report["processes"]:
        process["role"] = "load" if process["is_load"] else running.roles.get(process["pid"], "other")
    return report


def slim(report):
    """What tables are made of."""
    kept = {name: report[name] for name in ("elapsed_us", "measured", "request_us", "told_us", "checks")}
    kept["checks"] = [one for one in report["checks"] if one["verdict"] != "unknown"]
    kept["processes"] = [{name: one[name] for name in ("role", "cpu_ms", "resident_bytes")} for one in report["processes"]]
    return kept


def rate(report):
    """Accepted orders a second."""
    return report["measured"]["accepted"] / (report["elapsed_us"] / 1e6) if report["elapsed_us"] else 0


def wrong(report):
    """What was not as it must be; empty: nothing."""
    failed = sum(report["measured"]["failed"].values()) + sum(one["count"] for one in report["measured"]["refused"])
    complaints = [f"{failed} not accepted"] if failed else []
    return complaints + [f"{one['check']} disagrees" for one in report["checks"] if one["verdict"] == "disagrees"]


def summary(report):
    times = report["request_us"]
    text = f"{rate(report):,.0f} orders/s, p50 {times['p50'] / 1000:.2f} ms, p99 {times['p99'] / 1000:.2f} ms"
    return "; ".join([text, *wrong(report)])
