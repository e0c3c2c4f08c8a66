"""What the description of an API can't say, so that requests which it calls good are good: a key is not used twice, a product that is
ordered is there, and nobody else takes all of its stock."""
import json
import re
import unicodedata
import uuid

import schemathesis

# What scripts/schemathesis has added, each with more units than are ever ordered.
PRODUCTS = [f"schemathesis-{number}" for number in range(20)]


def is_good(case):
    """Made to be taken, and not to be refused."""
    return case.meta is None or str(case.meta.generation.mode.value) == "positive"


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.label == "PUT /inventory/{product_id}/reserve":
        leave_some(case.body)
    if case.operation.label == "PATCH /inventory/{product_id}":
        keep_sold(case.body)
    if not is_good(case):
        return
    # None can be made up: each is one that a page before answered.
    if case.query:
        case.query.pop("cursor", None)
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if not isinstance(case.body, dict):
        return
    show(case.body)
    if case.operation.label == "POST /orders":
        order(case.body)
    if case.operation.label == "POST /reservations":
        for reservation in case.body["reservations"]:
            order(reservation)
            # With another total than the prices make nothing is reserved, and the description's link leads nowhere.
            reservation.pop("expected_total", None)


def show(body):
    """What is to be read has something that can be seen, in an address on either side of its @: no pattern has all that can't be."""
    for key, value in body.items() if isinstance(body, dict) else enumerate(body):
        if isinstance(value, (dict, list)):
            show(value)
        elif isinstance(value, str) and value:
            sides = value.split("@") if value.count("@") == 1 else [value]
            body[key] = "@".join("x" + side[1:] if side and all(map(is_invisible, side)) else side for side in sides)


def is_invisible(character):
    """Unicode's marks, spaces, format characters and what else is ignored by default, as far as Python knows them."""
    number = ord(character)
    if number < 0x7F:
        return number <= 0x20
    return (unicodedata.category(character) in ("Mn", "Me", "Cf", "Zs", "Zl", "Zp", "Cc") or number in (0x115F, 0x1160, 0x2065, 0x2800, 0x3164, 0xFFA0)
            or 0xFFF0 <= number <= 0xFFF8 or 0xE0000 <= number <= 0xE0FFF)


def order(body):
    """Each line another product."""
    del body["items"][len(PRODUCTS):]
    for item, product in zip(body["items"], PRODUCTS):
        item["product_id"] = product


def keep_sold(body):
    """A product stays to be had, in the currency of the others: a later order is to get it."""
    if not isinstance(body, dict):
        return
    if body.get("archived") is True:
        body["archived"] = False
    price = body.get("price")
    if isinstance(price, dict) and re.fullmatch("[A-Z]{3}", str(price.get("currency"))):
        price["currency"] = "USD"


def leave_some(body):
    """Few units, of what would be taken: a later reservation is to get all of its own, as the description's link says."""
    quantity = body.get("quantity") if isinstance(body, dict) else None
    if isinstance(quantity, (int, float)) and 1000 < quantity <= 1_000_000_000_000 and quantity == int(quantity):
        body["quantity"] = 1000
