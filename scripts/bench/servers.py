"""The broker and the database of a system, each in a folder of its own."""
import contextlib
import glob

import children
import settings


def missing_kafka():
    """Why there is no Kafka, or nil."""
    if not (settings.KAFKA_HOME / "broker").exists():
        return "there is no Kafka: say KAFKA_HOME, a folder with `broker`"


def missing_postgres():
    if not glob.glob("/usr/lib/postgresql/*/bin/postgres"):
        return "PostgreSQL is not installed"


@contextlib.contextmanager
def kafka(folder):
    """Answers the address of a broker and its process id."""
    broker = settings.KAFKA_HOME / "broker"
    try:
        code, address, complaint = children.done([broker, "start", folder])
        if code != 0:
            raise children.Failed(f"Kafka did not start: {complaint[-1000:]}")
        yield address.strip(), int((folder / "pid").read_text())
    finally:
        if (folder / "server.properties").exists():
            children.done([broker, "kill", folder])


@contextlib.contextmanager
def postgres(folder, databases):
    """Answers the URLs of new databases, the server's own URL, and its process id."""
    script = settings.ROOT / "scripts/postgres"
    try:
        code, url, complaint = children.done([script, "start", folder])
        if code != 0:
            raise children.Failed(f"PostgreSQL did not start: {complaint[-1000:]}")
        url = url.strip()
        for name in databases:
            ask(url, f"CREATE DATABASE {name}")
        base = url.rsplit("/", 1)[0]
        process = int((folder / "data/postmaster.pid").read_text().split()[0])
        yield {name: f"{base}/{name}" for name in databases}, url, process
    finally:
        if (folder / "data/postmaster.pid").exists():
            children.done([script, "stop", folder])


def ask(url, statement):
    psql = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
    code, answer, complaint = children.done([psql, "-XAt", "-c", statement, url])
    if code != 0:
        raise children.Failed(f"PostgreSQL refuses {statement}: {complaint}")
    return answer.strip()


def durability(url):
    """What decides whether a commit is there after a power cut."""
    return {name: ask(url, f"SHOW {name}") for name in ("synchronous_commit", "fsync", "full_page_writes")}
