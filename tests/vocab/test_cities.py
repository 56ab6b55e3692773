"""The names of cities: each line of the file is read, and says no name twice."""

from vocab.cities import Name, cities
from vocab.schemes import fold


def test_the_file_has_the_names_of_a_city_in_a_line_its_own_first() -> None:
    [gent] = [names for names in cities() if names[0].text == "Gent"]

    assert gent[:3] == (Name(text="Gent", common=True), Name(text="Ghent"), Name(text="Gand"))
    assert len(cities()) > 300


def test_every_city_has_other_names_and_none_twice() -> None:
    for names in cities():
        said = [fold(name.text) for name in names]

        assert len(said) > 1, names
        assert len(set(said)) == len(said), names
        assert all(text and text == text.strip("~ ,") for text in said), names
