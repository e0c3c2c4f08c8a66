"""The shop that scripts/faults breaks: services in processes of their own, their databases, a broker, and orders that go on all the time."""
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from free_ports import free_ports
from running_shop import ROOT, program, wait_until

KAFKA = pathlib.Path(os.environ.get("KAFKA_HOME", ROOT / "../shared/kafka"))


class Replica:
    """A process of a service. What it says is in its log, whatever becomes of it."""

    def __init__(self, shop, name, service, arguments, environment=None):
        self.shop, self.name, self.service = shop, name, service
        self.port, self.inside = free_ports(2)
        self.log = pathlib.Path(shop.folder) / f"{name}.log"
        self.command = [program(), "serve", service, "--port", str(self.port), "--internal-port", str(self.inside),
                        "--kafka", shop.kafka, "--log-format", "json", *arguments]
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=open(self.log, "a"), env=self.environment)
        wait_until(lambda: self.ask("/health/live", self.port)[0] == 200, f"{self.name} to answer", every=0.1)
        return self

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait()

    def ask(self, path, port=None, timeout=2):
        """Status and body; (0, "") where nobody answers."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port or self.inside, timeout=timeout)
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""


class FaultShop:
    # Seconds between two orders.
    usual_pace = 0.5

    def __init__(self, folder):
        self.folder = folder
        self.disk = pathlib.Path(folder) / "small-disk"
        self.replicas = {}
        # Of replicas that are gone, too.
        self.logs = {}
        self.pace = self.usual_pace
        self.stopping = threading.Event()

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self):
        # PostgreSQL runs as a user of its own.
        os.chmod(self.folder, 0o755)
        self.kafka = self.broker("start")
        self.database = self.postgres("start")
        self.disk.mkdir()
        self.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", self.disk])
        self.add("inventory", "inventory", ["--database", f"sqlite:{self.folder}/inventory.db"])
        self.order_arguments = [
            "--database", self.database, "--inventory", f"http://127.0.0.1:{self.replicas['inventory'].inside}"]
        self.add("order", "order", self.order_arguments)
        self.add("notification", "notification", ["--database", f"sqlite:{self.disk}/notification.db"])
        self.ask("inventory", "PUT", "/inventory/PROD-001/replenish", {"quantity": 1_000_000})
        self.customers = threading.Thread(target=self.place_orders, daemon=True)
        self.customers.start()

    def __exit__(self, *_):
        self.stopping.set()
        for replica in self.replicas.values():
            replica.end()
        for command in (["umount", self.disk], [ROOT / "scripts/postgres", "stop", f"{self.folder}/postgres"],
                        [KAFKA / "broker", "resume", f"{self.folder}/kafka"], [KAFKA / "broker", "kill", f"{self.folder}/kafka"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def add(self, name, service, arguments, environment=None):
        replica = self.replicas[name] = Replica(self, name, service, arguments, environment)
        self.logs[name] = replica.log
        return replica.start()

    def remove(self, name):
        self.replicas.pop(name).end(signal.SIGTERM)

    @staticmethod
    def run(command, **options):
        return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options).stdout.strip()

    def broker(self, command):
        return self.run([KAFKA / "broker", command, f"{self.folder}/kafka"])

    def postgres(self, command):
        return self.run([ROOT / "scripts/postgres", command, f"{self.folder}/postgres"])

    def orderlog(self, *arguments):
        return self.run([program(), *arguments, "--kafka", self.kafka])

    def kafka_tool(self, tool, *arguments, **options):
        return self.run([KAFKA / f"bin/kafka-{tool}.sh", "--bootstrap-server", self.kafka, *arguments], **options)

    def sql(self, statement):
        return self.run(["psql", "-X", "-q", self.database, "-c", statement])

    def ask(self, name, method, path, body):
        """At a replica's public door: the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.replicas[name].port, timeout=15)
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def place_orders(self):
        """Whatever becomes of them, as customers do."""
        order = {"customer": {"name": "Ada", "email": "ada@example.com"}, "items": [{"product_id": "PROD-001", "quantity": 1}]}
        while not self.stopping.wait(self.pace):
            try:
                self.ask("order", "POST", "/orders", order)
            except (OSError, http.client.HTTPException):
                pass

    def status(self):
        """What `orderlog status` says, and its exit code."""
        command = [program(), "status"]
        for replica in self.replicas.values():
            command += [f"--{replica.service}", f"http://127.0.0.1:{replica.inside}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def said(self):
        """How long each log is now."""
        return {name: log.stat().st_size for name, log in self.logs.items()}

    def lines_since(self, sizes):
        """What was logged since, a list of JSON objects, each with the replica that said it."""
        lines = []
        for name, path in self.logs.items():
            with open(path) as log:
                log.seek(sizes.get(name, 0))
                lines += [{**json.loads(line), "replica": name} for line in log if re.match(r"\{.*\}$", line.strip())]
        return lines
