"""The faults of scripts/faults: how each is caused and mended, and what has to be seen of it."""
import re
import signal
import time

from faults_record import EVERY, until
from running_shop import compile_shim

# Seconds in which a metric moves, and in which all is well again.
SEEN, QUIET = 15, 90
NOTIFICATION_LETTERS = "orders.notification-service.dlq"


class Fault:
    """`metric`: (name, labels, what it has to be). `status`: what `orderlog status` says. `alerts`: those that fire while it lasts, and no other
    but those of `also`, which may. `gone`, `back`: what a log line says, once in each replica, twice at most; None: nothing is said."""

    def __init__(self, name, cause, mend, metric, alerts, status, gone=None, back=None, also=()):
        self.name, self.cause, self.mend = name, cause, mend
        self.metric, self.alerts, self.also, self.status, self.gone, self.back = metric, alerts, also, status, gone, back

    def run(self, shop, recorder):
        print(self.name, flush=True)
        until("all to be well", lambda: shop.status()[0] == 0 and recorder.is_quiet(), QUIET)
        before, sizes = [recorder.look()], shop.said()
        name, labels, moves = self.metric

        def is_seen():
            value = recorder.value(name, **labels)
            return value is not None and moves(value)

        try:
            during = self.see(shop, recorder, is_seen)
        finally:
            self.mend(shop)
        _, seconds = until("all to be quiet again", lambda: shop.status()[0] == 0 and recorder.is_quiet() and not is_seen(), QUIET)
        print(f"  quiet   after {seconds:.1f} s", flush=True)
        after = self.looks(recorder, 3)
        self.look_at_lines(shop.lines_since(sizes))
        recorder.add(self, before, during, after)

    def see(self, shop, recorder, is_seen):
        """Causes it. Answers what was recorded while it lasted."""
        name, labels, _ = self.metric
        self.cause(shop)
        begun = time.monotonic()
        until(f"{name} to move", is_seen, SEEN)
        print(f"  metric  {name} after {time.monotonic() - begun:.1f} s: {recorder.value(name, **labels):g}", flush=True)
        said, text = None, ""
        while said is None:
            code, text = shop.status()
            said = re.search(self.status, text, re.I | re.M) if code != 0 else None
            if said is None and time.monotonic() - begun > 2 * SEEN:
                raise SystemExit(f"`orderlog status` (exit {code}) says nothing of it:\n{text}")
        print(f"  status  {said[0].strip()}", flush=True)
        return self.looks(recorder, 5)

    @staticmethod
    def looks(recorder, count):
        looks, begun = [], time.monotonic()
        for index in range(count):
            time.sleep(max(0, begun + index * EVERY - time.monotonic()))
            looks.append(recorder.look())
        return looks

    def look_at_lines(self, lines):
        for what in filter(None, (self.gone, self.back)):
            found = [line for line in lines if re.search(what, line["message"])]
            each = {line["replica"] for line in found}
            # A database that goes has one word for that while it goes, and another one afterwards.
            if not found or len(found) > 2 * len(each):
                raise SystemExit(f"{len(found)} lines say '{what}':\n" + "\n".join(map(str, found or lines[-40:])))
            print(f"  log     {found[0]['replica']}: {found[0]['message']}", flush=True)


def too_small(shop, topic):
    """No record fits into it."""
    shop.kafka_tool("configs", "--alter", "--entity-type", "topics", "--entity-name", topic, "--add-config", "max.message.bytes=10")


def poison(shop):
    """A record that is no event."""
    shop.kafka_tool("console-producer", "--topic", "orders", input="poison\n")


def discard(shop):
    shop.orderlog("dlq", "discard", "--all", "--why", "it was poison")


def block(shop):
    """A record that is no event, and no room for it among the dead letters."""
    too_small(shop, NOTIFICATION_LETTERS)
    poison(shop)


def unblock(shop):
    shop.orderlog("topics", "apply")
    until("the letter to be written", lambda: "no dead letters" not in shop.orderlog("dlq", "list", "--topic", NOTIFICATION_LETTERS), QUIET)
    discard(shop)


def fill(shop):
    """What SQLite has of a disk goes on for a while: many orders use it up."""
    shop.pace = 0.05
    with open(shop.disk / "filling", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"0" * 4096)
        except OSError:
            pass


def empty(shop):
    shop.pace = shop.usual_pace
    (shop.disk / "filling").unlink()


def stuck(shop):
    """Another replica, which hangs."""
    shop.add("order-2", "order", shop.order_arguments).send(signal.SIGSTOP)


def strange_clock(shop):
    """Another replica, on a machine whose clock is a minute ahead."""
    shop.add("order-2", "order", shop.order_arguments, {"LD_PRELOAD": compile_shim("clock", shop.folder), "CLOCK_AHEAD": "60"})


def read_only(shop):
    shop.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    shop.sql("SELECT pg_reload_conf()")


def writable(shop):
    shop.sql("ALTER SYSTEM RESET default_transaction_read_only")
    shop.sql("SELECT pg_reload_conf()")


# What comes and goes within a minute is not told again: no two that follow each other are about the same thing.
ALL = [
    Fault("kafka-away", lambda shop: shop.broker("stop"), lambda shop: shop.broker("start"),
          ("orderlog_log_up", {"service": "order"}, lambda value: value == 0),
          {"ServiceInTrouble", "EventsWait"}, r"^.*kafka.*$", "^Kafka can't be reached", "^Kafka is back", also={"GroupBehind", "NobodyPublishes"}),
    Fault("database-away", lambda shop: shop.postgres("stop"), lambda shop: shop.postgres("start"),
          ("orderlog_check_failed", {"service": "order", "check": "database"}, lambda value: value == 1),
          {"ServiceInTrouble", "OrdersFail"}, r"^.*database.*$",
          "^the database takes no writes", "^the database takes writes again", also={"NobodyPublishes"}),
    Fault("inventory-down", lambda shop: shop.replicas["inventory"].end(), lambda shop: shop.replicas["inventory"].start(),
          ("up", {"instance": "inventory"}, lambda value: value == 0),
          {"ServiceDown", "OrdersFail", "ServiceInTrouble"}, r"^.*inventory does not answer.*$",
          "^the inventory service could not be asked", "^the inventory service answers again"),
    Fault("poison-letter", poison, discard,
          ("orderlog_dead_letters_waiting", {"topic": NOTIFICATION_LETTERS}, lambda value: value > 0),
          {"DeadLetters"}, r"^dead letters on .*LOOK$", "^a record could not be handled"),
    Fault("database-full", fill, empty,
          ("orderlog_check_failed", {"service": "notification", "check": "database"}, lambda value: value == 1),
          {"ServiceInTrouble", "GroupBehind"}, r"^.*database.*full.*$",
          "^the database takes no writes", "^the database takes writes again", also={"MessagesWait"}),
    Fault("kafka-stalled", lambda shop: shop.broker("pause"), lambda shop: shop.broker("resume"),
          ("orderlog_outbox_oldest_age_seconds", {"service": "order"}, lambda value: value > 3),
          {"ServiceInTrouble", "EventsWait"}, r"^.*kafka.*$", "^the log takes no events", "^the log takes events again",
          also={"GroupBehind"}),
    Fault("inventory-stalled", lambda shop: shop.replicas["inventory"].send(signal.SIGSTOP),
          lambda shop: shop.replicas["inventory"].send(signal.SIGCONT),
          ("up", {"instance": "inventory"}, lambda value: value == 0),
          {"ServiceDown", "OrdersFail", "ServiceInTrouble"}, r"^.*inventory does not answer.*$",
          "^the inventory service could not be asked", "^the inventory service answers again"),
    Fault("database-read-only", read_only, writable,
          ("orderlog_check_failed", {"service": "order", "check": "database"}, lambda value: value == 1),
          {"ServiceInTrouble", "OrdersFail"}, r"^.*database.*$",
          "^the database takes no writes", "^the database takes writes again", also={"NobodyPublishes"}),
    Fault("group-blocked", block, unblock,
          ("orderlog_check_failed", {"check": "notification-service"}, lambda value: value == 1),
          {"ServiceInTrouble", "GroupBehind", "DeadLetters"}, r"^.*blocked.*$",
          "^a dead letter can't be written", "^the dead letter is written"),
    Fault("events-refused", lambda shop: too_small(shop, "orders"), lambda shop: shop.orderlog("topics", "apply"),
          ("orderlog_outbox_refused", {"service": "order"}, lambda value: value > 0),
          {"EventsRefused", "ServiceInTrouble", "EventsWait"}, r"^.*refuses.*$",
          "^the log refuses"),
    Fault("replica-stuck", stuck, lambda shop: shop.remove("order-2"),
          ("up", {"instance": "order-2"}, lambda value: value == 0), {"ServiceDown"}, r"^order +DOWN.*$"),
    Fault("clock-off", strange_clock, lambda shop: shop.remove("order-2"),
          ("orderlog_clock_offset_seconds", {"instance": "order-2"}, lambda value: abs(value) > 5),
          {"ClockOff"}, r"^.*clock.*$", "^this machine's clock is off"),
]
