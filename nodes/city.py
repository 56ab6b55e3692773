"""The city a node speaks for, as the configuration names it."""

from dataclasses import dataclass

from vocab.profile import OWN, Profile


@dataclass(frozen=True, kw_only=True)
class City:
    """One city. `base` ends with a slash; `language` is the tag its officers write in."""

    name: str
    base: str
    country: str  # ISO 3166-1 alpha-2
    language: str
    publisher: str
    licence: str
    homepage: str | None = None
    contact: str | None = None  # a role mailbox
    box: tuple[float, float, float, float] | None = None  # west, south, east, north, in degrees
    profile: Profile | None = None  # by which other cities find those like them

    @property
    def iri(self) -> str:
        """The IRI of the city itself, where its profile stands."""
        return self.base + OWN

    @property
    def node(self) -> str:
        """The IRI that acts for the city in every activity."""
        return f"{self.base}#node"
