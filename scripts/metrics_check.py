"""What scripts/metrics-check looks at: the metrics of a running `orderlog up`.

    metrics_check.py DATA OUTPUT RULES FOLDER

Places orders, asks 1,000 invented methods and routes, and reads the metrics of all three services: as OpenMetrics by the strict parser, and as
Prometheus's text into FOLDER/SERVICE.txt. Nobody tells more than 200 KB; every metric that the alert rules name is there.
"""
import http.client
import json
import pathlib
import re
import socket
import sys
import time

from prometheus_client.openmetrics.parser import text_string_to_metric_families

SERVICES = ["order", "inventory", "notification"]
MOST_BYTES = 200_000
data, said, rules, folder = map(pathlib.Path, sys.argv[1:])


class Inside(http.client.HTTPConnection):
    """A service's inside door."""

    def __init__(self, service):
        super().__init__("localhost", timeout=10)
        self.path = str(data / f"{service}.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


def metrics(service, accept=None):
    connection = Inside(service)
    connection.request("GET", "/metrics", headers={"Accept": accept} if accept else {})
    answer = connection.getresponse()
    assert answer.status == 200, f"{service}: {answer.status}"
    body = answer.read()
    connection.close()
    return answer.headers["Content-Type"], body


def until(what, look, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            found = look()
        except OSError:
            found = None
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.1)


def port(service):
    """Where the public door is, as the program says."""
    found = re.search(rf"^{service} service ready on http://[^ ]*:(\d+)$", said.read_text(), re.M)
    return found and int(found.group(1))


def ask(number, method, target, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=10)
    connection.request(method, target, body, {"Content-Type": "application/json"} if body else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


for service in SERVICES:
    until(f"{service}'s inside door", lambda: metrics(service))
street = until("the order service's port", lambda: port("order"))
order = json.dumps({"customer": {"name": "Ada", "email": "ada@example.com"},
                    "items": [{"product_id": "PROD-001", "quantity": 1}]})
for _ in range(5):
    end = time.monotonic() + 60
    # A busy machine may answer so to anybody, but not for a minute.
    while (status := ask(street, "POST", "/orders", order)) == 503 and time.monotonic() < end:
        pass
    assert status == 201, f"an order was answered {status}"
for number in range(500):
    ask(street, f"INVENTED{number}", "/orders")
    ask(street, "GET", f"/invented/{number}")

known = set()
for service in SERVICES:
    content_type, body = metrics(service, "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text; version=1.0.0"), content_type
    families = list(text_string_to_metric_families(body.decode()))
    known.update(sample.name for family in families for sample in family.samples)
    content_type, body = metrics(service)
    assert content_type.startswith("text/plain; version=0.0.4"), content_type
    assert len(body) < MOST_BYTES, f"{service}: {len(body)} bytes"
    (folder / f"{service}.txt").write_bytes(body)
    print(f"{service}: {len(families)} metrics, {len(body)} bytes")
text = (folder / "order.txt").read_text()
assert "INVENTED" not in text and "/invented" not in text, "an invented name is told"
assert 'http_request_method="_OTHER"' in text, "no unknown method was counted"

asked = set(re.findall(r"\b((?:orderlog|http|process)_[a-z_]+)\b", rules.read_text()))
labels = {"http_request_method", "http_route", "http_response_status_code"}
missing = sorted(asked - known - labels)
assert not missing, f"the rules ask for what nobody tells: {missing}"
until("messages", lambda: 'orderlog_order_told_seconds_count{service="notification"} 5'
      in metrics("notification")[1].decode())
