"""What `make bench` is told, by the environment."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What it shares with the other scripts.
sys.path.insert(0, str(ROOT / "scripts"))


def number(name, default):
    text = os.environ.get(name) or str(default)
    try:
        value = int(text)
    except ValueError:
        raise SystemExit(f"{name} must be a whole number, not {text}")
    if value < 1:
        raise SystemExit(f"{name} must be 1 or more, not {text}")
    return value


def path(name, default=None):
    text = os.environ.get(name) or default
    return pathlib.Path(text).resolve() if text else None


QUICK = os.environ.get("BENCH_QUICK") == "1"
ROUNDS = number("ROUNDS", 1 if QUICK else 3)
# Of each measurement, after the second that is not counted.
SECONDS_EACH = number("SECONDS_EACH", 2 if QUICK else 10)
# A JVM compiles what is hot for half a minute; nothing of ours or Go's needs that.
WARM_UP = number("WARM_UP", 8 if QUICK else 30)
WARM_UP_WITHOUT_JVM = min(WARM_UP, 5)
# The echo, right before each measurement.
ECHO_SECONDS = 1 if QUICK else 2
RATE = number("RATE", 1000)
MILLION = number("MILLION", 1_000_000)
LONG_SECONDS = number("LONG_SECONDS", 600)
DOES_MILLION = os.environ.get("BENCH_MILLION") == "1"
DOES_LONG = os.environ.get("BENCH_LONG") == "1"
# Only these, by the names of the table; all.
ONLY = [name.strip() for name in os.environ.get("SYSTEMS", "").split(",") if name.strip()]

PROGRAM = path("PROGRAM", str(ROOT / ".build/release/orderlog"))
OWN_ECHO = ROOT / ".build/release/HTTPReport"
BEFORE = path("BEFORE")
PEERS = path("PEERS", str(ROOT.parent / "shared"))
KAFKA_HOME = path("KAFKA_HOME", str(PEERS / "kafka"))
# Data folders: on a disk, for on a tmpfs a sync costs nothing.
FOLDER = path("BENCH_DIR", str(ROOT / ".build/bench"))
RESULTS = FOLDER / "results.json"
# A quick run is no measurement that anybody should read later.
DOCUMENT = FOLDER / "quick.md" if QUICK else ROOT / "docs/benchmarks.md"
