"""`up` for ten minutes: first as fast as it can, then at four fifths of that, and whether anything grows meanwhile."""
import pathlib
import re
import shutil
import statistics
import threading

import figures
import load
import ours
import settings

# Below these a ratio says nothing: a time of 2 ms that becomes 3, memory in a process's first MB.
FLOOR_MS = 10
# A system that falls behind is to say by how much.
BEHIND = ["--settle", "300s"]


def steps():
    return 2 if settings.DOES_LONG else 0


def run(progress):
    folder = settings.FOLDER / "long"
    shutil.rmtree(folder, ignore_errors=True)
    seconds = settings.LONG_SECONDS
    answer = {"seconds": seconds, "wrong": []}
    with ours.up(folder, settings.PROGRAM) as running:
        load.measure(running, "64", settings.WARM_UP_WITHOUT_JVM, 0)
        progress.doing(f"{seconds} s as fast as it can")
        report = load.measure(running, "64", seconds, more=BEHIND)
        answer["wrong"] += load.wrong(report)
        answer["maximum"] = {"rate": load.rate(report), "told_ms": report["told_us"]["max"] / 1000}
        progress.found(f"as fast as it can: {load.summary(report)}; told within {answer['maximum']['told_ms']:,.0f} ms")
        rate = 0.8 * answer["maximum"]["rate"]
        progress.doing(f"{seconds} s at {rate:,.0f} requests/s")
        load.CELLS["steady"] = ["--connections", "256", "--rate", f"{rate:.1f}"]
        with Resident(running) as resident:
            report = load.measure(running, "steady", seconds, more=BEHIND)
        answer["wrong"] += load.wrong(report)
        answer["steady"] = {"rate": rate, **growth(report, resident.megabytes)}
        progress.found(f"at 80 %: {load.summary(report)}; told within {answer['steady']['told_ms']:,.0f} ms")
    shutil.rmtree(folder, ignore_errors=True)
    return answer


def growth(report, megabytes):
    """The last fifth of a run beside its second: in the first it gets going."""
    p99 = [second["p99_us"] / 1000 for second in report["seconds"] if second["second"] >= 0 and second["answered"]]
    told = [part["p99"] / 1000 for part in report["told_tenths_us"] if part["count"]]
    return {
        "p99_growth": grown(p99, FLOOR_MS), "told_growth": grown(told, FLOOR_MS), "resident_growth": grown(megabytes, 1),
        "told_ms": report["told_us"]["max"] / 1000, "resident_mb": max(megabytes, default=None),
    }


def grown(values, floor):
    """None where there are too few."""
    fifth = len(values) // 5
    if not fifth:
        return None
    early, late = statistics.median(values[fifth:2 * fifth]), statistics.median(values[-fifth:])
    return figures.ratio(max(late, floor), max(early, floor))


class Resident:
    """Looks every second at how much memory the system has."""

    def __init__(self, running):
        self.pids = list(running.roles)
        self.megabytes = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.is_over.wait(1):
            status = (pathlib.Path(f"/proc/{pid}/status").read_text() for pid in self.pids)
            self.megabytes.append(sum(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) for text in status) * 1024 / 1e6)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()
