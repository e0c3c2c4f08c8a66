"""What the description of an API can't say, so that requests which it calls good are good: a key is not used twice, a product that is
ordered is there, and nobody else takes all of its stock."""
import json
import re
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
    if case.operation.label == "POST /orders":
        order(case.body)
    if case.operation.label == "POST /reservations":
        for reservation in case.body["reservations"]:
            order(reservation)
            # With another total than the prices make nothing is reserved, and the description's link leads nowhere.
            reservation.pop("expected_total", None)


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
