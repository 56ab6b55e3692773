"""The configuration of a node: one TOML file, `node.toml`, read once.

Each setting can also be given as an environment variable, `CITYNODE_SECTION__NAME`, which wins
over the file. An unknown name is an error that names it. docs/configuration.md lists them all.
"""

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from federation.limits import Limits
from nodes.errors import ConfigError, NoNode
from nodes.sections import (
    AlertsSection,
    CitySection,
    DumpsSection,
    HarvestSection,
    PastSection,
    QuerySection,
    RetentionSection,
    SearchSection,
    ServerSection,
)

FILE: Final = "node.toml"
_PREFIX: Final = "CITYNODE_"
_MAY_BE_NOTHING: Final = {
    *("clock_skew_seconds", "withdrawn_share", "free_bytes", "pending_bytes"),
    *("quarantine_per_peer", "quarantine_bytes", "repaired_members", "repair_bytes"),
    *("first_pause_seconds", "longest_pause_seconds"),
}
"""Limits of which nothing is a bound that can be meant; of the others it would stop all reading."""


class Config(BaseSettings):
    """Everything in `node.toml`."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=_PREFIX, env_nested_delimiter="__"
    )

    city: CitySection
    server: ServerSection = ServerSection()
    harvest: HarvestSection = HarvestSection()
    retention: RetentionSection = RetentionSection()
    dumps: DumpsSection = DumpsSection()
    query: QuerySection = QuerySection()
    search: SearchSection = SearchSection()
    alerts: AlertsSection = AlertsSection()
    past: PastSection = PastSection()
    limits: Limits = Limits()
    folder: Path = Field(default=Path(), exclude=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the file in `folder`, as any editor saves it."""
        del dotenv_settings, file_secret_settings
        folder = (
            init_settings.init_kwargs.get("folder", Path())
            if isinstance(init_settings, InitSettingsSource)
            else Path()
        )
        assert isinstance(env_settings, EnvSettingsSource)
        return (
            init_settings,
            env_settings,
            InitSettingsSource(
                settings_cls, tomllib.loads((Path(folder) / FILE).read_text("utf-8-sig"))
            ),
        )

    @field_validator("limits")
    @classmethod
    def _limits(cls, value: Limits) -> Limits:
        for each in fields(value):
            bound, least = getattr(value, each.name), each.name in _MAY_BE_NOTHING
            if bound < 0 or (bound == 0 and not least):
                raise ValueError(f"{each.name}: write {'0 or ' if least else ''}a number above 0")
        return value


_SECTIONS: Final = Config.model_fields.keys() - {"folder"}
_WORDS: Final = {
    "missing": "it is needed and not there",
    "extra_forbidden": "there is no such setting; is it misspelt, or in the wrong section?",
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "write a whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "write a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "write true or false"),
    **dict.fromkeys(("string_type", "path_type"), "write a text, in quotation marks"),
    "tuple_type": 'write a list, such as ["…", "…"]',
    "dict_type": 'write a table, such as { name = "…" }',
}
_SPELT: Final = "string_pattern_mismatch"
_PRIVATE: Final = 'write true, false, or a list of networks, such as ["10.20.0.0/16"]'
_ADVICE: Final = {
    ("city.contact", _SPELT): "write a mail address, such as lab@city.example",
    ("city.box", "tuple_type"): "write four numbers, such as [7.57, 45.00, 7.78, 45.14]",
    ("harvest.allow_private_peers", "bool_type"): _PRIVATE,
    ("harvest.allow_private_peers", "bool_parsing"): _PRIVATE,
    ("harvest.allow_private_peers", "tuple_type"): _PRIVATE,
    ("alerts.sender", _SPELT): "write a mail address, such as lab@city.example",
}


def read_config(folder: Path) -> Config:
    """Read the configuration of the node in a folder; raises ConfigError."""
    path = folder / FILE
    if not path.is_file():
        raise NoNode(f"there is no {FILE} in {folder.resolve()}")
    for variable in sorted(os.environ):
        section, parted, _ = variable.upper().removeprefix(_PREFIX).partition("__")
        if variable.upper().startswith(_PREFIX) and parted and section.lower() not in _SECTIONS:
            raise ConfigError(
                f"the variable {variable} of the environment: there is no section "
                f"[{section.lower()}]; is it misspelt?"
            )
    try:
        return Config(folder=folder.resolve())  # type: ignore[call-arg]
    except ValidationError as error:
        told = [_told(each["loc"], each["type"], each["msg"]) for each in error.errors()]
        raise ConfigError(f"{path}: {'; '.join(dict.fromkeys(told))}") from None
    except SettingsError as error:
        raise ConfigError(
            f"a variable of the environment that begins with CITYNODE_ cannot be read: {error}; "
            'lists are written as ["…"], tables as {"…": "…"}'
        ) from None
    except UnicodeError:
        raise ConfigError(f"{path} is not UTF-8: save it as UTF-8") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None


def _told(place: tuple[int | str, ...], kind: str, said: str) -> str:
    """Say what is wrong with a setting, and what to write; what was written may be a secret."""
    place = tuple(each for each in place if each != "bool" and "[" not in str(each))  # of a union
    name = ".".join(map(str, place))
    advice = _ADVICE.get((name, kind)) or _WORDS.get(kind) or said.removeprefix("Value error, ")
    variable = _PREFIX + "__".join(map(str, place)).upper()
    given = {each.upper() for each in os.environ}
    return f"{name}{f' (given by {variable})' if variable in given else ''}: {advice}"
