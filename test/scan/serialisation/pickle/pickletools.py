"""Prints how Python reads streams: for each line of hex, the instructions of pickletools, and the imports of both unpicklers.

Nothing is run: names are resolved to an inert class.
"""
import _pickle
import io
import json
import pickle
import pickletools
import resource
import sys

resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


class Inert:
    def __init__(self, *args, **kwargs):
        pass

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)


def instructions(data):
    found = []
    try:
        for opcode, _, at in pickletools.genops(data):
            found.append([opcode.name, at])
        return found, None
    except Exception as error:
        return found, str(error)[:80]


def imports(base, data):
    names = []

    class Reader(base):
        def find_class(self, module, name):
            names.append([module, name])
            return Inert

        def persistent_load(self, pid):
            return None

    try:
        Reader(io.BytesIO(data), fix_imports=False, buffers=[b""] * 8).load()
    except BaseException:
        pass
    return names


for line in sys.stdin:
    data = bytes.fromhex(line.strip())
    read, error = instructions(data)
    names = imports(_pickle.Unpickler, data) + imports(pickle._Unpickler, data)
    print(json.dumps({"read": read, "error": error, "names": names}))
