"""What others would have written: the same system in Go, and a small one in Python that keeps everything in memory."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import bodies
import children
import servers
import settings
from systems import Running, System, refuse_taken, url

CELLS = ["1", "64", "256", "open"]
GO = settings.PEERS / "peer-go"
FASTAPI = settings.PEERS / "peer-fastapi"


def systems():
    no_go = None if (GO / "peer-go").exists() else "peer-go is not among the peers"
    return [
        System("Go: SQLite + Kafka", go_on_sqlite, CELLS, has_jvm=True, missing=no_go or servers.missing_kafka()),
        System("Go: PostgreSQL + Kafka", go_on_postgres, CELLS, has_jvm=True,
               missing=no_go or servers.missing_kafka() or servers.missing_postgres()),
        System("FastAPI", fastapi, CELLS, missing=None if (FASTAPI / "run").exists() else "peer-fastapi is not among the peers"),
    ]


@contextlib.contextmanager
def go_on_sqlite(folder):
    with servers.kafka(folder / "kafka") as (kafka, broker):
        with go(folder, kafka, f"sqlite:{folder / 'data'}") as running:
            running.roles[broker] = "broker"
            yield running


@contextlib.contextmanager
def go_on_postgres(folder):
    with servers.postgres(folder / "postgres", []) as (_, server, process):
        with servers.kafka(folder / "kafka") as (kafka, broker):
            with go(folder, kafka, server + "?sslmode=disable") as running:
                running.roles |= {broker: "broker", process: "database"}
                running.durability = servers.durability(server)
                yield running


@contextlib.contextmanager
def go(folder, kafka, database):
    refuse_taken([9180, 9181, 9182])
    ids = folder / "ids"
    command = [GO / "run", "--db", database, "--kafka", kafka, "--log-level", "warn"]
    with children.running(command, folder / "log", {"PIDFILE": str(ids)}) as process:
        children.until(process, folder / "log", r"ready: order :9180")
        roles = dict(zip(map(int, ids.read_text().split()), ("notification", "inventory", "order")))
        yield Running(url(9180), url(9181), url(9182), roles)


@contextlib.contextmanager
def fastapi(folder):
    refuse_taken([9080, 9081, 9082])
    with children.running([FASTAPI / "run"], folder / "log", {"PYTHON": interpreter()}) as process:
        for port in (9080, 9081, 9082):
            wait_until_healthy(process, folder / "log", url(port) + "/health")
        for product in bodies.PRODUCTS:
            post(url(9081) + "/inventory", {"product_id": product, "name": product, "price": 19.99, "quantity": 1_000_000_000})
        lines = folder / "bodies.ndjson"
        lines.write_text("".join(json.dumps(body, separators=(",", ":")) + "\n" for body in bodies.flat()))
        yield Running(url(9080), roles=roles_in_group(process.pid), bodies=str(lines))


def interpreter():
    """A Python that has FastAPI; made with packages of PyPI where there is none."""
    wanted = os.environ.get("FASTAPI_PYTHON")
    made = settings.FOLDER / "python/bin/python"
    for python in filter(None, [wanted, str(made) if made.exists() else None, sys.executable]):
        if subprocess.run([python, "-c", "import fastapi, uvicorn, httpx"], capture_output=True).returncode == 0:
            return python
    children.done([sys.executable, "-m", "venv", settings.FOLDER / "python"])
    code, _, complaint = children.done(
        [made, "-m", "pip", "install", "-q", "--disable-pip-version-check", "fastapi", "uvicorn[standard]", "httpx"], 300)
    if code != 0:
        raise children.Failed(f"FastAPI can't be installed; FASTAPI_PYTHON may name a Python that has it: {complaint[-300:]}")
    return str(made)


def wait_until_healthy(process, log, address):
    for _ in range(300):
        with contextlib.suppress(OSError, urllib.error.URLError):
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise children.Failed(f"FastAPI did not start:\n{pathlib.Path(log).read_text()[-1000:]}")


def post(address, body):
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10):
        pass


def roles_in_group(group):
    """Which of a group's processes is which service: uvicorn has the module's name among its arguments."""
    roles = {}
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ProcessLookupError):
            if entry.name.isdigit() and os.getpgid(int(entry.name)) == group:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                for service in ("order", "inventory", "notification"):
                    if f"{service}_service:app" in words:
                        roles[int(entry.name)] = service
    return roles
