"""Making the folder of a new node: its configuration and its key."""

import json
from collections.abc import Mapping
from pathlib import Path

from federation import keys
from nodes.config import FILE, read_config
from nodes.errors import ConfigError, FolderTaken, NotFounded
from nodes.keyring import KEY, write_key


def make_node(folder: Path, settings: Mapping[str, Mapping[str, object]]) -> str:
    """Write node.toml and a new key; returns the key's six words. Raises ConfigError.

    `settings` are the sections of node.toml; a setting that is None is left out. Nothing is
    written over, and nothing stays behind when the settings are refused.
    """
    if (folder / FILE).exists() or (folder / KEY).exists():
        raise FolderTaken(f"{folder} already holds a node")
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotFounded(f"{folder} cannot be made: {error.strerror or error}") from None
    text = "\n".join(
        f"[{section}]\n"
        + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value is not None)
        for section, values in settings.items()
    )
    (folder / FILE).touch(mode=0o600)  # passwords and tokens may come to stand in it
    (folder / FILE).write_text(text, encoding="utf-8")
    try:
        read_config(folder)
    except ConfigError as error:
        (folder / FILE).unlink()
        if new:
            folder.rmdir()
        raise NotFounded(str(error).removeprefix(f"{folder / FILE}: ")) from None
    key = keys.generate()
    write_key(folder / KEY, key)
    return keys.fingerprint(key.multibase)


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
