"""Reads a model only once `stemma verify` has permitted the use. Until then it takes the standard library alone."""

import json
import os
import shlex
import subprocess


class NotPermittedError(Exception):
    """Nothing was read: the use is not permitted, or that is unknown, or there was no answer."""


def require_permitted(folder, use, options=(), timeout=600):
    """Returns the answer of `stemma verify` about the weights in a folder for a use (or several: "host,modify")."""
    program = shlex.split(os.environ.get("STEMMA", "stemma"))
    command = [*program, "verify", os.path.abspath(folder), f"--use={use}", "--json", *options]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        answer = json.loads(run.stdout)
    except (OSError, ValueError, RecursionError, subprocess.TimeoutExpired) as error:
        raise NotPermittedError(f"No answer about {folder!r}: {error}") from error
    if not isinstance(answer, dict) or answer.get("version", 1) != 1:
        raise NotPermittedError(f"No answer about {folder!r} that this program understands. Update it.")
    permits = answer.get("verdict") in ("permitted", "conditional")
    answers = sorted(answer.get("uses") or [answer.get("use")], key=str) == sorted(use.split(","))
    if run.returncode != 0 or not permits or not answers:
        why = answer.get("error", {}).get("message") or answer.get("verdict")
        raise NotPermittedError(f"{use} of {folder!r}: {why} (exit code {run.returncode})")
    return answer


def load_checked(folder, use, read, **how):
    """Calls `read(folder)` once the use is permitted. Import what reads weights inside `read`, so that it comes after."""
    require_permitted(folder, use, **how)
    return read(folder)
