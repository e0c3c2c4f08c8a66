"""A shop at work, written down by scripts/shims/journal.c."""
import json
import pathlib
import random
import signal
import threading
import time

from power_promises import DOWN, UP
from running_shop import Shop, order, request


class Load:
    """Orders from one connection, then from `connections` at once; of some of them more becomes than confirmed. What fails is
    of no account: the journal says what was answered."""

    def __init__(self, shop, seed, orders, connections=12):
        self.shop, self.seed, self.orders, self.connections = shop, seed, orders, connections
        self.answered = 0

    def run(self):
        self.work(0, self.orders // 8)
        threads = [threading.Thread(target=self.stock)]
        for number in range(self.connections):
            threads.append(threading.Thread(
                target=self.work, args=(number + 1, self.orders * 7 // 8 // self.connections)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def work(self, number, orders):
        choose = random.Random(f"{self.seed} {number}")
        try:
            connection = self.shop.connect()
            for index in range(orders):
                key = f"Idempotency-Key: {number}-{index}\r\n" if choose.random() < 0.5 else ""
                status, body = connection.ask(order(choose.randrange(10_000), choose.randint(1, 3), key))
                if status == 201:
                    self.answered += 1
                    self.go_on(choose, connection, json.loads(body)["order_id"])
                else:
                    # A service whose database failed refuses at once, until it has looked again.
                    time.sleep(0.05)
        except OSError:
            pass  # The program ended, as it may where syncs fail.

    def go_on(self, choose, connection, order_id):
        chance = choose.random()
        if chance < 0.1:
            connection.ask(request("POST", f"/orders/{order_id}/cancel"))
        elif chance < 0.25:
            connection.ask(request("POST", f"/orders/{order_id}/ship"))
            if chance < 0.15:
                connection.ask(request("POST", f"/orders/{order_id}/deliver"))
        elif chance < 0.3:
            self.shop.connect("notification").ask(request("POST", "/notify", {
                "order_id": order_id, "type": "custom", "recipient": {"email": "ada@example.com"}, "message": "A day later."}))

    def stock(self):
        try:
            connection = self.shop.connect("inventory")
            for product, quantity in ((UP, 1), (DOWN, 1_000_000)):
                connection.ask(request("POST", "/inventory", {
                    "product_id": product, "name": product, "price": {"amount": 100, "currency": "USD"}, "quantity": quantity}))
            for _ in range(self.orders // 20):
                connection.ask(request("PUT", f"/inventory/{UP}/replenish", {"quantity": 1}))
                connection.ask(request("PUT", f"/inventory/{DOWN}/reserve", {"quantity": 1}))
        except OSError:
            pass


def record(folder, library, seed, orders, environment=None):
    """Runs a shop in a new folder; answers its journal's path, how many orders were accepted, and the exit code."""
    folder = pathlib.Path(folder).resolve()
    (folder / "data").mkdir(parents=True, mode=0o700)
    journal = folder / "journal"
    with Shop(folder, environment={
        "LD_PRELOAD": library, "POWER_FOLDER": str(folder / "data"), "POWER_JOURNAL": str(journal),
        "POWER_WHEN": str(folder / "is-ready"), **(environment or {})}) as shop:
        # A program whose disk fails as it starts says so, and ends.
        (folder / "is-ready").touch()
        shop.replenish()
        load = Load(shop, seed, orders)
        load.run()
        code = shop.stop(signal.SIGTERM)
    return journal, load.answered, code
