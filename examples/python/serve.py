"""Loads a model for transformers, if it may be hosted. Usage: python3 serve.py FOLDER"""

import sys

from load_checked import NotPermittedError, load_checked


def read(folder):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


if __name__ == "__main__":
    try:
        model = load_checked(sys.argv[1], "host", read)
    except NotPermittedError as error:
        sys.exit(f"Not loaded. {error}")
