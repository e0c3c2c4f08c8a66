"""The machine and the versions, without a name or a path of it."""
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import time

import settings


def facts():
    return {name: value for name, value in {
        "processor": f"{os.cpu_count()} × {processor()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{distribution()}, Linux {platform.release().split('-')[0]}",
        "disk": f"{file_system()}, a write of 4 KiB with fdatasync takes {sync_microseconds():,.0f} µs (median of 300)",
        "orderlog": revision(),
        "Swift": first(["swift", "--version"], r"Swift version (\S+)"),
        "SQLite": debian("libsqlite3-0"),
        "librdkafka": debian("librdkafka1"),
        "Kafka": jar_version(),
        "Java": first(["java", "-version"], r'version "([^"]+)"'),
        "PostgreSQL": first(["sh", "-c", "/usr/lib/postgresql/*/bin/postgres --version"], r"(\d\S+)"),
        "Go peer": go_version(),
        "Python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }.items() if value}


def processor():
    found = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    return found[1].strip() if found else platform.machine()


def distribution():
    found = re.search(r'PRETTY_NAME="([^"]+)"', pathlib.Path("/etc/os-release").read_text())
    return found[1] if found else platform.system()


def file_system():
    settings.FOLDER.mkdir(parents=True, exist_ok=True)
    return first(["findmnt", "-no", "FSTYPE", "-T", str(settings.FOLDER)], r"(\S+)") or "unknown file system"


def sync_microseconds():
    path = settings.FOLDER / "sync"
    times = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(300):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1e6)
    path.unlink()
    return statistics.median(times)


def revision():
    version = first([str(settings.PROGRAM), "--version"], r"(\d[\w.+-]*)") if settings.PROGRAM.exists() else None
    commit = first(["git", "-C", str(settings.ROOT), "rev-parse", "--short", "HEAD"], r"(\w+)")
    return " ".join(filter(None, [version, commit and f"at {commit}"]))


def first(command, pattern):
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if done.returncode == 0 and found else None


def debian(package):
    return first(["dpkg-query", "-W", "-f", "${Version}", package], r"([\d.]+)")


def jar_version():
    for jar in sorted((settings.KAFKA_HOME / "libs").glob("kafka_*.jar")):
        if found := re.match(r"kafka_[\d.]+-([\d.]+)\.jar", jar.name):
            return found[1]


def go_version():
    program = settings.PEERS / "peer-go/peer-go"
    if program.exists() and (found := re.search(rb"go1\.\d+(\.\d+)?", program.read_bytes())):
        return found[0].decode()
