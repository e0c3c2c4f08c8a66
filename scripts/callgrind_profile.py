"""Reads callgrind's file. callgrind_annotate takes a call that began before the file did (of a thread's main function, say) for instructions
of the function itself."""
import collections
import os
import re
import subprocess


def read(path):
    """Instructions by (function, library): of the function itself, and with all that it called."""
    names, own, whole = {}, collections.Counter(), collections.Counter()
    function = library = callee = None
    is_call = False
    objects = {}

    def name(text, known):
        number, rest = re.match(r"\((\d+)\) ?(.*)", text).groups()
        return known.setdefault(number, rest) if rest else known.get(number, "?")

    for line in open(path, errors="replace"):
        key, equals, value = line.rstrip("\n").partition("=")
        if not equals:
            parts = line.split()
            if len(parts) != 2 or not parts[0].lstrip("+-*").isdigit() and parts[0] != "*":
                continue
            here = (plain(function), library)
            if is_call:
                # A function that calls itself has its own calls in it once.
                if plain(callee) != here[0]:
                    whole[here] += int(parts[1])
            else:
                own[here] += int(parts[1])
                whole[here] += int(parts[1])
            is_call = False
        elif key == "fn":
            function = name(value, names)
        elif key == "cfn":
            callee = name(value, names)
        elif key == "ob":
            library = os.path.basename(name(value, objects))
        elif key == "cob":
            name(value, objects)
        elif key == "calls":
            is_call = True
    return own, whole


def plain(function):
    """Without callgrind's number of the depth at which it calls itself."""
    return re.sub(r"'\d+$", "", function)


def table(counts, orders, top):
    """The `top` lines of most instructions."""
    rows = counts.most_common(top)
    demangled = subprocess.run(
        ["swift-demangle", "--simplified"], input="\n".join(function for (function, _), _ in rows), check=True,
        capture_output=True, text=True).stdout.splitlines()
    return "\n".join(
        f"{count / orders:>12,.0f}  {function[:140]}  [{library}]"
        for ((_, library), count), function in zip(rows, demangled))
