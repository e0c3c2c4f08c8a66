"""The systems that are measured: how each is started, where it takes orders, and which process of it is which."""
import dataclasses
import socket

import children
import settings

# What is compared stands side by side in the tables, and is measured one right after the other.
ORDER = ["echo in C", "echo on our server", "up (before)", "up", "SQLite + Kafka", "Go: SQLite + Kafka", "PostgreSQL + Kafka",
         "Go: PostgreSQL + Kafka", "FastAPI"]


@dataclasses.dataclass
class Running:
    """A system that takes orders."""
    target: str
    # Where stock is made and looked at, and who says when a customer was told; None: nobody.
    inventory: str = None
    notification: str = None
    # What each process is: {pid: "order"}.
    roles: dict = dataclasses.field(default_factory=dict)
    # A file of bodies, where they are not those of `orderlog load`.
    bodies: str = None
    # What decides whether an order is there after a power cut, as the system itself says.
    durability: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class System:
    name: str
    # A function of a folder to a context that gives a `Running`.
    start: object
    # Of "1", "64", "256", "open", "hot", "keys".
    cells: list
    has_jvm: bool = False
    # Why it is left out; None: it is not.
    missing: str = None


def refuse_taken(ports):
    """The peers' ports are their own choice: whoever is there already would be measured in their place."""
    for port in ports:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                raise children.Failed(f"somebody listens at port {port} already")


def url(port):
    return f"http://127.0.0.1:{port}"


def all_systems():
    import echoes
    import ours
    import peers
    systems = [*echoes.systems(), *ours.systems(), *peers.systems()]
    systems.sort(key=lambda system: ORDER.index(system.name))
    for name in settings.ONLY:
        if name not in ORDER:
            raise SystemExit(f"SYSTEMS has {name}, and they are: {', '.join(ORDER)}")
    return [system for system in systems if not settings.ONLY or system.name in settings.ONLY]
