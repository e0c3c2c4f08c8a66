"""The part `secure` of scripts/compose-test: compose.secure.yaml on a real Docker engine."""
import collections
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from free_ports import free_ports

PORTS = {"order": 8080, "inventory": 8181, "notification": 8082}
OURS = ("order-service", "inventory-service", "notification-service")
# What a container may have beyond nothing: what its image needs while it starts.
ADDED = {"secrets": {"CHOWN", "DAC_OVERRIDE", "FOWNER"},
         "postgres": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}}
# Rates of this test, a second: what a client of it sends is well below, and a flood well above.
KEY_RATE, ADDRESS_RATE = 100, 300
ORDER = json.dumps({"customer": {"name": "Ada", "email": "ada@example.com", "phone": "+15550100"},
                    "items": [{"product_id": "PROD-001", "quantity": 1}]})


class Secure:
    def __init__(self, run, expect, until, compose, environment, build, keep):
        self.expect, self.until, self.compose, self.build = expect, until, compose, build
        self.run_with, self.keep = run, keep
        self.ports = dict(zip(PORTS, free_ports(3)))
        self.env = {**environment, "COMPOSE_FILE": "docker-compose.yml:compose.secure.yaml", "PUBLISH": "0.0.0.0",
                    # The digest is that of the public image; here may be one that was made to stand in for it.
                    "KAFKA_IMAGE": os.environ.get("KAFKA_IMAGE", "apache/kafka:4.3.1"),
                    "GATEWAY_RATE_KEY": str(KEY_RATE), "GATEWAY_RATE_ADDRESS": str(ADDRESS_RATE),
                    **{f"{name.upper()}_PORT": str(port) for name, port in self.ports.items()}}
        self.trusted = None
        self.keys = {}

    def run(self, *command, **more):
        return self.run_with(*command, env=self.env, **more)

    def tool(self, *command, options=()):
        """What a command of the tools printed; its other output stands behind it where it failed."""
        command = [*self.compose, "run", "--rm", "-T", *options, "tools", *command]
        result = subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                cwd=pathlib.Path(__file__).resolve().parent.parent)
        return result.returncode, result.stdout.strip() if result.returncode == 0 else result.stdout + result.stderr

    def container(self, service):
        return self.run(*self.compose, "ps", "-aq", service).stdout.split()[0]

    def inside(self, service, script):
        """What a shell in the service's container answers."""
        return self.run("docker", "exec", self.container(service), "bash", "-c", script, check=False)

    def connection(self, service="order", source=None, host="127.0.0.1", port=None):
        return http.client.HTTPSConnection(host, port or self.ports[service], context=self.trusted, timeout=20,
                                           source_address=source and (source, 0))

    def call(self, service, method, path, body=None, key=None, connection=None):
        """The status, the document and the headers."""
        mine = connection or self.connection(service)
        headers = {"content-type": "application/json", "host": "localhost",
                   **({"authorization": f"Bearer {self.keys.get(key, key)}"} if key else {})}
        mine.request(method, path, body, headers)
        response = mine.getresponse()
        data = response.read()
        if not connection:
            mine.close()
        try:
            return response.status, json.loads(data), response.headers
        except ValueError:
            return response.status, None, response.headers

    def all(self):
        try:
            self.refusal()
            began = time.monotonic()
            self.run(*self.compose, "up", *self.build, "-d")
            self.until("everything to be healthy", 180, self.healthy)
            print(f"      secure, up and healthy after {time.monotonic() - began:.0f} s", flush=True)
            self.trust()
            self.doors()
            self.make_keys()
            self.order()
            self.inside_door()
            self.rights()
            self.networks()
            self.databases()
            self.containers()
            self.floods()
            self.renewal()
            self.secrets()
        finally:
            if not self.keep:
                self.run(*self.compose, "--profile", "tools", "down", "-v", check=False)

    def healthy(self):
        states = self.run("docker", "inspect", "--format", "{{if .State.Health}}{{.State.Health.Status}}{{end}}",
                          *self.run(*self.compose, "ps", "-q", "kafka", "postgres", "gateway", *OURS).stdout.split()).stdout.split()
        return len(states) == 6 and set(states) == {"healthy"}

    # Doors

    def refusal(self):
        """Published without keys or TLS the gateway does not start, and its last line says what to do."""
        plain = {**self.env, "COMPOSE_FILE": "docker-compose.yml"}
        for more, word in (({}, "have no keys, and there is no TLS"),
                           ({"ORDERLOG_KEYS": "/run/secrets/keys/keys"}, "and there is no TLS")):
            result = self.run_with(*self.compose, "run", "--rm", "-T", "--no-deps", "gateway", env={**plain, **more}, check=False)
            last = result.stdout.strip().splitlines()[-1]
            self.expect("a published gateway without them does not start", result.returncode == 1 and word in last
                        and "compose.secure.yaml" in last, last)

    def trust(self):
        pem = ssl.get_server_certificate(("127.0.0.1", self.ports["order"]))
        self.trusted = ssl.create_default_context(cadata=pem)
        log = self.run(*self.compose, "logs", "gateway").stdout
        self.expect("it warns that its certificate signs itself", "WARNING: the certificate signs itself" in log)

    def doors(self):
        for service, port in self.ports.items():
            with socket.create_connection(("127.0.0.1", port), 10) as plain:
                plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try:
                    answer = plain.recv(1000)
                except ConnectionResetError:
                    answer = b""
            self.expect(f"plain HTTP is refused at {service}", not answer.startswith(b"HTTP/1.1 2") and b"live" not in answer, answer[:60])
        old = ssl._create_unverified_context()
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("DEFAULT@SECLEVEL=0")
        try:
            old.wrap_socket(socket.create_connection(("127.0.0.1", self.ports["order"]), 10)).close()
            spoken = True
        except ssl.SSLError:
            spoken = False
        self.expect("TLS 1.1 is refused", not spoken)
        status, _, headers = self.call("order", "POST", "/orders", ORDER)
        self.expect("before there is a key nobody is let in", status == 401 and "www-authenticate" in headers, status)

    def make_keys(self):
        for name in ("place", "operate", "read"):
            code, key = self.tool("keys", "create", "--scope", name, "--name", f"test-{name}", "--expires", "1d")
            if code or not key.startswith("ol_"):
                raise SystemExit(f"keys create: {code} {key[:200] if code else 'no key'}")
            self.keys[name] = key
        began = time.monotonic()
        for service, path in (("order", "/orders"), ("inventory", "/inventory"), ("notification", "/notifications")):
            self.until("the last key to be known", 10, lambda: self.call(service, "GET", path, key="read")[0] == 200)
        self.expect("a key that is made lets its holder in", True, f"{time.monotonic() - began:.1f} s later")

    def order(self):
        for service, method, path, body, key, wanted in (
                ("order", "POST", "/orders", ORDER, None, 401), ("order", "POST", "/orders", ORDER, "ol_" + 43 * "A", 401),
                ("order", "POST", "/orders", ORDER, "read", 403), ("order", "GET", "/orders", None, "place", 403),
                ("order", "GET", "/orders", None, "read", 200), ("inventory", "GET", "/inventory", None, None, 401),
                ("inventory", "PUT", "/inventory/PROD-001/replenish", '{"quantity":1}', "place", 403),
                ("inventory", "PUT", "/inventory/PROD-001/replenish", '{"quantity":1}', "operate", 200),
                ("notification", "POST", "/notify", "{}", "read", 403)):
            status, _, _ = self.call(service, method, path, body, key)
            self.expect(f"{method} {path} with {'no key' if not key else 'a wrong key' if key.startswith('ol_') else key} is {wanted}",
                        status == wanted, status)
        status, order, _ = self.call("order", "POST", "/orders", ORDER, "place")
        self.expect("a key places an order through TLS", status == 201, status)

        def told():
            status, document, _ = self.call("notification", "GET", f"/notifications/order/{order['order_id']}", key="read")
            return status == 200 and [n["status"] for n in document["notifications"]] == ["sent", "sent"]

        self.until("the customer to be told", 30, told)
        self.expect("and its customer is told", True)
        code, output = self.tool("audit", "--wait", "60")
        self.expect("databases and log agree", code == 0, "" if code == 0 else output[-1500:])

    def inside_door(self):
        ask = 'exec 3<>/dev/tcp/inventory-service/9081; printf "GET %s HTTP/1.0\\r\\nHost: inventory-service:9081\\r\\n\\r\\n" >&3; head -1 <&3'
        for path, wanted in (("/reservations?open_for=0", "401"), ("/metrics", "401"), ("/health/live", "200")):
            answer = self.inside("gateway", ask % path).stdout.strip()
            self.expect(f"inventory's inside door answers {path} without its token {wanted}", f" {wanted} " in answer, answer)

    # Kafka, networks, databases

    def rights(self):
        code, output = self.tool("events", "export", "-", "--topic", "orders")
        self.expect("an operator's tools read the log", code == 0 and "OrderConfirmed" in output)
        before = self.run("docker", "exec", self.container("kafka"), "bash", "-c", "du -b /var/lib/kafka/data/orders-*/*.log").stdout
        project = self.env["COMPOSE_PROJECT_NAME"]
        for user in ("inventory", "notification"):
            # Whoever may write orders may have anything sent to anyone.
            result = subprocess.run(
                ["docker", "run", "--rm", "-i", "--network", f"{project}_operator", "--tmpfs", "/tmp",
                 "-e", "KAFKA_BOOTSTRAP_SERVERS=kafka:9092", "-e", f"KAFKA_CONFIG=/run/secrets/{user}/kafka.properties",
                 "-v", f"{project}_{user}-secret:/run/secrets/{user}:ro", f"{project}:local", "events", "import", "-", "--append"],
                input=output + "\n", capture_output=True, text=True)
            said = (result.stdout + result.stderr).strip().splitlines()
            self.expect(f"the user {user} can't write orders", result.returncode != 0 and "AUTHORIZATION_FAILED" in "".join(said), said[-1:])
        after = self.run("docker", "exec", self.container("kafka"), "bash", "-c", "du -b /var/lib/kafka/data/orders-*/*.log").stdout
        self.expect("and the topic is as it was", before == after)
        acls = "/opt/kafka/bin/kafka-run-class.sh org.apache.kafka.tools.AclCommand --bootstrap-server localhost:9094 --list --topic orders"
        listed = self.run("docker", "exec", "-e", "KAFKA_HEAP_OPTS=-Xmx96m", self.container("kafka"), "bash", "-c", acls).stdout
        writers = sorted({line.split("User:")[1].split(",")[0] for line in listed.splitlines()
                          if "operation=WRITE" in line or "operation=ALL" in line})
        self.expect("the order service and the tools write orders, and nobody else", writers in (["order"], ["order", "tools"]), writers)
        denied = self.inside("order-service", "exec 3<>/dev/tcp/kafka/9094").returncode
        self.expect("the listener of Kafka's own is not to be reached", denied != 0)

    def networks(self):
        def reaches(service, address):
            host, port = address.split(":")
            return self.inside(service, f"timeout 3 bash -c 'exec 3<>/dev/tcp/{host}/{port}'").returncode == 0

        wanted = {"order-service": {"kafka:9092", "postgres:5432", "gateway:8081"},
                  "inventory-service": {"kafka:9092", "postgres:5432", "gateway:8081"},
                  "notification-service": {"kafka:9092", "postgres:5432", "gateway:8081"},
                  "gateway": {"order-service:8080", "inventory-service:9081", "notification-service:8082"},
                  "postgres": {"kafka:9092"}}
        places = ["kafka:9092", "postgres:5432", "gateway:8081", "order-service:8080", "inventory-service:9081",
                  "notification-service:8082"]
        for service, allowed in wanted.items():
            own = service + ":"
            found = {place for place in places if not place.startswith(own) and reaches(service, place)}
            if service == "postgres":
                found = {place for place in found if not place.startswith(tuple(f"{name}:" for name in OURS))}
            self.expect(f"{service} reaches what it needs", found == allowed, sorted(found))
        out = self.inside("order-service", "timeout 3 bash -c 'exec 3<>/dev/tcp/1.1.1.1/443'").returncode
        self.expect("a service reaches nothing outside", out != 0)

    def databases(self):
        def as_user(user, database):
            script = f"PGPASSWORD=$(cat /run/secrets/{user}/password) psql -h postgres -U {user} -d {database} -Atc 'SELECT 1'"
            return self.run("docker", "exec", self.container("postgres"), "bash", "-c", script, check=False).stdout.strip()

        self.expect("a role comes to its own database", as_user("order", "order") == "1")
        for user, database in (("order", "inventory"), ("notification", "order"), ("inventory", "postgres"), ("postgres", "order")):
            said = as_user(user, database)
            self.expect(f"and {user} not to {database}", "no pg_hba.conf entry" in said, said[-80:])
        roles = self.run("docker", "exec", self.container("postgres"), "psql", "-U", "postgres", "-Atc",
                         "SELECT rolname FROM pg_roles WHERE rolcanlogin AND (rolsuper OR rolcreaterole OR rolcreatedb)").stdout.split()
        self.expect("no service's role has more than its database", roles == ["postgres"], roles)

    # Containers

    def containers(self):
        for container in self.run(*self.compose, "ps", "-aq").stdout.split():
            found = json.loads(self.run("docker", "inspect", container).stdout)[0]
            service = found["Config"]["Labels"]["com.docker.compose.service"]
            host = found["HostConfig"]
            added = {name.removeprefix("CAP_") for name in host["CapAdd"] or []}
            self.expect(f"{service} has no more capabilities than it needs",
                        host["CapDrop"] == ["ALL"] and added == ADDED.get(service, set()), sorted(added))
            self.expect(f"{service} gets no more, and has limits", any("no-new-privileges" in o for o in host["SecurityOpt"])
                        and host["PidsLimit"] and host["Memory"] and not host["Privileged"])
            self.expect(f"{service} is read-only", host["ReadonlyRootfs"] or service == "kafka")
        for service in (*OURS, "gateway", "kafka", "postgres"):
            status = self.inside(service, "cat /proc/1/status").stdout
            fields = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
            self.expect(f"{service} runs as a user without powers", int(fields["CapEff"], 16) == 0
                        and fields["Uid"].split()[0] != "0" and fields["NoNewPrivs"] == "1", fields["Uid"].split()[0])

    def secrets(self):
        """No secret is anywhere but in its volume."""
        project = self.env["COMPOSE_PROJECT_NAME"]
        volumes = [v for v in self.run("docker", "volume", "ls", "-q", "--filter", f"label=com.docker.compose.project={project}").stdout.split()
                   if v.endswith(("-secret", "_keys"))]
        mounts = [word for volume in volumes for word in ("-v", f"{volume}:/all/{volume}:ro")]
        text = self.run("docker", "run", "--rm", "--user", "root", "--entrypoint", "sh", *mounts, f"{project}:local", "-c",
                        "find /all -type f -exec cat {} +").stdout
        keys = re.findall("PRIVATE KEY-----\n(.*?)\n-----END", text, re.DOTALL)
        known = {*self.keys.values(), *re.findall(r"\b[0-9a-f]{48}\b", text), *(line for key in keys for line in key.split("\n"))}
        self.expect("there are secrets to look for", len(known) >= 12, len(known))
        places = collections.OrderedDict()
        for container in self.run(*self.compose, "ps", "-aq").stdout.split():
            name = self.run("docker", "inspect", "--format", "{{.Name}}", container).stdout.strip().strip("/")
            places[f"inspect of {name}"] = self.run("docker", "inspect", container).stdout
            places[f"log of {name}"] = self.run("docker", "logs", container).stdout
            running = self.run("docker", "top", container, "-ww", "-eo", "pid,args", check=False)
            if running.returncode == 0:
                places[f"processes of {name}"] = running.stdout
                places[f"environment of {name}"] = self.run("docker", "exec", container, "bash", "-c",
                                                            "tr '\\0' '\\n' </proc/1/environ; env", check=False).stdout
        places["history of the image"] = self.run("docker", "history", "--no-trunc", f"{project}:local").stdout
        places["the configuration"] = self.run(*self.compose, "config").stdout
        for service in ("order", "inventory", "notification"):
            status, document, _ = self.call(service, "GET", "/health", key="read")
            places[f"health of {service}"] = json.dumps(document)
        found = [place for place, text in places.items() if any(secret in text for secret in known)]
        self.expect(f"none of {len(known)} secrets is in any of {len(places)} places", not found, found)

    # Limits and certificates

    def flood(self, seconds, key, others):
        """Eight connections send all they can; `others` are asked for ten times a second meanwhile. Answers both counts."""
        stop, counts, seen = threading.Event(), collections.Counter(), collections.Counter()

        def send():
            connection = self.connection("order")
            while not stop.is_set():
                try:
                    counts[self.call("order", "GET", "/health/live", key=key, connection=connection)[0]] += 1
                except (OSError, http.client.HTTPException):
                    connection.close()
                    counts["closed"] += 1
                    time.sleep(0.05)

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            seen[others()] += 1
            time.sleep(0.1)
        stop.set()
        for thread in threads:
            thread.join()
        return counts, seen

    def floods(self):
        # By key: one address for both, which has room for both.
        gateway = json.loads(self.run("docker", "inspect", self.container("gateway")).stdout)[0]
        project = self.env["COMPOSE_PROJECT_NAME"]
        edge = gateway["NetworkSettings"]["Networks"][f"{project}_edge"]["IPAddress"]
        # An address of this host that is none of the gateway's networks: another caller.
        other = next(address for address in self.run("hostname", "-I").stdout.split()
                     if "." in address and address.rsplit(".", 1)[0] != edge.rsplit(".", 1)[0])

        def neighbour():
            connection = self.connection(host=edge, port=8080, source=other)
            try:
                return self.call("order", "GET", "/health/live", connection=self.unverified(connection))[0]
            finally:
                connection.close()

        counts, seen = self.flood(8, None, neighbour)
        rate = counts[200] / 8
        self.expect("an address that floods gets its rate and no more", rate < 1.5 * ADDRESS_RATE and counts[429] > 0, dict(counts))
        self.expect("while another address is answered as ever", set(seen) == {200}, dict(seen))
        time.sleep(3)

        def holder():
            connection = self.connection(host=edge, port=8080, source=other)
            try:
                return self.call("order", "GET", "/orders?limit=1", key="read", connection=self.unverified(connection))[0]
            finally:
                connection.close()

        counts, seen = self.flood(8, "place", holder)
        self.expect("a key that floods gets its rate and no more", counts[200] / 8 < 1.5 * KEY_RATE and counts[429] > 0, dict(counts))
        self.expect("while another key is answered as ever", set(seen) == {200}, dict(seen))

    def unverified(self, connection):
        """By an address that stands in no certificate."""
        connection._context = ssl._create_unverified_context()
        return connection

    def renewal(self):
        """The documented commands take a new certificate; no request fails meanwhile."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                       "-subj", "/CN=renewed", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                       "-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"]
            subprocess.run(openssl, check=True, capture_output=True)
            self.env["TLS_CERTIFICATE"] = folder
            both = ssl.create_default_context(cadata=ssl.get_server_certificate(("127.0.0.1", self.ports["order"])))
            both.load_verify_locations(f"{folder}/fullchain.pem")
            self.trusted = both
            stop, results = threading.Event(), collections.Counter()

            def ask(kept):
                connection = self.connection("order")
                while not stop.is_set():
                    try:
                        results[self.call("order", "GET", "/orders?limit=1", key="read", connection=connection)[0]] += 1
                    except (OSError, http.client.HTTPException) as error:
                        results[repr(error)] += 1
                        connection.close()
                    if not kept:
                        connection.close()
                    time.sleep(0.04)

            threads = [threading.Thread(target=ask, args=(kept,)) for kept in (True, False)]
            for thread in threads:
                thread.start()
            self.run(*self.compose, "run", "--rm", "--no-deps", "-T", "secrets")
            self.run(*self.compose, "exec", "-T", "gateway", "bash", "/usr/local/etc/haproxy/renew")
            wanted = pathlib.Path(f"{folder}/fullchain.pem").read_text().strip()
            self.until("the new certificate", 15,
                       lambda: ssl.get_server_certificate(("127.0.0.1", self.ports["order"])).strip() == wanted)
            time.sleep(2)
            stop.set()
            for thread in threads:
                thread.join()
            self.expect("a new certificate is taken and no request fails", set(results) == {200}, dict(results))
