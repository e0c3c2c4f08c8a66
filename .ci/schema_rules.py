"""What would break somebody when a JSON Schema of an event becomes another one.

Two sides are looked after. A reader that was written by the old schema meets new events: they must fit the old schema
(FORWARD, in a schema registry's words). A reader that is written by the new schema meets old events, for the log keeps them
for ever: they must fit the new one (BACKWARD). So what one schema allows, the other must: only members that may be left out
can come, and words for people can change. Everything else makes another type of event, `.v2`.
"""

# Words for people.
ANNOTATIONS = {"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "deprecated"}
# (least, most): where more is allowed than before, or less.
LIMITS = [
    ("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"),
    ("exclusiveMinimum", "exclusiveMaximum"),
]
EXACT = ["pattern", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType", "default", "not"]
UNIONS = ["oneOf", "anyOf", "allOf"]
KNOWN = (
    ANNOTATIONS | {name for pair in LIMITS for name in pair} | set(EXACT) | set(UNIONS)
    | {"type", "enum", "const", "format", "properties", "required", "additionalProperties", "items", "$ref"}
)


class Schema:
    """A schema in its document, with its references followed."""

    def __init__(self, node, document):
        seen = []
        while isinstance(node, dict) and "$ref" in node:
            if not node["$ref"].startswith("#/") or node["$ref"] in seen:
                raise ValueError(f"the reference {node['$ref']} can't be followed")
            seen.append(node["$ref"])
            target = document
            for part in node["$ref"][2:].split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            # What stands beside a reference holds together with its target; only words are understood there.
            beside = {key: value for key, value in node.items() if key != "$ref"}
            limits = {f"{key} beside $ref": value for key, value in beside.items() if key not in ANNOTATIONS}
            node = {**_plain(target), **beside, **limits}
        self.node = _plain(node)
        self.document = document

    def get(self, key, default=None):
        return self.node.get(key, default)

    def child(self, node):
        return Schema(node, self.document)

    @property
    def types(self):
        types = self.get("type", [])
        return {types} if isinstance(types, str) else set(types)

    @property
    def values(self):
        if "const" in self.node:
            return [self.node["const"]]
        return self.get("enum")


def breaks(old, new, documents=None):
    """What breaks a reader when the schema `old` becomes `new`: a list of (rule, where, what). References are looked up in
    `documents`, the old and the new one; a schema that stands alone is its own document."""
    found = []
    before, after = documents or (old, new)
    _compare(Schema(old, before), Schema(new, after), "$", found)
    return found


def topic_breaks(old, new):
    """What breaks a reader when one AsyncAPI document becomes another, but for the data of events: their schemas are compared
    by themselves. A topic keeps its name, its types of event, and their keys and headers."""
    found = []
    for channel, before in old["channels"].items():
        after = new["channels"].get(channel)
        if after is None:
            found.append(("topic-removed", channel, "readers read it"))
            continue
        if before["address"] != after["address"]:
            found.append(("topic-renamed", channel, f"{before['address']} became {after['address']}"))
        for message in sorted(set(before["messages"]) - set(after["messages"])):
            found.append(("message-removed", f"{channel}, {message}", "is on the topic"))
        for message in sorted(set(before["messages"]) & set(after["messages"])):
            one, other = (document["components"]["messages"][message] for document in (old, new))
            for part, this, that in (
                ("headers", one["headers"], other["headers"]),
                ("key", one["bindings"]["kafka"]["key"], other["bindings"]["kafka"]["key"]),
            ):
                found += [
                    (rule, f"{channel}, {message}, {part}: {where}", what)
                    for rule, where, what in breaks(this, that, (old, new))
                ]
    return list(dict.fromkeys(found))


def _plain(node):
    """`true` is a schema that takes everything, `false` one that takes nothing."""
    if isinstance(node, bool):
        return {} if node else {"not": {}}
    return node


def _compare(old, new, where, found):
    def add(rule, what, at=where):
        found.append((rule, at, what))

    for side in (old, new):
        for key in sorted(set(side.node) - KNOWN):
            add("unknown-keyword", f"{key} is not understood by this check")
    _compare_types(old, new, add)
    _compare_values(old, new, add)
    _compare_limits(old, new, add)
    _compare_members(old, new, where, add, found)
    if ("items" in old.node) != ("items" in new.node):
        add("items-changed", "what the elements are is said in one of them only")
    elif "items" in old.node:
        _compare(old.child(old.get("items")), new.child(new.get("items")), where + "[]", found)
    for union in UNIONS:
        before, after = old.get(union, []), new.get(union, [])
        if len(before) != len(after):
            add("union-changed", f"{union} has {len(after)} alternatives, and had {len(before)}")
            continue
        for index, (one, other) in enumerate(zip(before, after)):
            _compare(old.child(one), new.child(other), f"{where}|{union}[{index}]", found)


def _compare_types(old, new, add):
    before, after = old.types, new.types
    if before == after:
        return
    if before - {"null"} == after - {"null"}:
        if "null" in after:
            add("null-allowed", "may be null, which readers do not expect")
        else:
            add("null-refused", "may not be null any more, and is in old events")
    else:
        add("type-changed", f"{_words(before)} became {_words(after)}")


def _compare_values(old, new, add):
    before, after = old.values, new.values
    if before is not None or after is not None:
        for value in (after or []):
            if before is not None and value not in before:
                add("enum-value-added", f"{value!r} is a value that readers do not know")
        for value in (before or []):
            if after is not None and value not in after:
                add("enum-value-removed", f"{value!r} is in old events")
        if before is None:
            add("enum-value-removed", "only some values are left")
        if after is None:
            add("enum-value-added", "any value may come")
    if old.get("format") != new.get("format"):
        add("format-changed", f"{old.get('format')} became {new.get('format')}")
    for key in EXACT:
        if old.get(key) != new.get(key):
            add(f"{key}-changed", f"{old.get(key)} became {new.get(key)}")


def _compare_limits(old, new, add):
    for least, most in LIMITS:
        for key, sign in ((least, -1), (most, 1)):
            infinity = float("inf") * sign
            before, after = old.get(key, infinity), new.get(key, infinity)
            if before == after:
                continue
            if (after - before) * sign > 0:
                add("limit-widened", f"{key} {_limit(before)} became {_limit(after)}: more than readers expect")
            else:
                add("limit-narrowed", f"{key} {_limit(before)} became {_limit(after)}: old events have more")


def _compare_members(old, new, where, add, found):
    before, after = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(needed - needs):
        if name in after or name not in before:
            add("required-removed", "may be left out, and readers rely on it", f"{where}.{name}")
    for name in sorted(needs - needed):
        add("required-added", "is not in all old events", f"{where}.{name}")
    for name in sorted(set(before) - set(after)):
        add("property-removed", "readers look for it", f"{where}.{name}")
    for name in sorted(set(before) & set(after)):
        _compare(old.child(before[name]), new.child(after[name]), f"{where}.{name}", found)
    opened, closed = old.get("additionalProperties", True), new.get("additionalProperties", True)
    if opened is not True and opened == closed:
        for name in sorted(set(after) - set(before)):
            add("property-added", "readers take no member that their schema does not name", f"{where}.{name}")
    if opened != closed:
        if closed is False:
            add("closed", "no member may come any more that the schema does not name")
        elif opened is False:
            add("opened", "members may come that readers were told to refuse")
        elif isinstance(opened, dict) and isinstance(closed, dict):
            _compare(old.child(opened), new.child(closed), where + ".*", found)
        else:
            add("others-changed", "what other members are became another thing")


def _words(types):
    return " or ".join(sorted(types)) or "anything"


def _limit(value):
    return "none" if value in (float("inf"), float("-inf")) else str(value)
