"""The orders of `orderlog load`, in the form in which the FastAPI peer takes them: one to three lines of one to three units, popular
products more often (the n-th 1/n times as often), a third of the customers with a phone."""
import itertools
import random

PRODUCTS = [f"LOAD-{number:03}" for number in range(1, 101)]
COUNT = 4_096


def flat(seed=1):
    chance = random.Random(seed)
    weights = list(itertools.accumulate(1 / place for place in range(1, len(PRODUCTS) + 1)))
    for number in range(COUNT):
        units = {}
        for product in chance.choices(PRODUCTS, cum_weights=weights, k=chance.randint(1, 3)):
            units[product] = units.get(product, 0) + chance.randint(1, 3)
        body = {"customer_name": f"Customer {number}", "customer_email": f"c{number}@load.example"}
        if chance.randrange(3) == 0:
            body["customer_phone"] = f"+1555{1_000_000 + number}"
        body["items"] = [{"product_id": product, "quantity": quantity} for product, quantity in units.items()]
        yield body
