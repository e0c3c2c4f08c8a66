"""From measurements to figures: medians over the rounds, and ratios of what was measured in one round."""
import statistics

import load

# With whom each of ours is compared: the same databases, the same log.
GO = {"SQLite + Kafka": "Go: SQLite + Kafka", "PostgreSQL + Kafka": "Go: PostgreSQL + Kafka"}
OURS = ["up", *GO]


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def ratio(one, other):
    return one / other if one is not None and other else None


class Figures:
    def __init__(self, results):
        self.results = results
        self.cells = {}
        for cell in results["cells"]:
            self.cells.setdefault((cell["system"], cell["cell"]), {})[cell["round"]] = cell

    def rounds(self, system, cell):
        """By the round's number."""
        return self.cells.get((system, cell), {})

    def has(self, system, cell):
        return bool(self.rounds(system, cell))

    def over_rounds(self, system, cell, value):
        return median(value(one) for one in self.rounds(system, cell).values())

    def rates(self, system, cell):
        """Accepted orders a second, the lowest first."""
        return sorted(load.rate(one["report"]) for one in self.rounds(system, cell).values())

    def rate(self, system, cell):
        return median(self.rates(system, cell))

    def milliseconds(self, system, cell, of, part):
        """`of`: request or told; nil where nothing was counted."""
        def one(measurement):
            times = measurement["report"][f"{of}_us"]
            return times[part] / 1000 if times["count"] else None
        return self.over_rounds(system, cell, one)

    def to_echo(self, system, cell):
        """Of the echo in C in the seconds before; for the echo itself there is none."""
        return self.over_rounds(system, cell, lambda one: ratio(load.rate(one["report"]), one["echo"]))

    def to_go(self, system, cell):
        """Of the Go peer on the same databases, in the same round."""
        return self.against(system, cell, GO.get(system), cell, lambda one: load.rate(one["report"]))

    def against(self, system, cell, other, other_cell, value):
        """The median of the ratios of two measurements, each pair of one round."""
        pairs = [
            (value(mine), value(theirs)) for number, mine in self.rounds(system, cell).items()
            if (theirs := self.rounds(other, other_cell).get(number))
        ]
        return median(ratio(mine, theirs) for mine, theirs in pairs)

    def cpu(self, system, cell):
        """Microseconds of processor time an order, by role."""
        roles = {process["role"] for one in self.rounds(system, cell).values() for process in one["report"]["processes"]}
        return {role: self.over_rounds(system, cell, lambda one: cpu_of(one, role)) for role in roles}

    def own_cpu(self, system, cell):
        """Of the system's own processes: without broker, database and generator."""
        return self.over_rounds(system, cell, own_cpu)

    def resident(self, system):
        """The most MB that a process had at the end of a measurement, by role."""
        most = {}
        for (name, _), cells in self.cells.items():
            for process in (process for one in cells.values() if name == system for process in one["report"]["processes"]):
                megabytes = process["resident_bytes"] / 1e6
                most[process["role"]] = max(most.get(process["role"], 0), megabytes)
        return most

    def wrong(self):
        """What was not as it must be, with where."""
        cells = [
            (one["system"], one["cell"], one["round"], text) for one in self.results["cells"]
            for text in load.wrong(one["report"])
        ]
        return cells + [
            ("up", name, 1, text) for name in ("million", "long") for text in (self.results[name] or {}).get("wrong", ())
        ]


OTHERS = ("broker", "database", "load", "other")


def cpu_of(measurement, role):
    report = measurement["report"]
    spent = sum(process["cpu_ms"] for process in report["processes"] if process["role"] == role)
    return ratio(spent * 1000, report["measured"]["accepted"])


def own_cpu(measurement):
    roles = {process["role"] for process in measurement["report"]["processes"]} - set(OTHERS)
    values = [cpu_of(measurement, role) for role in roles]
    return None if None in values or not values else sum(values)
