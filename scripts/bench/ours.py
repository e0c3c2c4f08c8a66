"""Orderlog: one process on files, and three services on Kafka with either database. Nothing is switched off for a figure:
these are the defaults of the program."""
import contextlib

import children
import servers
import settings
from free_ports import free_ports
from systems import Running, System, url

CELLS = ["1", "64", "256", "open", "hot", "keys"]
SERVICES = ["order", "inventory", "notification"]


def systems():
    unbuilt = None if settings.PROGRAM.exists() else "it is not built: make build"
    answer = [
        System("up", lambda folder: up(folder, settings.PROGRAM), CELLS, missing=unbuilt),
        System("SQLite + Kafka", on_sqlite, CELLS, has_jvm=True, missing=unbuilt or servers.missing_kafka()),
        System("PostgreSQL + Kafka", on_postgres, CELLS, has_jvm=True,
               missing=unbuilt or servers.missing_kafka() or servers.missing_postgres()),
    ]
    if settings.BEFORE:
        gone = None if settings.BEFORE.exists() else "there is no such program"
        answer.append(System("up (before)", lambda folder: up(folder, settings.BEFORE), ["1", "64"], missing=gone))
    return answer


@contextlib.contextmanager
def up(folder, program):
    command = [program, "up", "--data", folder / "data", "--log-level", "warning"]
    for service in SERVICES:
        command += [f"--{service}-port", "0"]
    with children.running(command, folder / "log") as process:
        ports = dict(children.until(process, folder / "log", r"(\w+) service ready on http://[^ ]*:(\d+)", 3))
        yield Running(
            url(ports["order"]), url(ports["inventory"]), url(ports["notification"]), {process.pid: "all in one"})


@contextlib.contextmanager
def on_sqlite(folder):
    with servers.kafka(folder / "kafka") as (kafka, broker):
        databases = {service: f"sqlite:{folder / 'data' / service}.db" for service in SERVICES}
        (folder / "data").mkdir(parents=True)
        with services(folder, kafka, databases) as running:
            running.roles[broker] = "broker"
            yield running


@contextlib.contextmanager
def on_postgres(folder):
    names = {service: f"orderlog_{service}" for service in SERVICES}
    with servers.postgres(folder / "postgres", names.values()) as (urls, server, process):
        with servers.kafka(folder / "kafka") as (kafka, broker):
            databases = {service: urls[name] for service, name in names.items()}
            with services(folder, kafka, databases) as running:
                running.roles |= {broker: "broker", process: "database"}
                running.durability = servers.durability(server)
                yield running


@contextlib.contextmanager
def services(folder, kafka, databases):
    """Three processes. Inventory first, for the order service asks it."""
    ports = free_ports(6)
    public, inside = dict(zip(SERVICES, ports[:3])), dict(zip(SERVICES, ports[3:]))
    with contextlib.ExitStack() as processes:
        roles = {}
        started = []
        for service in ("inventory", "notification", "order"):
            command = [
                settings.PROGRAM, "serve", service, "--port", public[service], "--internal-port", inside[service],
                "--kafka", kafka, "--database", databases[service], "--log-level", "warning",
            ]
            if service == "order":
                command += ["--inventory", url(inside["inventory"])]
            log = folder / f"{service}.log"
            process = processes.enter_context(children.running(command, log))
            roles[process.pid] = service
            started.append((process, log))
        for process, log in started:
            children.until(process, log, r"service ready on http://")
        yield Running(url(public["order"]), url(public["inventory"]), url(public["notification"]), roles)
