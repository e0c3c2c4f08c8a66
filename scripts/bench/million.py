"""`up` with a million orders stored, beside an empty one: whether it is as fast, how soon it starts, how much it keeps on disk,
and how fast it is audited."""
import dataclasses
import shutil
import statistics
import time

import children
import figures
import load
import ours
import settings


def steps():
    return 2 + settings.ROUNDS if settings.DOES_MILLION else 0


def run(progress):
    folder = settings.FOLDER / "million"
    shutil.rmtree(folder, ignore_errors=True)
    answer = {"orders": 0, "wrong": []}
    with ours.up(folder / "full", settings.PROGRAM) as running:
        progress.doing(f"{settings.MILLION:,} orders are stored")
        # Who was told is looked at by the audit below.
        untold = dataclasses.replace(running, notification=None)
        report = load.measure(untold, "256", 86_400, 0, ["--orders", settings.MILLION, "--settle", "0s"])
        answer["orders"] = report["measured"]["accepted"]
        progress.found(f"{answer['orders']:,} orders are stored: {load.summary(report)}")
        wait_until_told(folder)
    answer["kilobytes"] = size(folder / "full/data") / 1000 / answer["orders"]
    answer["start_seconds"] = statistics.median(start(folder) for _ in range(3))
    answer["audited_a_second"] = audit(folder, answer["orders"])
    progress.found(f"start {answer['start_seconds']:.2f} s, {answer['kilobytes']:.2f} KB an order, "
                   f"audit {answer['audited_a_second']:,.0f} orders/s")
    pairs = []
    with ours.up(folder / "full", settings.PROGRAM) as full, ours.up(folder / "empty", settings.PROGRAM) as empty:
        for running in (full, empty):
            load.measure(running, "64", settings.WARM_UP_WITHOUT_JVM, 0)
        for number in range(1, settings.ROUNDS + 1):
            pair = {}
            for name, running in sorted({"full": full, "empty": empty}.items(), reverse=number % 2 == 0):
                progress.doing(f"round {number} of {settings.ROUNDS} · {name}")
                report = load.measure(running, "64", settings.SECONDS_EACH)
                pair[name] = load.rate(report)
                answer["wrong"] += load.wrong(report)
                if name == "full":
                    answer["resident_megabytes"] = max(
                        one["resident_bytes"] / 1e6 for one in report["processes"] if one["role"] == "all in one")
            pairs.append(pair)
            progress.found(f"round {number}: {pair['full']:,.0f} orders/s beside {pair['empty']:,.0f} when empty")
    answer["of_empty"] = figures.median(figures.ratio(pair["full"], pair["empty"]) for pair in pairs)
    shutil.rmtree(folder, ignore_errors=True)
    return answer


def wait_until_told(folder):
    """Until nothing waits: the program was told to stop only then, so that its files are those of a shop at rest."""
    until = time.monotonic() + 1_800
    while time.monotonic() < until:
        code, _, _ = children.done([settings.PROGRAM, "audit", "--data", folder / "full/data"], 900)
        if code == 0:
            return
        time.sleep(2)
    raise children.Failed("a million orders were not told in half an hour")


def start(folder):
    began = time.monotonic()
    with ours.up(folder / "full", settings.PROGRAM):
        return time.monotonic() - began


def audit(folder, orders):
    began = time.monotonic()
    code, output, complaint = children.done([settings.PROGRAM, "audit", "--data", folder / "full/data"], 3_600)
    if code != 0:
        raise children.Failed(f"the audit disagrees: {output[-500:]}{complaint[-500:]}")
    return orders / (time.monotonic() - began)


def size(folder):
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
