"""`orderlog up` as the scripts run it: its own folder, free ports, connections that are kept open."""
import atexit
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVICES = ("order", "inventory", "notification")
PRODUCTS = [f"PROD-00{number}" for number in range(1, 6)]


def program():
    """The release build, or what ORDERLOG names."""
    path = pathlib.Path(os.environ.get("ORDERLOG", ROOT / ".build/release/orderlog"))
    if not path.exists():
        raise SystemExit(f"{path} is not there: `make build` makes it, or name a program by ORDERLOG")
    return str(path)


def compile_shim(name, folder):
    """The library of scripts/shims/NAME.c, made anew in `folder`."""
    library = pathlib.Path(folder) / f"{name}.so"
    subprocess.run(
        ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, ROOT / f"scripts/shims/{name}.c"],
        check=True)
    return str(library)


def request(method, path, body=None, headers=""):
    """The bytes of a request, with `body` as JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return f"{head}\r\n".encode() + content


def order(number, lines=2, headers=""):
    """The bytes of a request for an order with `lines` lines, whose customer is told by e-mail and by SMS."""
    return request("POST", "/orders", {
        "customer": {"name": "Ada Lovelace", "email": f"ada{number % 1000:03}@example.com", "phone": "+44 20 7946 0000"},
        "items": [{"product_id": PRODUCTS[(number + line) % len(PRODUCTS)], "quantity": 1} for line in range(lines)],
    }, headers)


class Connection:
    """One that is kept open; requests go out and answers come in by turns."""

    def __init__(self, port, patience=60):
        self.socket = socket.create_connection(("127.0.0.1", port), patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def is_open(self):
        """Services close one that nobody uses for a while."""
        # Nothing is there to be read unless it was closed. (recv with MSG_DONTWAIT would wait: Python polls for the socket's timeout.)
        return not select.select([self.socket], [], [], 0)[0]

    def send(self, request):
        self.socket.sendall(request)

    def receive(self):
        """The status and the body of the next answer."""
        while b"\r\n\r\n" not in self.rest:
            self.take()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
        while len(self.rest) < length:
            self.take()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(head.split(b" ", 2)[1]), body

    def take(self):
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the service closed the connection")
        self.rest += more

    def ask(self, request):
        self.send(request)
        return self.receive()


class Shop:
    """A running `orderlog up`. `wrapper` is a command that runs it, as valgrind; what `environment` holds is added to its own."""

    def __init__(self, folder, wrapper=(), environment=None, arguments=()):
        self.data = f"{folder}/data"
        self.log = f"{folder}/log"
        command = [*wrapper, program(), "up", "--data", self.data, *arguments]
        for service in SERVICES:
            command += [f"--{service}-port", "0"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=open(self.log, "a"), text=True,
            env={**os.environ, **(environment or {})}, start_new_session=True)
        atexit.register(self.process.kill)
        self.ports = {}
        while len(self.ports) < len(SERVICES):
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(f"it did not start (exit code {self.process.wait()}):\n" + self.tail())
            if found := re.match(r"(\w+) service ready on http://.*:(\d+)$", line.strip()):
                self.ports[found[1]] = int(found[2])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """It is gone, and nothing of it is kept: a thousand shops of one script are a thousand pipes."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        atexit.unregister(self.process.kill)

    def tail(self):
        return "".join(open(self.log, errors="replace").readlines()[-20:])

    def connect(self, service="order"):
        return Connection(self.ports[service])

    def replenish(self, quantity=1_000_000):
        connection = self.connect("inventory")
        for product in PRODUCTS:
            answers = []

            def is_done():
                answers.append(connection.ask(request("PUT", f"/inventory/{product}/replenish", {"quantity": quantity})))
                return answers[-1][0] == 200

            wait_until(is_done, f"replenishing {product}: {answers}", every=0.05)

    def stop(self, how=signal.SIGTERM, patience=60):
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise RuntimeError("it did not stop:\n" + self.tail()) from None


def wait_until(condition, what, patience=60, every=0.005):
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {patience} s in vain: {what}")
        time.sleep(every)
