"""The settings of the environment, and the values that win over it."""

import pytest

from music_platform.errors import InputError
from music_platform.settings import Settings, variable


def test_every_setting_has_a_variable_and_a_description(monkeypatch):
    for name, field in Settings.model_fields.items():
        assert field.description, name
    monkeypatch.setenv(variable("sample_size"), "0.5")
    monkeypatch.setenv(variable("styles"), "mpb, rap,")
    settings = Settings.read()
    assert (settings.sample_size, settings.styles) == (0.5, ("mpb", "rap"))


def test_a_given_value_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_BUDGET", "3")
    monkeypatch.setenv("MUSIC_PLATFORM_CLUSTERS", "5")
    settings = Settings.read(budget=0.0, styles=["samba"])
    assert (settings.budget, settings.clusters, settings.styles) == (0.0, 5, ("samba",))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("budget", "x"),
        ("budget", "-1"),
        ("budget", "nan"),
        ("precision", "int4"),
        ("engine", "flink"),
        ("clusters", "1"),
        ("workers", "0"),
        ("live", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(monkeypatch, field, value):
    monkeypatch.setenv(variable(field), value)
    with pytest.raises(InputError, match=rf"^MUSIC_PLATFORM_{field.upper()}: '{value}' can't be used; "):
        Settings.read()


def test_a_given_value_that_cannot_be_used_is_refused_by_the_name_of_its_field():
    with pytest.raises(InputError, match=r"^budget: inf can't be used; "):
        Settings.read(budget=float("inf"))
    with pytest.raises(InputError, match=r"^colour: 'red' can't be used; "):
        Settings.read(colour="red")


def test_the_key_of_the_service_is_shown_nowhere(monkeypatch):
    monkeypatch.setenv("MUSIC_PLATFORM_API_KEY", "open sesame")
    settings = Settings.read()
    assert settings.api_key.get_secret_value() == "open sesame"
    assert "sesame" not in f"{settings!r} {settings.model_dump_json()}"
