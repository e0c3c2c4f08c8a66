"""The measure of all: a server that parses an order and writes it again, in C and on our own HTTP server."""
import contextlib
import functools
import shutil
import socket
import subprocess
import time

import children
import settings
from free_ports import free_ports
from systems import Running, System, url

NAME = "echo in C"
CELLS = ["1", "64", "256", "open"]


def systems():
    return [System(NAME, c_echo, CELLS, missing=c_missing()), System("echo on our server", own_echo, CELLS, missing=own_missing())]


def source():
    return settings.PEERS / "limits/echo.c"


@functools.cache
def c_missing():
    if not source().exists():
        return "limits/echo.c is not among the peers"
    if not shutil.which("gcc"):
        return "gcc is not installed"
    if children.done(["gcc", "-fsyntax-only", source()])[0] != 0:
        return "it wants libmicrohttpd-dev and libjansson-dev"


def own_missing():
    if not settings.OWN_ECHO.exists():
        return "it is not built: swift build -c release --product HTTPReport"


@contextlib.contextmanager
def c_echo(folder):
    program = settings.FOLDER / "echo"
    if not program.exists() or program.stat().st_mtime < source().stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        code, _, complaint = children.done(["gcc", "-O2", source(), "-o", program, "-lmicrohttpd", "-ljansson"])
        if code != 0:
            raise children.Failed(f"it does not compile:\n{complaint[-500:]}")
    [port] = free_ports(1)
    with children.running([program, port], folder / "log") as process:
        wait_for(process, port)
        yield Running(url(port), roles={process.pid: "all in one"})


def wait_for(process, port):
    for _ in range(500):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise children.Failed("the echo did not start")


@contextlib.contextmanager
def own_echo(folder):
    # It runs until its standard input ends.
    with children.running([settings.OWN_ECHO], folder / "log", stdin=subprocess.PIPE) as process:
        [port] = children.until(process, folder / "log", r"ready on port (\d+)")
        yield Running(url(port), roles={process.pid: "all in one"})
