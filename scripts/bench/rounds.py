"""The rounds: in each, every system is started anew with nothing stored, warmed up, and measured; the order is turned round from
one to the next. Only what is measured runs, besides the echo in C, which is asked right before."""
import contextlib
import shutil

import children
import echoes
import load
import settings


def steps(systems):
    return settings.ROUNDS * sum(len(system.cells) for system in systems if not system.missing)


def run(systems, results, progress):
    there = [system for system in systems if not system.missing]
    for number in range(1, settings.ROUNDS + 1):
        for system in there if number % 2 else reversed(there):
            progress.doing(f"round {number} of {settings.ROUNDS} · {system.name} · starts")
            try:
                measure(system, number, results, progress)
            except children.Failed as failure:
                results["left_out"][system.name] = str(failure)
                progress.say(f"{system.name}: {failure}")
        results.save()


def measure(system, number, results, progress):
    folder = settings.FOLDER / "run"
    shutil.rmtree(folder, ignore_errors=True)
    with beside(system, folder) as echo, system.start(folder / "system") as running:
        where = f"round {number} of {settings.ROUNDS} · {system.name}"
        progress.doing(f"{where} · warms up")
        load.measure(running, "64", settings.WARM_UP if system.has_jvm else settings.WARM_UP_WITHOUT_JVM, 0)
        for cell in system.cells:
            progress.doing(f"{where} · {words(cell)}")
            echoed = None
            if echo and cell in ("1", "64", "256"):
                echoed = load.rate(load.measure(echo, cell, settings.ECHO_SECONDS, 0))
            report = load.measure(running, cell, settings.SECONDS_EACH)
            results.add(system.name, cell, number, report, echoed)
            progress.found(f"{where} · {words(cell)}: {load.summary(report)}")
        results["durability"].setdefault(system.name, running.durability)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def beside(system, folder):
    """The echo in C, idle but for the moments before each measurement; None where it can't be had, or is measured itself."""
    if system.name == echoes.NAME or echoes.c_missing():
        yield None
        return
    with echoes.c_echo(folder / "echo") as running:
        yield running


def words(cell):
    return {
        "1": "1 connection", "open": f"{settings.RATE:,} requests/s", "hot": "one product, 64 connections",
        "keys": "half with a key, 64 connections",
    }.get(cell, f"{cell} connections")
