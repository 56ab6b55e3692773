"""The configuration of a node: one TOML file, `node.toml`, read once.

Each setting can also be given as an environment variable, `CITYNODE_SECTION__NAME`, which wins
over the file. An unknown name is an error that names it. docs/configuration.md lists them all.
"""

import os
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
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
        """Read the environment, then the file named by `folder`."""
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
            TomlConfigSettingsSource(settings_cls, Path(folder) / FILE),
        )


_SECTIONS: Final = Config.model_fields.keys() - {"folder"}
_WORDS: Final = {
    "missing": "it is needed and not there",
    "extra_forbidden": "there is no such setting; is it misspelt, or in the wrong section?",
    "int_parsing": "write a whole number",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
}
_SPELT: Final = "string_pattern_mismatch"
_ADVICE: Final = {
    ("city.country", _SPELT): "write the two capital letters of the country, such as IT",
    ("city.language", _SPELT): "write the code of the language, such as it",
    ("city.contact", _SPELT): "write a mail address, such as lab@city.example",
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
        told = "; ".join(_told(each["loc"], each["type"], each["msg"]) for each in error.errors())
        raise ConfigError(f"{path}: {told}") from None
    except SettingsError as error:
        raise ConfigError(
            f"a variable of the environment that begins with CITYNODE_ cannot be read: {error}; "
            'lists are written as ["…"], tables as {"…": "…"}'
        ) from None
    except ValueError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None


def _told(place: tuple[int | str, ...], kind: str, said: str) -> str:
    """Say what is wrong with a setting, and what to write; what was written may be a secret."""
    name = ".".join(map(str, place))
    advice = _ADVICE.get((name, kind)) or _WORDS.get(kind) or said.removeprefix("Value error, ")
    variable = _PREFIX + "__".join(map(str, place)).upper()
    given = {each.upper() for each in os.environ}
    return f"{name}{f' (given by {variable})' if variable in given else ''}: {advice}"
