"""Each rule of schema_rules.py, seen failing once, and what is allowed: before, after, the rule that is broken."""
from schema_rules import breaks, topic_breaks

TEXT = {"type": "string", "minLength": 1, "maxLength": 10}


def thing(**properties):
    return {"type": "object", "required": list(properties), "properties": properties}


ALLOWED = [
    ("nothing changes", thing(a=TEXT), thing(a=TEXT)),
    ("words for people", thing(a=TEXT), {**thing(a={**TEXT, "description": "new", "examples": ["x"]}), "title": "New"}),
    ("a new member that may be left out", thing(a=TEXT), {**thing(a=TEXT), "properties": {"a": TEXT, "b": {"type": "integer"}}}),
    ("a new member with members", thing(a=TEXT), {**thing(a=TEXT), "properties": {"a": TEXT, "b": thing(c=TEXT)}}),
    ("a definition of its own", thing(a=TEXT), {**thing(a={"$ref": "#/$defs/A"}), "$defs": {"A": TEXT}}),
    ("one value, said otherwise", thing(a={"const": "x"}), thing(a={"enum": ["x"]})),
    ("another order of types", thing(a={"type": ["string", "null"]}), thing(a={"type": ["null", "string"]})),
]

REFUSED = [
    ("required-removed", thing(a=TEXT, b=TEXT), {**thing(a=TEXT, b=TEXT), "required": ["a"]}),
    ("required-added", {**thing(a=TEXT), "required": []}, thing(a=TEXT)),
    ("required-added", thing(a=TEXT), thing(a=TEXT, b=TEXT)),
    ("property-removed", thing(a=TEXT, b=TEXT), thing(a=TEXT)),
    ("property-removed", {**thing(a=TEXT), "properties": {"a": TEXT, "b": TEXT}}, thing(a=TEXT)),
    ("type-changed", thing(a={"type": "integer"}), thing(a={"type": "string"})),
    ("type-changed", thing(a={"type": "integer"}), thing(a={"type": ["integer", "string"]})),
    ("type-changed", thing(a={"type": "integer"}), thing(a={"type": "number"})),
    ("null-allowed", thing(a={"type": "string"}), thing(a={"type": ["string", "null"]})),
    ("null-refused", thing(a={"type": ["string", "null"]}), thing(a={"type": "string"})),
    ("enum-value-added", thing(a={"enum": ["x"]}), thing(a={"enum": ["x", "y"]})),
    ("enum-value-added", thing(a={"enum": ["x"]}), thing(a={})),
    ("enum-value-removed", thing(a={"enum": ["x", "y"]}), thing(a={"enum": ["x"]})),
    ("enum-value-removed", thing(a={}), thing(a={"const": "x"})),
    ("limit-widened", thing(a={"maximum": 5}), thing(a={"maximum": 6})),
    ("limit-widened", thing(a={"minimum": 1}), thing(a={"minimum": 0})),
    ("limit-widened", thing(a={"maxLength": 5}), thing(a={})),
    ("limit-widened", thing(a={"type": "array", "items": TEXT, "minItems": 1}), thing(a={"type": "array", "items": TEXT})),
    ("limit-narrowed", thing(a={"maximum": 6}), thing(a={"maximum": 5})),
    ("limit-narrowed", thing(a={}), thing(a={"minLength": 1})),
    ("limit-narrowed", thing(a={"maxItems": 6}), thing(a={"maxItems": 5})),
    ("pattern-changed", thing(a={"pattern": "^a$"}), thing(a={"pattern": "^b$"})),
    ("pattern-changed", thing(a={}), thing(a={"pattern": "^b$"})),
    ("format-changed", thing(a={"format": "uuid"}), thing(a={})),
    ("multipleOf-changed", thing(a={"multipleOf": 5}), thing(a={"multipleOf": 10})),
    ("items-changed", thing(a={"items": TEXT}), thing(a={})),
    ("limit-widened", thing(a={"items": TEXT}), thing(a={"items": {**TEXT, "maxLength": 11}})),
    ("union-changed", thing(a={"oneOf": [TEXT]}), thing(a={"oneOf": [TEXT, {"type": "null"}]})),
    ("type-changed", thing(a={"anyOf": [TEXT]}), thing(a={"anyOf": [{**TEXT, "type": "integer"}]})),
    ("closed", thing(a=TEXT), {**thing(a=TEXT), "additionalProperties": False}),
    ("opened", {**thing(a=TEXT), "additionalProperties": False}, thing(a=TEXT)),
    ("others-changed", thing(a=TEXT), {**thing(a=TEXT), "additionalProperties": {"type": "string"}}),
    (
        "limit-widened", {**thing(a={"$ref": "#/$defs/A"}), "$defs": {"A": TEXT}},
        {**thing(a={"$ref": "#/$defs/A"}), "$defs": {"A": {**TEXT, "maxLength": 99}}},
    ),
    ("unknown-keyword", thing(a=TEXT), thing(a={**TEXT, "dependentRequired": {}})),
    (
        "unknown-keyword", {**thing(a={"$ref": "#/$defs/A", "maxLength": 5}), "$defs": {"A": {"maxLength": 3}}},
        {**thing(a={"$ref": "#/$defs/A", "maxLength": 5}), "$defs": {"A": {"maxLength": 9}}},
    ),
    ("not-changed", thing(a={}), thing(a=False)),
    (
        "property-added", {**thing(a=TEXT), "additionalProperties": False},
        {**thing(a=TEXT), "properties": {"a": TEXT, "b": TEXT}, "additionalProperties": False},
    ),
]


def topics(address="orders", message="Placed", headers=thing(ce_id=TEXT), key=TEXT):
    return {
        "channels": {"orders": {"address": address, "messages": {message: {}}}},
        "components": {"messages": {message: {"headers": headers, "bindings": {"kafka": {"key": key}}}}},
    }


TOPICS_REFUSED = [
    ("topic-removed", topics(), {**topics(), "channels": {}}),
    ("topic-renamed", topics(), topics(address="sales")),
    ("message-removed", topics(), topics(message="Sold")),
    ("property-removed", topics(headers=thing(ce_id=TEXT, ce_time=TEXT)), topics()),
    ("required-added", topics(), topics(headers=thing(ce_id=TEXT, ce_time=TEXT))),
    ("type-changed", topics(), topics(key={**TEXT, "type": "integer"})),
]


def failures():
    """What the rules do not do as they should."""
    wrong = []
    for rule, old, new in TOPICS_REFUSED:
        if rule not in {found[0] for found in topic_breaks(old, new)}:
            wrong.append(f"{rule}: {old} to {new} breaks {topic_breaks(old, new)}")
    if found := topic_breaks(topics(), topics()):
        wrong.append(f"topics that did not change are refused: {found}")
    for what, old, new in ALLOWED:
        if found := breaks(old, new):
            wrong.append(f"{what} is refused: {found}")
    for rule, old, new in REFUSED:
        if {found[0] for found in breaks(old, new)} != {rule}:
            wrong.append(f"{rule}: {old} to {new} breaks {breaks(old, new)}")
    return wrong


def count():
    return len(ALLOWED) + len(REFUSED) + len(TOPICS_REFUSED) + 1
