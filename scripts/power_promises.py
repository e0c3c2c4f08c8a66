"""What a shop has promised by the moment of a cut, and whether it kept that when it came back."""
import collections
import copy
import json
import re
import subprocess
import time

from running_shop import program, request

# What may have become of an order that was answered so: another change of it may have been under way.
LATER = {
    "confirmed": {"confirmed", "shipped", "delivered", "cancelled"},
    "shipped": {"shipped", "delivered"},
    "delivered": {"delivered"},
    "cancelled": {"cancelled"},
}
# Products that nobody orders. To the one stock is added, from the other it is taken, one unit after the other.
UP, DOWN = "PROD-UP", "PROD-DOWN"
MESSAGE = re.compile(r"(e-mail|SMS) to .* notification_id=(\S+)")


class Promises:
    """Takes the answers and the lines that left a program, in their order."""

    def __init__(self):
        self.orders = {}
        self.notifications = set()
        self.stock = {}  # by product of UP and DOWN: what was answered last
        self.told = collections.Counter()  # by message: how often it was sent

    def note(self, record):
        if record.kind == "O":
            for line in str(record.payload, "utf-8", "replace").splitlines():
                self.line(line)
        elif record.kind == "A":
            self.answer(bytes(record.payload))

    def copy(self):
        """As they are now."""
        return copy.deepcopy(self)

    def line(self, line):
        if found := MESSAGE.search(line):
            self.told[found[2]] += 1

    def answer(self, text):
        head, _, body = text.partition(b"\r\n\r\n")
        try:
            value = json.loads(body)
        except ValueError:
            return
        if "order_id" in value and value.get("status") in LATER:
            self.orders[value["order_id"]] = value["status"]
        elif value.get("product_id") in (UP, DOWN):
            self.stock[value["product_id"]] = value["available"]
        elif head.startswith(b"HTTP/1.1 201") and "notifications" in value:
            self.notifications.update(one["notification_id"] for one in value["notifications"])


def pages(shop, service, path, member):
    """All that a list has."""
    connection, cursor, found = shop.connect(service), None, []
    while True:
        where = f"{path}?limit=200" + (f"&cursor={cursor}" if cursor else "")
        status, body = connection.ask(request("GET", where))
        if status != 200:
            raise AssertionError(f"GET {path} was answered {status}: {body.decode(errors='replace')}")
        page = json.loads(body)
        found += page[member]
        cursor = page["next_cursor"]
        if not cursor:
            return found


def audit(data):
    found = subprocess.run([program(), "audit", "--json", "--wait", "0", "--data", data], capture_output=True, text=True)
    try:
        return json.loads(found.stdout)
    except ValueError:
        raise AssertionError(f"audit exited with {found.returncode}: {found.stderr}") from None


def come_to_rest(shop, patience, is_over):
    """Waits until audit finds that all agrees and nothing is on its way, and no message waits; answers the messages. Gives up where
    nobody wants to know any more."""
    deadline = time.monotonic() + patience
    while True:
        report = audit(shop.data)
        notifications = pages(shop, "notification", "/notifications", "notifications")
        waiting = [one for one in notifications if one["status"] not in ("sent", "noted")]
        if report["status"] == "agrees" and not report["in_flight"] and not waiting:
            return notifications
        if time.monotonic() > deadline or is_over():
            offenders = [line for line in report["checks"] if line["wrong"] or line["in_flight"] or line["unknown"]]
            raise AssertionError(f"after {patience} s: {json.dumps(offenders, indent=1)}, messages that wait: {waiting[:5]}")
        if shop.process.poll() is not None:
            raise AssertionError(f"it ended with {shop.process.returncode}")
        time.sleep(0.3)


def check(shop, promises, patience, is_over):
    """Raises AssertionError, with all that is not as it was promised; answers how many orders there were."""
    notifications = come_to_rest(shop, patience, is_over)
    wrong = []
    orders = {one["order_id"]: one["status"] for one in pages(shop, "order", "/orders", "orders")}
    for order, status in promises.orders.items():
        if orders.get(order) not in LATER[status]:
            wrong.append(f"order {order} was answered {status} and is {orders.get(order, 'not there')}")
    known = {one["notification_id"] for one in notifications}
    wrong += [f"notification {one} was answered 201 and is not there" for one in promises.notifications - known]
    wrong += [f"message {one} was sent before the cut, and is not known" for one in set(promises.told) - known]
    stock = {one["product_id"]: one["available"] for one in pages(shop, "inventory", "/inventory", "products")}
    for product, answered in promises.stock.items():
        # The next unit may have been under way.
        if stock.get(product) not in (answered, answered + (1 if product == UP else -1)):
            wrong.append(f"of {product} there were {answered}, it was answered, and there are {stock.get(product)}")
    told = collections.Counter(promises.told)
    for line in open(shop.log, errors="replace"):
        if found := MESSAGE.search(line):
            told[found[2]] += 1
    wrong += [f"message {message} was sent {count} times" for message, count in told.items() if count > 1]
    if wrong:
        raise AssertionError("\n".join(wrong[:20] + ([f"… and {len(wrong) - 20} more"] if len(wrong) > 20 else [])))
    return len(promises.orders)
