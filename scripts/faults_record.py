"""What scripts/faults records: every series that an alert rule asks for, as Prometheus would have it, and the test of the rules made of it."""
import json
import re
import subprocess
import time

# Seconds between two looks, as deploy/prometheus/prometheus.yaml has it.
EVERY = 5
# Seconds for which all is taken to be well before a fault, the fault to go on as it did, so that alerts that wait for a minute or two fire,
# and all to go on well after it: for longer than the half hour that a burn rate looks back.
WELL_BEFORE, GOES_ON, WELL_AFTER = 60, 300, 2_400
# What counts goes on counting as it did, and what waits for a fault's end goes on waiting; all else stays as it was.
COUNTS = re.compile(r"\w+(_total|_count|_bucket)\{")
WAITS = re.compile(r"\w+(_total|_count|_bucket|_age_seconds|_lag_seconds)\{")
AGES = re.compile(r"\w+(_age_seconds|_lag_seconds)\{")
# Of a metric with many series those that rules ask for.
ONLY = {"http_server_request_duration_seconds_count": 'http_request_method="POST",http_route="/orders"',
        "orderlog_order_told_seconds_bucket": 'le="10.0"'}
# Nothing says of these that they are at 0.
KEPT = re.compile(r"(up|orderlog_lease_held)\{")


def parse(text):
    """{(name, labels as text): value}"""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#") and (match := re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)):
            found[match[1], match[2] or ""] = float(match[3])
    return found


class Recorder:
    def __init__(self, shop, rules):
        self.shop, self.rules = shop, rules
        self.asked = {"up"} | set(re.findall(r"\b((?:orderlog|http|process)_[a-z_]+)\b", rules.read_text()))
        self.tests = []

    def look(self):
        """One scrape of each replica: {series: value}, with `up`."""
        seen = {}
        for replica in list(self.shop.replicas.values()):
            status, text = replica.ask("/metrics", timeout=4)
            where = f'job="orderlog",instance="{replica.name}"'
            seen[f"up{{{where}}}"] = 1.0 if status == 200 else 0.0
            for (name, labels), value in parse(text).items() if status == 200 else ():
                if ONLY.get(name, "") in labels:
                    seen[f"{name}{{{where}{',' if labels else ''}{labels}}}"] = value
        return seen

    def value(self, name, **labels):
        """The largest of the series that have these labels; None: nobody tells."""
        wanted = [f'{label}="{text}"' for label, text in labels.items()]
        return max((value for series, value in self.look().items()
                    if series.startswith(name + "{") and all(one in series for one in wanted)), default=None)

    def is_quiet(self):
        """No check fails, and nothing that rules ask for has waited for long: what came meanwhile is done."""
        return not any(series.startswith("orderlog_check_failed{") and value == 1
                       or series.split("{")[0] in self.asked and AGES.match(series) and value > 5 for series, value in self.look().items())

    def add(self, fault, before, during, after):
        """Each a list of looks, EVERY seconds apart."""
        parts = ((before, WELL_BEFORE, COUNTS), (during, GOES_ON, WAITS), (after, WELL_AFTER, COUNTS))
        ends, length = [], 0
        for looks, seconds, _ in parts:
            length += len(looks) + seconds // EVERY
            ends.append((length - 1) * EVERY)
        series = []
        for name in sorted({name for looks, _, _ in parts for look in looks for name in look if name.split("{")[0] in self.asked}):
            values = self.course(name, parts)
            if KEPT.match(name) or any(values):
                series.append({"series": name, "values": self.shorthand(values)})
        self.tests.append({"name": fault.name, "interval": f"{EVERY}s", "input_series": series, "promql_expr_test": [
            self.firing(ends[0], ()), self.firing(ends[1], fault.alerts, fault.also), self.firing(ends[2], ())]})

    @staticmethod
    def course(name, parts):
        """The values of a series, each part as long as it is taken to be. What was counted meanwhile is counted later, too."""
        values, before, added = [], None, 0
        for looks, seconds, goes_on in parts:
            seen = [look.get(name) for look in looks]
            first, last = seen[0], seen[-1]
            if before is not None and first is not None and first < before:
                # A process that began anew.
                added = 0
            step = 0
            if goes_on.match(name) and len(seen) > 1 and first is not None and last is not None:
                step = max((last - first) / (len(seen) - 1), 0)
            count = seconds // EVERY
            more = [None if last is None else last + step * (index + 1) for index in range(count)]
            values += [None if value is None else round(value + added, 3) for value in seen + more]
            if COUNTS.match(name):
                before, added = last, added + step * count
        return values

    @staticmethod
    def firing(end, alerts, also=()):
        """What a fault costs the objectives of a month is told for days: those alerts are not looked at, nor those that may fire, too."""
        without = "|".join([".+Slowly", *sorted(also)])
        return {"expr": f'group by (alertname) (ALERTS{{alertstate="firing",alertname!~"{without}"}})', "eval_time": f"{end}s",
                "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(alerts)]}

    @staticmethod
    def shorthand(values):
        """As promtool has it: `3x4` is five times 3, `3+2x4` goes up by 2 four times, `_x4` is nothing four times."""
        words, index = [], 0
        while index < len(values):
            end = index
            if values[index] is None:
                while end + 1 < len(values) and values[end + 1] is None:
                    end += 1
                words.append(f"_x{end - index + 1}")
            else:
                def step(place):
                    return None if place + 1 >= len(values) or values[place + 1] is None else round(values[place + 1] - values[place], 3)
                by = step(index)
                while by is not None and step(end) == by:
                    end += 1
                words.append(f"{values[index]:.10g}" + (f"{by:+.10g}x{end - index}" if end > index else ""))
            index = end + 1
        return " ".join(words)

    def write(self, file):
        # JSON is YAML; a series is a line.
        tests = []
        for test in self.tests:
            lines = ",\n   ".join(json.dumps(one) for one in test["input_series"])
            rest = json.dumps({key: value for key, value in test.items() if key not in ("name", "interval", "input_series")})
            tests.append(f'  {{"name": "{test["name"]}", "interval": "{test["interval"]}", "input_series": [\n   {lines}],\n   {rest[1:-1]}}}')
        rules = self.rules.name if file.parent == self.rules.parent else str(self.rules.resolve())
        file.write_text("# What scripts/faults --write recorded while it broke a running shop, and which alerts fire for that.\n"
                        f'{{"rule_files": ["{rules}"], "evaluation_interval": "15s", "tests": [\n' + ",\n".join(tests) + "]}\n")

    @staticmethod
    def check(file):
        subprocess.run(["promtool", "test", "rules", file], check=True)


def until(what, look, seconds):
    """What `look` finds, asked every quarter of a second; and after how long."""
    begun = time.monotonic()
    while not (found := look()):
        if time.monotonic() - begun > seconds:
            raise SystemExit(f"waited {seconds} s for {what}")
        time.sleep(0.25)
    return found, time.monotonic() - begun
