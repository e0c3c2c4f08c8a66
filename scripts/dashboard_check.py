"""Asks a real Prometheus, which watches a running `orderlog up`, each query of the dashboard: it has to answer with something.

    dashboard_check.py DATA ORDER_PORT RULES FOLDER

Prometheus can't ask a Unix socket: a door of our own, for as long as this runs, hands each question on.
"""
import http.client
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

from free_ports import free_ports

SERVICES = ["order", "inventory", "notification"]
# What tells something only where something is wrong.
QUIET = ("ALERTS", "orderlog_check_failed")
data, street, rules, folder = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])


class Door(http.server.BaseHTTPRequestHandler):
    """/SERVICE is that service's /metrics."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        inside = http.client.HTTPConnection("localhost", timeout=10)
        inside.sock = socket.socket(socket.AF_UNIX)
        inside.sock.connect(str(data / f"{self.path.strip('/')}.sock"))
        inside.request("GET", "/metrics", headers={"Accept": self.headers["Accept"]})
        answer = inside.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def place():
    order = json.dumps({"customer": {"name": "Ada", "email": "ada@example.com"}, "items": [{"product_id": "PROD-001", "quantity": 1}]})
    connection = http.client.HTTPConnection("127.0.0.1", street, timeout=10)
    connection.request("POST", "/orders", order, {"Content-Type": "application/json"})
    connection.getresponse().read()
    connection.close()


def ask(port, query):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
    answer = json.load(connection.getresponse())
    connection.close()
    if answer["status"] != "success":
        raise SystemExit(f"{query}\n  {answer['error']}")
    return answer["data"]["result"]


def main():
    door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    jobs = [{"job_name": f"orderlog-{service}", "metrics_path": f"/{service}",
             "static_configs": [{"targets": [f"127.0.0.1:{door.server_address[1]}"]}],
             "relabel_configs": [{"target_label": "job", "replacement": "orderlog"}]}
            for service in SERVICES]
    # JSON is YAML.
    (folder / "prometheus.yaml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(rules.resolve())], "scrape_configs": jobs}))
    (port,) = free_ports(1)
    prometheus = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/tsdb",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
    queries = subprocess.run(["scripts/dashboard", "--queries"], check=True, capture_output=True, text=True).stdout.splitlines()
    # Grafana's own: four times the time between two looks.
    queries = [query.replace("$__rate_interval", "10s") for query in queries]
    try:
        end, left = time.monotonic() + 60, queries
        while left:
            if time.monotonic() > end:
                raise SystemExit("nothing is told for:\n  " + "\n  ".join(left))
            place()
            time.sleep(0.2)
            try:
                left = [query for query in left if not ask(port, query) and not any(word in query for word in QUIET)]
            except OSError:
                pass  # It is starting.
    finally:
        prometheus.terminate()
        prometheus.wait()
    print(f"dashboard: {len(queries)} queries answered")


main()
