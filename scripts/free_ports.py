"""Ports of the loopback that nobody has, one a line: `python3 free_ports.py 3`."""
import random
import socket
import sys


def free_ports(count):
    """Below the range from which the system serves outgoing connections: none of those takes one before its server binds it,
    or while a server that was killed is away."""
    ports = []
    for port in random.sample(range(15_000, 32_000), 1_000):
        if len(ports) == count:
            break
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
    if len(ports) < count:
        raise SystemExit("no free port on 127.0.0.1")
    return ports


if __name__ == "__main__":
    print(*free_ports(int(sys.argv[1])), sep="\n")
