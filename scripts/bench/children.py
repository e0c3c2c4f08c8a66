"""Starts processes and ends them again, whatever happens between."""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import time


class Failed(Exception):
    """Why a system could not be measured, for people."""


def is_there(group):
    try:
        os.killpg(group, 0)
        return True
    except ProcessLookupError:
        return False


def end(process, patience=20):
    """Ends a process with all that it started: asks, and after `patience` seconds does not ask any more."""
    for number, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        until = time.monotonic() + wait
        while time.monotonic() < until:
            process.poll()  # else it stays as a zombie, and its group with it
            if process.returncode is not None and not is_there(process.pid):
                return
            time.sleep(0.05)


@contextlib.contextmanager
def running(command, log, environment=None, stdin=None):
    """A process in a group of its own, so that Ctrl-C reaches us alone and we end it in order. Its output goes to `log`."""
    pathlib.Path(log).parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=output, stderr=subprocess.STDOUT, stdin=stdin or subprocess.DEVNULL,
            env={**os.environ, **(environment or {})}, start_new_session=True)
    try:
        yield process
    finally:
        end(process)


def done(command, patience=120, environment=None):
    """Runs a command to its end; answers its exit code, what it printed, and what it complained of."""
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        env={**os.environ, **(environment or {})}, start_new_session=True)
    try:
        output, complaint = process.communicate(timeout=patience)
        return process.returncode, output, complaint
    except subprocess.TimeoutExpired:
        raise Failed(f"{pathlib.Path(command[0]).name} was not done in {patience} s")
    finally:
        if process.returncode is None:
            end(process, patience=5)


def until(process, log, pattern, count=1, patience=60):
    """Waits until `pattern` was printed `count` times; answers what stood there each time."""
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        text = pathlib.Path(log).read_text(errors="replace")
        found = re.findall(pattern, text)
        if len(found) >= count:
            return found
        if process.poll() is not None:
            raise Failed(f"{pathlib.Path(str(process.args[0])).name} ended:\n{text[-2000:]}")
        time.sleep(0.01)
    raise Failed(f"{pathlib.Path(str(process.args[0])).name} was not ready in {patience} s")
