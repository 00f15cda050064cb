"""Asks the guard that runs this program (stemma guard run) before a model is loaded. The standard library alone is needed.

    python -m stemma_guard script.py [arguments]

Or from a program: `import stemma_guard; stemma_guard.install()`, and `stemma_guard.assert_loadable(path)`.

It is a seat belt, not a wall: readers in C and Rust (safetensors, llama.cpp) raise no audit event, and code in this process can
do as it likes. What keeps a model from being loaded is that the guard holds its files.
"""

import functools
import importlib.abc
import importlib.util
import json
import os
import runpy
import socket
import sys
import threading

SOCKET = "STEMMA_GUARD_SOCKET"
MOST_ANSWER = 8 * 1024 * 1024
TIMEOUT_SECONDS = 3600


class NotLoadableError(PermissionError):
    """Nothing was loaded: the guard says no, or does not answer. `missing` lists what is missing, each with rule, what and remedy."""

    def __init__(self, message, missing=()):
        super().__init__(message)
        self.missing = list(missing)


class _Session:
    """What may be loaded, as the guard says it: folders that it guards, and the files in them by device and inode."""

    def __init__(self):
        self.roots = ()
        self.files = frozenset()

    def update(self):
        answer = _ask({"session": True})
        try:
            roots = tuple(str(root) for root in answer["roots"])
            files = frozenset((str(device), str(inode)) for device, inode in answer["files"])
        except (KeyError, TypeError, ValueError) as error:
            raise NotLoadableError("The guard's answer is malformed. Nothing may be loaded.") from error
        self.roots, self.files = roots, files

    def guards(self, path):
        return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in self.roots)


_session = _Session()
_installed = False
# Of each thread its own: one that asks must not let others through.
_thread = threading.local()


def _ask(question):
    """One question to the guard, one answer."""
    path = os.environ.get(SOCKET)
    if not path:
        raise NotLoadableError(f"{SOCKET} is not set, so nobody can be asked. Start the program by stemma guard run.")
    _thread.asking = True
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(path)
            connection.sendall(json.dumps(question).encode() + b"\n")
            chunks, length = [], 0
            while True:
                chunk = connection.recv(65536)
                length += len(chunk)
                if length > MOST_ANSWER:
                    raise ValueError("the answer is too long")
                chunks.append(chunk)
                if not chunk or b"\n" in chunk:
                    break
        answer = json.loads(b"".join(chunks))
        if not isinstance(answer, dict):
            raise ValueError("the answer is not an object")
        return answer
    except (OSError, ValueError, RecursionError) as error:
        raise NotLoadableError(f"The guard does not answer ({str(error)[:200]}). Nothing may be loaded.") from error
    finally:
        _thread.asking = False


def assert_loadable(path):
    """Passes when a folder or a file may be loaded now; raises NotLoadableError with what is missing otherwise."""
    answer = _ask({"load": os.path.realpath(path)})
    if answer.get("loadable") is not True:
        raise NotLoadableError(f"{path!r} may not be loaded. {answer.get('message', '')}", answer.get("missing", ()))
    _session.update()


def _is_listed(path):
    try:
        stats = os.stat(path)
    except OSError:
        return True
    return (str(stats.st_dev), str(stats.st_ino)) in _session.files


def _audit(event, arguments):
    """Refuses to open a file in a guarded folder that is not one of those that were judged."""
    if event != "open" or getattr(_thread, "asking", False):
        return
    name = arguments[0]
    # io.FileIO passes on what it was given.
    if isinstance(name, os.PathLike):
        name = os.fspath(name)
    if isinstance(name, (bytes, bytearray)):
        name = os.fsdecode(bytes(name))
    if not isinstance(name, str):
        return
    path = os.path.realpath(name)
    # A link in a guarded folder is of that folder, wherever it leads.
    folder = os.path.realpath(os.path.dirname(os.path.abspath(name)))
    is_guarded = _session.guards(path) or _session.guards(os.path.join(folder, os.path.basename(name)))
    if not is_guarded or os.path.isdir(path) or _is_listed(path):
        return
    # It may be of an adapter that was judged since.
    _session.update()
    if not _is_listed(path):
        raise NotLoadableError(f"{path!r} is in a guarded folder, and was not judged. Ask first: stemma_guard.assert_loadable.")


def _checked(function, position=0, names=()):
    """A loader that asks first. What is not a path on this disk is left to the loader, which is offline."""

    @functools.wraps(function)
    def load(*arguments, **named):
        given = arguments[position] if len(arguments) > position else None
        for name in names:
            given = named.get(name, given)
        if isinstance(given, (str, os.PathLike)) and os.path.exists(given) and not _is_in_session(given):
            assert_loadable(given)
        return function(*arguments, **named)

    return load


def _is_in_session(path):
    """Whether a path is a file, or a folder of files, that the guard has judged."""
    path = os.path.realpath(path)
    if os.path.isfile(path):
        return _is_listed(path)
    return path in _session.roots and all(
        _is_listed(os.path.join(folder, name)) for folder, _, files in os.walk(path) for name in files
    )


def _wrap_torch(module):
    module.load = _checked(module.load, 0, ("f",))


def _wrap_safetensors(module):
    # A type that is given the file when it is made.
    module.safe_open = _checked(module.safe_open, 0, ("filename",))


def _wrap_safetensors_torch(module):
    module.load_file = _checked(module.load_file, 0, ("filename",))


def _wrap_from_pretrained(*classes):
    def wrap(module):
        for name in classes:
            owner = getattr(module, name, None)
            method = getattr(owner, "from_pretrained", None)
            if method is None:
                continue
            inner = method.__func__ if hasattr(method, "__func__") else method
            bound = _checked(inner, 1, ("pretrained_model_name_or_path", "model_id"))
            setattr(owner, "from_pretrained", classmethod(bound) if hasattr(method, "__func__") else staticmethod(inner))

    return wrap


_WRAPPERS = {
    "torch": _wrap_torch,
    "safetensors": _wrap_safetensors,
    "safetensors.torch": _wrap_safetensors_torch,
    "transformers.modeling_utils": _wrap_from_pretrained("PreTrainedModel"),
    "diffusers.pipelines.pipeline_utils": _wrap_from_pretrained("DiffusionPipeline"),
    "peft.peft_model": _wrap_from_pretrained("PeftModel"),
}


class _Finder(importlib.abc.MetaPathFinder):
    """Wraps loaders when they are imported."""

    def __init__(self):
        self.busy = set()

    def find_spec(self, name, path=None, target=None):
        if name not in _WRAPPERS or name in self.busy:
            return None
        self.busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy.discard(name)
        if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
            return spec
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            _WRAPPERS[name](module)

        spec.loader.exec_module = exec_module
        return spec


def install():
    """Takes the guard's list of files, and from here on asks before anything is loaded. It cannot be taken off."""
    global _installed
    _session.update()
    if _installed:
        return
    _installed = True
    sys.meta_path.insert(0, _Finder())
    for name, wrap in _WRAPPERS.items():
        if name in sys.modules:
            wrap(sys.modules[name])
    sys.addaudithook(_audit)


def main():
    """Runs a script as `python script.py` would."""
    if len(sys.argv) < 2:
        sys.exit("usage: python -m stemma_guard script.py [arguments]")
    # The hook has to be that of the module that scripts import.
    import stemma_guard

    stemma_guard.install()
    sys.argv = sys.argv[1:]
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
