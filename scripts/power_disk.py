"""The disk under a recorded program, and what may be left of it when the power is cut.

What a finished sync covers is there. Of what was written since, a sector of 512 bytes is as it was after any of the writes to it, or
as it was before all of them, whatever became of other sectors: a disk writes in the order that it likes. A file's length
likewise. Names come and go in the order in which the program made and removed them, as journaling file systems have it, but a
folder's sync alone makes sure of them. What a failed sync should have written is lost or not, and no later sync makes good for it: the
kernel takes those pages for written (Linux, ext4 and XFS alike).
"""
import collections
import pathlib
import struct

HEAD = struct.Struct("<BBHIQQ")
SECTOR = 512
Record = collections.namedtuple("Record", "kind file number name payload")


def records(path):
    """What scripts/shims/journal.c wrote, up to the last whole record."""
    data = memoryview(pathlib.Path(path).read_bytes())
    at = 0
    while at + HEAD.size <= len(data):
        kind, _, name, payload, file, number = HEAD.unpack_from(data, at)
        at += HEAD.size
        if at + name + payload > len(data):
            return
        yield Record(chr(kind), file, number, str(data[at : at + name], "utf-8"), data[at + name : at + name + payload])
        at += name + payload


class Pending:
    """Operations in order, of which a prefix is on the disk for sure: `done` says how many have been, since the beginning."""

    def __init__(self):
        self.done = 0
        self.open = []

    def settle(self, count):
        """The operations up to the `count`th ever that were not yet settled, which now are."""
        new = max(count - self.done, 0)
        settled, self.open = self.open[:new], self.open[new:]
        self.done += new
        return settled

    @property
    def count(self):
        return self.done + len(self.open)


class File:
    """An operation is (offset, bytes), or (length, None) where the file's length was set."""

    def __init__(self):
        self.bytes = bytearray()  # on the disk for sure
        self.seen = bytearray()  # as the program reads it
        self.pending = Pending()

    def do(self, *operation):
        self.pending.open.append(operation)
        write(self.seen, *operation)


def write(content, offset, data):
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
    else:
        if offset > len(content):
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(data)] = data


def torn(content, operations, random):
    """`content` after a part of the operations."""
    if not operations:
        return content
    choice = random.random()
    if choice < 0.2:
        return content
    if choice < 0.4:
        for operation in operations:
            write(content, *operation)
        return content
    if choice < 0.6:
        # In order, and the last one torn: what most disks leave most of the time.
        count = random.randrange(len(operations))
        for operation in operations[:count]:
            write(content, *operation)
        return sectors(content, operations[count : count + 1], random, 0.5)
    return sectors(content, operations, random, random.choice((0.05, 0.5, 0.95)))


def sectors(content, operations, random, share):
    """Each sector as it was before any, or after one, of the operations; about `share` of them are as they were after the last."""
    # Of a sector: how many operations have touched it, and how many of these reached it.
    touched, reach = collections.Counter(), {}
    lengths = [len(content)]
    longest = len(content)
    for offset, data in operations:
        lengths.append(offset if data is None else max(lengths[-1], offset + len(data)))
        longest = max(longest, lengths[-1])

    def pieces(offset, data):
        end = longest if data is None else offset + len(data)
        while offset < end:
            stop = min((offset // SECTOR + 1) * SECTOR, end)
            yield offset // SECTOR, offset, stop
            offset = stop

    for operation in operations:
        for sector, _, _ in pieces(*operation):
            touched[sector] += 1
    for sector, count in touched.items():
        chance = random.random()
        reach[sector] = count if chance < share else random.randrange(count) if chance < (1 + share) / 2 else 0
    touched.clear()
    content.extend(bytes(longest - len(content)))
    for offset, data in operations:
        for sector, start, stop in pieces(offset, data):
            touched[sector] += 1
            if touched[sector] <= reach[sector]:
                content[start:stop] = bytes(stop - start) if data is None else data[start - offset : stop - offset]
    write(content, random.choice(lengths), None)
    return content


class Disk:
    """Takes the records one after the other."""

    def __init__(self, random):
        self.random = random  # what failed syncs leave
        self.files = {}  # by inode: those that were made last
        self.names = {}  # on the disk for sure
        self.known = {}  # as the program sees them
        self.changes = Pending()  # of names
        self.syncs = {}  # that have begun: how far they go

    def apply(self, record):
        kind, inode, number, name, payload = record
        if kind == "C":
            self.files[inode] = File()
            self.change({name: self.files[inode]})
        elif kind == "R":
            self.change({str(payload, "utf-8"): self.known[name], name: None})
        elif kind == "U":
            self.change({name: None})
        elif kind in "WT":
            self.files[inode].do(number, payload if kind == "W" else None)
        elif kind == "B":
            # The folder was there before, so it is none of the files.
            file = self.files.get(inode)
            self.syncs[number] = file, (file.pending if file else self.changes).count
        elif kind in "EF":
            self.end(*self.syncs.pop(number), kind == "E")

    def end(self, file, count, has_succeeded):
        """A sync is over, which covers `count` operations."""
        if file is None:
            if has_succeeded:
                for change in self.changes.settle(count):
                    self.names.update(change)
            return
        operations = file.pending.settle(count)
        if has_succeeded:
            for operation in operations:
                write(file.bytes, *operation)
        elif operations:
            sectors(file.bytes, operations, self.random, self.random.choice((0, 0.5, 1)))

    def change(self, names):
        """One step: all of it is there, or nothing."""
        self.changes.open.append(names)
        self.known = {name: file for name, file in {**self.known, **names}.items() if file}

    def cut(self, folder, random):
        """Writes into a new folder what the disk may hold now."""
        names = dict(self.names)
        for change in self.changes.open[: random.randint(0, len(self.changes.open))]:
            names.update(change)
        store(folder, names, lambda file: torn(bytearray(file.bytes), file.pending.open, random))

    def whole(self, folder):
        """Writes into a new folder what the program sees."""
        store(folder, self.known, lambda file: file.seen)


def store(folder, names, content):
    folder = pathlib.Path(folder)
    folder.mkdir(mode=0o700)
    for name, file in sorted(names.items(), key=lambda item: item[0]):
        # SQLite makes its shared memory anew from the log.
        if file is not None and not name.endswith("-shm"):
            path = folder / name
            path.write_bytes(content(file))
            path.chmod(0o600)
