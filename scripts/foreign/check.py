"""Foreign writers and readers beside a running shop: see scripts/foreign-clients, which starts all that this needs."""
import asyncio
import http.client
import json
import pathlib
import re
import socket
import sys
import time
import urllib.error
import urllib.request
import uuid

import confluent_kafka
import jsonschema
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition
from cloudevents.core.bindings import kafka as core_kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as CoreEvent
from cloudevents.v1 import kafka as sdk_kafka
from cloudevents.v1.http import CloudEvent as SDKEvent

ORDERS, LETTERS = "orders", "orders.notification-service.dlq"
SOURCE = "/orderlog/order-service"
address, started, data, schemas = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
urls = dict(re.findall(r"(\w+) service ready on (http://\S+)", started.read_text()))
order_url, notification_url = urls["order"], urls["notification"]
checks = 0


def check(is_right, what):
    global checks
    checks += 1
    if not is_right:
        raise SystemExit(f"WRONG: {what}")


def call(method, url, body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # A busy machine may answer so to anybody, but not for a minute.
            if error.code != 503 or time.monotonic() > end:
                raise


def eventually(what, condition, seconds=30):
    """The condition's value once it has one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.1)
    for letter in read_with_confluent(LETTERS, 100, seconds=3):
        print("put aside:", dict(letter.headers())["dlq.error"].decode(), letter.headers(), letter.value()[:300])
    raise SystemExit(f"WRONG: not within {seconds} s: {what}")


def metric(service, name):
    """Of the inside door, which is a Unix socket."""
    connection = http.client.HTTPConnection("localhost", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(data / f"{service}.sock"))
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def place():
    answer = call("POST", order_url + "/orders", {
        "customer": {"name": "Ada", "email": "ada@example.com"}, "items": [{"product_id": "PROD-001", "quantity": 1}],
    })
    return answer["order_id"]


def notifications(order):
    """The types of what a customer was told of an order, sorted."""
    listed = call("GET", f"{notification_url}/notifications/order/{order}")
    return sorted(one["type"] for one in listed["notifications"])


# Readers


async def read_with_aiokafka(topic, count):
    consumer = AIOKafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or await known(consumer, topic)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        found, end = [], time.monotonic() + 30
        while len(found) < count and time.monotonic() < end:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
    finally:
        await consumer.stop()


async def known(consumer, topic):
    await consumer._client.force_metadata_update()
    return (await consumer._client.fetch_all_metadata()).partitions_for_topic(topic)


def read_with_confluent(topic, count, seconds=30):
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": address, "group.id": f"foreign-{uuid.uuid4()}", "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
    })
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([confluent_kafka.TopicPartition(topic, number, 0) for number in partitions])
    found, end = [], time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        record = consumer.poll(0.5)
        if record is not None and not record.error():
            found.append(record)
    consumer.close()
    return found


def validate(schema_uri, value):
    name = schema_uri.removeprefix("urn:orderlog:schema:")
    schema = json.loads((schemas / f"{name}.schema.json").read_text())
    check(schema["$id"] == schema_uri, f"{schema_uri} is the schema's own name")
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(value)


def read_ours():
    shipped, cancelled = place(), place()
    call("POST", f"{order_url}/orders/{shipped}/ship")
    call("POST", f"{order_url}/orders/{cancelled}/cancel", {"reason": "changed my mind"})
    eventually("both are told", lambda: len(notifications(shipped)) == 2 and len(notifications(cancelled)) == 2)
    for topic, least in ((ORDERS, 4), ("inventory", 5)):
        records = asyncio.run(read_with_aiokafka(topic, least))
        check(len(records) >= least, f"aiokafka reads {least} records of {topic}, and not {len(records)}")
        seen = set()
        for record in records:
            message = sdk_kafka.KafkaMessage(dict(record.headers), record.key, record.value)
            event = sdk_kafka.from_binary(message)
            check(event["specversion"] == "1.0" and event["datacontenttype"] == "application/json", f"{event}")
            check(event["subject"] == record.key.decode(), "the subject is the key")
            validate(event["dataschema"], event.data)
            seen.add(event["id"])
        check(len(seen) == len(records), "each has an id of its own")
        for record in read_with_confluent(topic, least):
            message = core_kafka.KafkaMessage(dict(record.headers()), record.key(), record.value())
            event = core_kafka.from_binary(message, JSONFormat())
            check(event.get_type().startswith("orderlog.") and event.get_source().startswith("/orderlog/"), f"{event}")
            check(abs(event.get_time().timestamp() * 1000 - record.timestamp()[1]) < 1, "ce_time is the record's")
            validate(event.get_dataschema(), event.get_data())


# Writers


def now():
    """An order that began now: the service knows all about it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))


def order(status, identifier=None):
    """An order as an event has it, with numbers as JavaScript may write them and a member that nobody knows."""
    price = {"amount": 2599, "currency": "USD"}
    made = {
        "order_id": identifier or str(uuid.uuid4()), "status": status,
        "customer": {"name": "Grace", "email": "grace@example.com"},
        "items": [{
            "product_id": "PROD-002", "name": "Wireless mouse", "quantity": 2.0, "unit_price": price,
            "line_total": {**price, "amount": 5198.0},
        }],
        "total": {**price, "amount": 5198}, "created_at": "2026-01-01T01:00:00+01:00",
        "updated_at": "2026-01-01T00:00:00.123456Z", "loyalty": {"points": [1, {"deep": [[[]]]}]},
    }
    return made


def attributes(data, kind="Confirmed", **others):
    return {
        "type": f"orderlog.Order{kind}.v1", "source": SOURCE, "subject": data["order_id"], "datacontenttype": "application/json",
        **others,
    }


async def write_with_aiokafka(records):
    producer = AIOKafkaProducer(bootstrap_servers=address, acks="all")
    await producer.start()
    try:
        for key, value, headers in records:
            await producer.send_and_wait(ORDERS, key=key, value=value, headers=headers)
    finally:
        await producer.stop()


def write_with_confluent(records):
    producer = confluent_kafka.Producer({"bootstrap.servers": address, "acks": "all"})
    errors = []
    for key, value, headers in records:
        producer.produce(ORDERS, key=key, value=value, headers=headers, on_delivery=lambda error, _: errors.append(error))
    producer.flush(30)
    check(errors == [None] * len(records), f"confluent-kafka writes: {errors}")


def by_sdk(data, mode, kind="Confirmed", **others):
    """A record of the SDK's first API: its structured mode has the data's content-type above the document."""
    event = SDKEvent(attributes(data, kind, **others), data)
    message = (sdk_kafka.to_binary if mode == "binary" else sdk_kafka.to_structured)(event, key_mapper=lambda _: data["order_id"])
    return message.key.encode(), message.value, list(message.headers.items())


def by_core(data, mode, kind="Confirmed", **others):
    """A record of the SDK's second API."""
    given = {"specversion": "1.0", "id": f"core {uuid.uuid4()}", **attributes(data, kind, **others)}
    event = CoreEvent(given, data)
    write = core_kafka.to_binary if mode == "binary" else core_kafka.to_structured
    message = write(event, JSONFormat(), key_mapper=lambda _: data["order_id"])
    return message.key.encode(), message.value, list(message.headers.items())


def write_what_is_taken():
    taken = []
    for write in (lambda records: asyncio.run(write_with_aiokafka(records)), write_with_confluent):
        records = []
        for make in (by_sdk, by_core):
            for mode in ("binary", "structured"):
                data = order("confirmed")
                records.append(make(data, mode))
                # Written twice: the same source and id is the same event.
                records.append(records[-1])
                taken.append(data["order_id"])
        # An id that is no UUID, and no time at all.
        data = order("confirmed")
        key, value, headers = by_sdk(data, "binary", id=f"Bestellung {data['order_id']} – " + "x" * 2000)
        records.append((key, value, [header for header in headers if header[0] != "ce_time"]))
        taken.append(data["order_id"])
        write(records)
    for identifier in taken:
        eventually(f"{identifier} is told, once", lambda: notifications(identifier) == ["order_confirmed"])
    # And its next step, in the other mode.
    data = order("shipped", taken[0])
    write_with_confluent([by_core(data, "structured", "Shipped")])
    eventually("it is told of", lambda: notifications(taken[0]) == ["order_confirmed", "order_shipped"])
    check(all(len(notifications(identifier)) == 1 for identifier in taken[1:]), "nobody is told twice")
    return taken


def write_what_is_passed_over():
    before = metric("notification", "orderlog_events_skipped_total")
    data = order("confirmed")
    write_with_confluent([
        by_core(data, mode, type="com.example.loyalty.PointsGranted") for mode in ("binary", "structured")
    ])
    eventually(
        "two events are passed over", lambda: metric("notification", "orderlog_events_skipped_total") == before + 2)


def write_what_is_put_aside(taken):
    def with_header(record, name, value):
        return record[0], record[1], record[2] + [(name, value)]

    def instead(record, name, value):
        return record[0], record[1], [(one, value if one == name else old) for one, old in record[2]]

    told, shipped = taken[1], taken[0]
    binary = by_core(order("confirmed"), "binary")
    wrong = [
        (by_core(order("confirmed"), "binary", type="orderlog.OrderPondered.v1"), "unknown ce_type orderlog.OrderPondered.v1"),
        (with_header(binary, "ce_id", b"another"), "the header ce_id comes twice"),
        (instead(binary, "content-type", b"application/avro"), "content-type is application/avro"),
        (instead(binary, "ce_specversion", b"0.3"), "ce_specversion is not 1.0"),
        (by_core(order("confirmed"), "binary", source="/elsewhere"), "ce_source must be"),
        (by_core(order("confirmed"), "structured", subject="elsewhere"), "ce_subject must be"),
        ((b"elsewhere", *binary[1:]), "the record's key must be"),
        (by_core({**order("confirmed"), "items": []}, "structured"), "items must be some"),
        (by_core(order("confirmed", told), "binary"), "OrderConfirmed happened before"),
        (by_core(order("cancelled", shipped), "structured", "Cancelled"), "OrderCancelled of an order that was shipped"),
        (by_core({**order("shipped"), "created_at": now()}, "binary", "Shipped"), "OrderShipped of an order that was not confirmed"),
    ]
    write_with_confluent([record for record, _ in wrong])
    letters = read_with_confluent(LETTERS, len(wrong))
    reasons = [dict(letter.headers())["dlq.error"].decode() for letter in letters]
    for record, reason in wrong:
        check(any(one.startswith(reason) for one in reasons), f"{reason}: not among {reasons}")
        check(any(letter.value() == record[1] for letter in letters), f"{reason}: its value is as it was written")
    check(len(reasons) == len(wrong), f"{len(wrong)} are put aside: {reasons}")
    check(notifications(told) == ["order_confirmed"], "nobody is told of them")


read_ours()
taken = write_what_is_taken()
write_what_is_passed_over()
write_what_is_put_aside(taken)
# What came meanwhile is still handled.
last = place()
eventually("an order of ours is told", lambda: notifications(last) == ["order_confirmed"])
print(f"foreign clients: {checks} checks, all as they should be")
