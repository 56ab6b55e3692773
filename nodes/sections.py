"""What node.toml may say, section by section: types, bounds and defaults.

Each section checks itself. docs/configuration.md lists every setting.
"""

import re
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from federation.iris import normal, plain
from federation.page import Kept
from nodes.city import City
from nodes.errors import ConfigError
from nodes.subscriptions import Channel
from vocab import countries, lines, schemes
from vocab.errors import BadTerm
from vocab.languages import normal as normal_tag
from vocab.profile import OWN, Profile
from vocab.terms import EU_LICENCE

_SHORTEST_TOKEN: Final = 20
_MOST_NAMES: Final = 29  # and the city's own; `shapes/cities.ttl` has both bounds
_LONGEST_NAME: Final = 200
_ADDRESS: Final = r"^[^@:\s<>\"]+@[^@\s<>\"]+$"
_EUROPEAN: Final = {"UK": "GB", "EL": "GR"}


def _on_the_web(value: str) -> str:
    """Give an address back; raises ValueError for what is none, with what to write."""
    if not re.fullmatch(r"https?://[^/\s][^\s]{0,1990}", value):
        raise ValueError(
            f"{value[:100]!r} is not an address on the web: write it whole, "
            "such as https://www.city.example/page"
        )
    try:
        lines.iri(value)
    except BadTerm as error:
        raise ValueError(str(error)) from None
    return value


def _tag(value: str) -> str:
    """Give the tag of a language as records have it; raises ValueError for what is none."""
    try:
        return normal_tag(value)
    except BadTerm:
        raise ValueError("write the code of the language in ISO 639, such as it") from None


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProfileSection(_Section):
    """The names and figures by which other cities find this one; all may be left out.

    People, people per km², km², a class after Köppen and Geiger, the World Bank's class of the
    country, a code of the EU's regions; the pages they are from, and their year.
    """

    names: dict[str, str] = Field(default={}, max_length=_MOST_NAMES)
    population: int | None = Field(default=None, ge=1, le=10**9)
    density: Decimal | None = Field(default=None, gt=0, le=10**6, decimal_places=6)
    area: Decimal | None = Field(default=None, gt=0, le=10**6, decimal_places=6)
    climate: str | None = None
    income: str | None = None
    nuts: str | None = Field(default=None, pattern=r"^[A-Z]{2}[0-9A-Z]{0,3}$")
    year: int | None = Field(default=None, ge=1900, le=2100)
    sources: tuple[str, ...] = Field(default=(), max_length=20)
    matches: tuple[str, ...] = Field(default=(), max_length=20)

    @field_validator("names")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        found = {_tag(language): name.strip() for language, name in value.items()}
        for language, name in found.items():
            if not 0 < len(name) <= _LONGEST_NAME:
                raise ValueError(f"write what the city is called in {language}")
        return found

    @field_validator("climate", "income")
    @classmethod
    def _concept(cls, value: str | None, info: ValidationInfo) -> str | None:
        scheme = str(info.field_name)
        known = schemes.ids(scheme)
        found = (value or "").removeprefix(schemes.folder(scheme))
        if value is not None and found not in known:
            raise ValueError(f"is none of {', '.join(known)}")
        return found or None

    @field_validator("sources", "matches")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_on_the_web, value))

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.population and self.area and self.density:
            there = self.population / self.area
            if not there * 2 / 3 <= self.density <= there * 3 / 2:
                raise ValueError(
                    f"{self.population:,} people on {self.area} km² are {there:,.0f} per km², "
                    f"not {self.density}: one of the three is wrong"
                )
        return self


class CitySection(_Section):
    """Who the node speaks for."""

    name: str = Field(min_length=1, max_length=_LONGEST_NAME)
    base: str = Field(max_length=500)
    country: str
    language: str
    publisher: str | None = None
    licence: str = EU_LICENCE + "CC_BY_4_0"
    homepage: str | None = None
    contact: str | None = Field(default=None, pattern=_ADDRESS)
    box: tuple[float, float, float, float] | None = None
    profile: ProfileSection | None = None

    @field_validator("base")
    @classmethod
    def _base(cls, value: str) -> str:
        try:
            lines.iri(value)
        except BadTerm as error:
            raise ValueError(f"write an address such as https://lab.example/: {error}") from None
        if not value.startswith(("https://", "http://")) or not value.endswith("/"):
            raise ValueError("must be an http(s) address that ends with a slash")
        if "?" in value or "#" in value or "@" in value:
            raise ValueError("must have no query, fragment or user name")
        try:
            led = normal(value)
        except ValueError as error:
            raise ValueError(f"must be an address on the web: {error}") from None
        if not plain(value):
            raise ValueError(f"must be written as it is asked for: {led}")
        return value

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("write the name of the city")
        return value

    @field_validator("country")
    @classmethod
    def _country(cls, value: str) -> str:
        value = value.strip().upper()
        if value in _EUROPEAN:  # the EU's own codes, which ISO 3166-1 gives to nobody
            raise ValueError(f"write {_EUROPEAN[value]}, as ISO 3166-1 does")
        if value not in countries.CODES:
            raise ValueError("write the two letters of the country in ISO 3166-1, such as IT")
        return value

    @field_validator("language")
    @classmethod
    def _language(cls, value: str) -> str:
        return _tag(value)

    @field_validator("licence", "homepage")
    @classmethod
    def _address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.field_name == "homepage" and not value:
            return None
        return _on_the_web(value or "")

    @field_validator("box")
    @classmethod
    def _box(
        cls, value: tuple[float, float, float, float] | None
    ) -> tuple[float, float, float, float] | None:
        if value is not None:
            west, south, east, north = value
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError(
                    "write west, south, east, north in degrees, such as [7.57, 45.00, 7.78, 45.14]"
                )
        return value

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if self.profile and self.profile.names.get(self.language, self.name) != self.name:
            raise ValueError(f"what it is called in {self.language} is its name, {self.name}")
        return self

    def city(self) -> City:
        """Return the city as a value."""
        return City(
            name=self.name,
            base=self.base,
            country=self.country,
            language=self.language,
            publisher=self.publisher or self.name,
            licence=self.licence,
            homepage=self.homepage,
            contact=self.contact,
            box=self.box,
            profile=self._profile(),
        )

    def _profile(self) -> Profile | None:
        said = self.profile
        if said is None:
            return None
        return Profile(
            iri=self.base + OWN,
            name=said.names | {self.language: self.name},
            country=self.country,
            matches=said.matches,
            population=said.population,
            density=said.density,
            area=said.area,
            climate=schemes.folder("climate") + said.climate if said.climate else None,
            income=schemes.folder("income") + said.income if said.income else None,
            nuts=said.nuts,
            sources=said.sources,
            year=said.year,
        )


class ServerSection(_Section):
    """Where the web application listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    body_bytes: int = Field(default=1_000_000, ge=1_000)
    body_seconds: float = Field(default=30.0, gt=0)
    requests_at_once: int = Field(default=500, ge=1)
    keepalive_seconds: float = Field(default=30.0, gt=0)
    proxies: tuple[str, ...] = ()

    @field_validator("proxies")
    @classmethod
    def _proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each)
            except ValueError as error:
                raise ValueError(f'{error}: write networks, such as "10.0.0.0/8"') from None
        return value


class HarvestSection(_Section):
    """How peers are read. Times are seconds."""

    interval: float = Field(default=300.0, ge=0.5)
    polling_interval: int = Field(default=60, ge=1)
    tick: float = Field(default=1.0, ge=0.1)
    runs_kept_days: int = Field(default=90, ge=1, le=36_500)
    rounds_at_once: int = Field(default=16, ge=1, le=256)
    workers: int = Field(default=2, ge=1, le=64)
    allow_private_peers: bool | tuple[IPvAnyNetwork, ...] = False
    pings: bool = True
    ping_pause: float = Field(default=5.0, ge=0.5, le=3_600)
    cities_per_registry: int = Field(default=500, ge=1, le=10_000)
    refresh_pause: float = Field(default=5.0, ge=0.5, le=3_600)
    refresh_seconds: float = Field(default=5.0, gt=0, le=60)


class RetentionSection(_Section):
    """What the feed keeps: all of the last days, then of each record its last version.

    Deletions are kept for ever unless `deletions_days` says how long.
    """

    everything: bool = False
    full_log_days: int = Field(default=730, ge=1, le=36_500)
    deletions_days: int | None = Field(default=None, ge=1, le=36_500)

    def kept(self) -> Kept | None:
        """Say it as a feed declares it; None when everything is kept."""
        if self.everything:
            return None
        return Kept(log=self.full_log_days, deletions=self.deletions_days)


class DumpsSection(_Section):
    """Files of everything the node knows. `hour` is one of the machine's local clock."""

    nightly: bool = True
    hour: int = Field(default=3, ge=0, le=23)
    days: int = Field(default=7, ge=1, le=36_500)
    most_bytes: int = Field(default=20_000_000_000, ge=1_000_000)


class PastSection(_Section):
    """Stores of earlier times: how many, how large together, and seconds to build one."""

    stores: int = Field(default=8, ge=1, le=1_000)
    store_bytes: int = Field(default=4_000_000_000, ge=10_000_000)
    build_seconds: int = Field(default=600, ge=10, le=86_400)


class QuerySection(_Section):
    """Bounds on SPARQL queries. Times are seconds, sizes bytes."""

    seconds: float = Field(default=30.0, gt=0)
    memory: int = Field(default=2_000_000_000, ge=200_000_000)
    workers: int = Field(default=2, ge=1, le=64)
    queue: int = Field(default=64, ge=1, le=10_000)
    answer_bytes: int = Field(default=256_000_000, ge=1_000_000)
    memory_bytes: int = Field(default=64_000_000, ge=0)
    budget: float = Field(default=60.0, gt=0)
    budget_rate: float = Field(default=0.5, gt=0)
    token_share: float = Field(default=10.0, ge=1)
    tokens: dict[str, SecretStr] = Field(default={}, repr=False)

    @field_validator("tokens")
    @classmethod
    def _tokens(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, token in value.items():
            if len(token.get_secret_value()) < _SHORTEST_TOKEN:
                raise ValueError(f"the token {name!r} has fewer than {_SHORTEST_TOKEN} characters")
        return value


class AlertsSection(_Section):
    """Who may be told of news, and how. Times are seconds unless the name says otherwise.

    Nothing is sent unless `smtp_host` or `webhooks` is set.
    """

    smtp_host: str | None = Field(default=None, min_length=1)
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = Field(default=None, repr=False)
    smtp_password_file: Path | None = None
    sender: str | None = Field(default=None, pattern=_ADDRESS)
    webhooks: bool = False
    webhook_ports: tuple[int, ...] = ()
    allow_private_webhooks: bool | tuple[IPvAnyNetwork, ...] = False
    timezone: str = "UTC"
    hour: int = Field(default=7, ge=0, le=23)
    pause: float = Field(default=300.0, ge=0.1)
    gather: float = Field(default=3_600.0, ge=0.1)
    timeout: float = Field(default=20.0, gt=0, le=300)
    retry: float = Field(default=60.0, ge=0.1)
    patience: int = Field(default=24, ge=1)
    most: int = Field(default=2_000, ge=1)
    most_unconfirmed: int = Field(default=200, ge=1)
    most_per_target: int = Field(default=10, ge=1)
    requests_per_hour: int = Field(default=10, ge=1)
    unconfirmed_hours: float = Field(default=24.0, gt=0)
    paused_days: float = Field(default=30.0, gt=0)

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be a time zone such as Europe/Rome") from None
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.smtp_host is not None and self.sender is None:
            raise ValueError("`sender` must be set where `smtp_host` is")
        return self

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The ways in which this node tells of news; none unless they are configured."""
        mail = (Channel.MAIL,) if self.smtp_host is not None else ()
        return (*mail, Channel.WEBHOOK) if self.webhooks else mail

    def password(self, folder: Path) -> str | None:
        """Give the password for the mail server; raises ConfigError when it cannot be read."""
        if self.smtp_password_file is not None:
            try:
                return (folder / self.smtp_password_file).read_text("utf-8").strip()
            except (OSError, UnicodeError) as error:
                raise ConfigError(f"smtp_password_file cannot be read: {error}") from None
        return self.smtp_password.get_secret_value() if self.smtp_password is not None else None


class SearchSection(_Section):
    """How records are found. `vectors` needs the extra `semantic`."""

    vectors: bool = True
