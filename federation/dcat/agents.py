"""Who had a hand in a dataset: publisher, creators, contributors, and roles where they are said.

Agents without names of their own are told apart, and put in order, by what is said of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from federation.dcat import values
from federation.dcat.said import Catalogue, is_link
from vocab.parts import Agent, Partner
from vocab.terms import DCAT, DCTERMS, FOAF, PROV, RDFS, SCHEMES, SKOS, VCARD

_NAMES: Final = (
    FOAF + "name",
    VCARD + "organization-name",
    VCARD + "fn",
    SKOS + "prefLabel",
    RDFS + "label",
    DCTERMS + "title",
)
_HANDS: Final = (DCTERMS + "publisher", DCTERMS + "creator", DCTERMS + "contributor")
_ROLE: Final = f"{SCHEMES}role/"
_MOST: Final = 50
_LONGEST: Final = 200


@dataclass(frozen=True, kw_only=True)
class Hand:
    """An agent with its side of the quadruple helix and its roles, where these are said."""

    agent: Agent
    helix: str | None = None
    roles: tuple[str, ...] = ()


def named(page: Catalogue, nodes: Sequence[str], language: str) -> Agent | None:
    """Give the publisher of the first thing that names one, of several the first in order."""
    for node in nodes:
        found = _hands(page, node, (DCTERMS + "publisher",), language)
        if found:
            return found[0].agent
    return None


def partners(page: Catalogue, dataset: str, publisher: Agent, language: str) -> tuple[Partner, ...]:
    """Give who took part: the publisher first, then whoever else is named, each once."""
    hands = _hands(page, dataset, _HANDS, language)
    for node in page.nodes(dataset, PROV + "qualifiedAttribution"):
        said = page.nodes(node, DCAT + "hadRole")
        roles = tuple(sorted(each for each in said if each.startswith(_ROLE)))
        shared = _hands(page, node, (PROV + "agent",), language)
        hands += (Hand(agent=each.agent, helix=each.helix, roles=roles) for each in shared)
    by_name: dict[str, list[Hand]] = {publisher.name: [Hand(agent=publisher)]}
    for each in _ordered(hands):
        by_name.setdefault(each.agent.name, []).append(each)
    others = sorted(by_name.keys() - {publisher.name})
    return tuple(_partner(by_name[each]) for each in (publisher.name, *others[: _MOST - 1]))


def _partner(hands: Sequence[Hand]) -> Partner:
    """Make one of all that is said about a name."""
    agent = hands[0].agent
    return Partner(
        name=agent.name,
        helix=min((each.helix for each in hands if each.helix is not None), default=None),
        roles=tuple(sorted({role for each in hands for role in each.roles})),
        homepage=agent.homepage,
        matches=agent.matches,
    )


def _hands(page: Catalogue, node: str, predicates: Sequence[str], language: str) -> list[Hand]:
    """Read the agents that properties lead to, in the order of what they say."""
    found: list[Hand] = []
    for each in page.nodes(node, *predicates):
        name = _name(page, each, language)
        if name is not None:
            agent = Agent(
                name=name,
                homepage=next(iter(page.links(each, FOAF + "homepage", VCARD + "hasURL")), None),
                matches=(each,) if is_link(each) else (),
            )
            side = values.helix(page.nodes(each, DCTERMS + "type"))
            found.append(Hand(agent=agent, helix=side))
    texts = page.texts(node, *predicates)
    found += (Hand(agent=Agent(name=each)) for each in texts if len(each) <= _LONGEST)
    return _ordered(found)


def _ordered(hands: Iterable[Hand]) -> list[Hand]:
    return sorted(
        hands,
        key=lambda each: (
            each.agent.name,
            not each.agent.matches,
            each.agent.matches,
            each.agent.homepage or "",
            each.helix or "",
            each.roles,
        ),
    )


def _name(page: Catalogue, node: str, language: str) -> str | None:
    for predicate in _NAMES:
        texts = page.facts.texts(node, predicate, language)
        fitting = {tag: text.strip() for tag, text in texts.items() if text.strip()}
        if fitting:
            found = fitting.get(language) or fitting[min(fitting)]
            return found if len(found) <= _LONGEST else None
    return None
