"""Who may speak about an address is decided by its text, so a text may lead to one place only."""

from urllib.parse import quote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.iris import normal, plain, within
from federation.judging import authority

TORINO = "https://torino.example/"
HUB, ON_HUB = "https://hub.example/", "https://hub.example/torino/"

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
LABELS = st.builds(lambda first, rest: first + rest, st.sampled_from("abcxyz"), LETTERS)
SEGMENTS = st.text("abcXYZ019-._~!$&'()*+,;=:@", min_size=1, max_size=8).filter(
    lambda segment: segment not in (".", "..")
)
BASES = st.builds(
    lambda scheme, host, port, path: f"{scheme}://{host}{port}/{path}",
    st.sampled_from(("https", "http")),
    st.lists(LABELS, min_size=1, max_size=3).map(".".join),
    st.sampled_from(("", ":8080", ":81")),
    st.sampled_from(("", "lab/", "a/b/")),
)


@given(BASES, st.lists(SEGMENTS, min_size=1, max_size=4))
def test_an_address_as_cities_write_them_is_its_own_and_stays_as_it_is(
    base: str, segments: list[str]
) -> None:
    iri = base + "/".join(segments)

    assert plain(iri)
    assert normal(iri) == iri
    assert within(iri, base)
    assert authority(iri, [base, TORINO]) == base


@given(
    BASES,
    st.lists(
        st.sampled_from(("..", ".", "%2e%2e", ".%2E", "%2e", "a", "torino", "experiments")),
        max_size=6,
    ),
)
def test_no_address_climbs_out_of_the_city_that_it_begins_with(
    base: str, segments: list[str]
) -> None:
    iri = base + "/".join(segments)

    if authority(iri, [base]) is not None:
        assert normal(iri).startswith(base)
        assert str(httpx.URL(iri)) == iri
    else:
        assert {"..", ".", "%2e%2e", ".%2E", "%2e"} & set(segments)


@given(st.text(min_size=0, max_size=40))
def test_whatever_follows_a_scheme_is_read_or_refused_and_reading_twice_changes_nothing(
    rest: str,
) -> None:
    try:
        led = normal(f"https://{rest}")
    except ValueError:
        assert not plain(f"https://{rest}")
        return

    assert normal(led) == led
    assert plain(led)
    assert "@" not in urlsplit(led).netloc


@given(st.text("abcdefàéßłñ日本", min_size=1, max_size=8))
def test_letters_beyond_ascii_in_a_path_are_one_address_in_both_spellings(name: str) -> None:
    spelt, escaped = f"{TORINO}experiments/{name}", f"{TORINO}experiments/{quote(name)}"

    assert plain(spelt)
    assert plain(escaped)
    assert normal(spelt) == normal(escaped)
    assert authority(spelt, [TORINO]) == authority(escaped, [TORINO]) == TORINO


FOOLING = (
    "https://torino.example@evil.example/experiments/x",
    "https://torino.example:pass@evil.example/experiments/x",
    "https://TORINO.example/experiments/x",
    "HTTPS://torino.example/experiments/x",
    "https://torino.example./experiments/x",
    "https://torino.example:443/experiments/x",
    "https://torino.example:/experiments/x",
    "https://torino%2Eexample/experiments/x",
    "https://torino.example\\@evil.example/experiments/x",
    "https://torino.example/experiments/../../ghent/x",
    "https://torino.example/experiments/%2e%2e/x",
    "https://torino.example/%65xperiments/x",
    "https://torino.example/experiments/./x",
    "https://torino\u3002example/experiments/x",
    "https://\uff54orino.example/experiments/x",
    "https://torino.example/experiments/e\u0301x",
    "https://torino.example/experiments/x y",
    "https://torino.example.evil.example/experiments/x",
    "http://torino.example/experiments/x",
    "https://[::ffff:0:0:0:1]/experiments/x",
    "//torino.example/experiments/x",
    "did:web:torino.example",
    "https://torino.example/" + "a" * 1_900 + "!/../",
)


@pytest.mark.parametrize("iri", FOOLING)
def test_an_address_that_only_looks_like_a_citys_is_not_the_citys(iri: str) -> None:
    assert authority(iri, [TORINO, HUB]) is None


def test_a_node_below_anothers_host_keeps_what_is_its_own() -> None:
    bases = [HUB, ON_HUB]

    assert authority(f"{ON_HUB}experiments/x", bases) == ON_HUB
    assert authority(f"{HUB}experiments/x", bases) == HUB
    assert authority(f"{HUB}ghent/../torino/experiments/x", bases) is None
    assert authority(f"{HUB}%74orino/experiments/x", bases) is None
    assert authority(f"{HUB}torino", bases) == HUB


@pytest.mark.parametrize(
    ("typed", "led"),
    [
        ("https://Kraków.example/", "https://xn--krakw-3ta.example/"),
        ("https://例え。jp/", "https://xn--r8jz45g.jp/"),
        ("https://torino.example:443", "https://torino.example/"),
        ("HTTP://127.1:80/", "http://127.0.0.1/"),
        ("http://0x7f000001/a", "http://127.0.0.1/a"),
        ("http://[0:0::1]:8080/", "http://[::1]:8080/"),
        ("https://torino.example/a/./b/../%7Ec", "https://torino.example/a/~c"),
    ],
)
def test_what_an_officer_types_is_read_as_it_is_meant(typed: str, led: str) -> None:
    assert normal(typed) == led
