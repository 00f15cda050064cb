"""Prints the tensors of a model, if it may be used so. Usage: python3 tensors.py FOLDER USE"""

import json
import os
import sys

from load_checked import NotPermittedError, load_checked


def read(folder):
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(min(length, 100_000_000)))
    return sorted(name for name in header if name != "__metadata__")


if __name__ == "__main__":
    folder, use = sys.argv[1:]
    try:
        print(*load_checked(folder, use, read))
    except NotPermittedError as error:
        sys.exit(f"Not loaded. {error}")
