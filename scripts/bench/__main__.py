"""make bench: measures Orderlog beside others on this machine, prints the tables and writes them into docs/benchmarks.md.

Rounds, durations and places are set by the environment; docs/benchmarks.md lists them.
"""
import signal
import sys

import children
import document
import figures
import long
import machine
import million
import progress
import results
import rounds
import settings
import systems


class Stopped(BaseException):
    """Ctrl-C, or SIGTERM."""


def stop(*_):
    # What runs is ended in order; a second Ctrl-C would leave the rest of it behind.
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    raise Stopped


def main():
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)
    measured = None
    try:
        if not settings.PROGRAM.exists():
            raise SystemExit("There is no program to measure: make build")
        chosen = systems.all_systems()
        measured = results.Results(machine.facts())
        shown = progress.Progress(rounds.steps(chosen) + million.steps() + long.steps())
        for system in chosen:
            if system.missing:
                measured["left_out"][system.name] = system.missing
                shown.say(f"left out: {system.name}: {system.missing}")
        rounds.run(chosen, measured, shown)
        for name, wanted, run in (("million", settings.DOES_MILLION, million.run), ("long", settings.DOES_LONG, long.run)):
            if wanted:
                try:
                    measured[name] = run(shown)
                except children.Failed as failure:
                    measured["left_out"][name] = str(failure)
                    shown.say(f"{name}: {failure}")
        measured.save()
    except Stopped:
        if measured:
            measured.save()
        print(f"\nStopped. {len(measured['cells']) if measured else 0} measurements are in {settings.RESULTS}", file=sys.stderr)
        return 130
    text = document.text(measured)
    print(text)
    document.write(text)
    # A goal that is missed is a figure, but an order that is missed is a mistake.
    return 1 if any("disagrees" in text for *_, text in figures.Figures(measured).wrong()) else 0


sys.exit(main())
