"""A plan is checked once, keeps as JSON, and knows when it asks for the same as another."""

import dataclasses
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from music_platform import __version__
from music_platform.errors import InputError
from music_platform.ingestion.plan import CrawlPlan
from music_platform.ingestion.politeness import scrapy_settings, user_agent, wait_before_retry
from music_platform.ingestion.visits import seeds

SAMPLE = {"letras": "http://127.0.0.1:5000", "vagalume": "http://localhost:5001/"}


def live(**more):
    return CrawlPlan(**{"live": True, "contact": "me@example.org", "styles": ("mpb",), **more})


slugs = st.from_regex(r"(letras:|vagalume:)?[a-z][a-z0-9-]{0,9}", fullmatch=True)


@settings(max_examples=30)
@given(st.lists(slugs, max_size=3), st.lists(slugs, max_size=3), st.none() | st.integers(1, 9), st.floats(0, 99))
def test_json_round_trip(styles, artists, limit, days):
    plan = CrawlPlan(SAMPLE, tuple(styles), tuple(artists), limit, revisit_days=days)
    assert CrawlPlan.read(plan.to_json()) == plan


def test_a_plan_is_read_from_a_file(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(live().to_json(), "utf-8")
    assert CrawlPlan.read(str(path)) == live()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"live": False}, "only with live: true"),
        ({"contact": ""}, "contact: ''"),
        ({"contact": "someone"}, "contact: 'someone'"),
        ({"delay": 0.5}, "at least 1.0 s"),
        ({"styles": ()}, "styles, artists: none given"),
        ({"sites": {}}, "sites: []"),
        ({"sites": {"genius": "https://genius.com"}}, "sites: ['genius']"),
        ({"sites": {"letras": "https://letras.example"}}, "expected https://www.letras.mus.br"),
        ({"sites": {"letras": "http://www.letras.mus.br"}}, "expected https://www.letras.mus.br"),
        (
            {"sites": {"letras": "https://www.letras.mus.br@evil.example"}},
            "expected https://www.letras.mus.br",
        ),
        ({"sites": {**SAMPLE, "letras": "https://www.letras.mus.br"}}, "which never mix"),
        ({"styles": ("../x",)}, "styles: '../x'"),
        ({"styles": ("genius:mpb",)}, "styles: 'genius:mpb'"),
        ({"artists": ("*",)}, "artists: '*'"),
        ({"limit_per_style": 0}, "limit_per_style: 0"),
        ({"limit_per_artist": -1}, "limit_per_artist: -1"),
        ({"revisit_days": -1}, "revisit_days: -1"),
        ({"listing_days": -1}, "listing_days: -1"),
    ],
)
def test_what_can_not_be_used_is_named(fields, said):
    with pytest.raises(InputError) as error:
        live(**fields)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text", ["no-such-file.json", '{"sites"', '{"stiles": ["mpb"]}', '{"live": "perhaps"}', '{"live": true}']
)
def test_a_plan_that_can_not_be_read_is_an_input_error(text):
    with pytest.raises(InputError, match=r"^plan") as error:
        CrawlPlan.read(text)
    assert "\n" not in str(error.value)


def test_identity_is_what_is_asked_for_not_how():
    plan = CrawlPlan(SAMPLE)
    other_port = CrawlPlan({name: url.replace("500", "600") for name, url in SAMPLE.items()}, revisit_days=1)
    assert plan.identity == other_port.identity
    assert plan.identity != dataclasses.replace(plan, styles=("mpb",)).identity
    assert live().identity != dataclasses.replace(plan, styles=("mpb",)).identity


def test_the_seeds_are_what_the_plan_names():
    plan = CrawlPlan(SAMPLE, styles=("mpb", "letras:hip-hop-rap"), artists=("vagalume:banda",))
    assert [(page.url, page.kind, page.style) for page in seeds(plan)] == [
        ("http://letras.test/estilos/mpb/todosartistas.html", "style", "mpb"),
        ("http://letras.test/estilos/hip-hop-rap/todosartistas.html", "style", "hip-hop-rap"),
        ("http://vagalume.test/browse/style/mpb.html", "style", "mpb"),
        ("http://vagalume.test/banda/", "artist", ""),
    ]
    whole = ["http://letras.test/estilos/", "http://vagalume.test/browse/style/"]
    assert [page.url for page in seeds(CrawlPlan(SAMPLE))] == whole
    assert [page.url for page in seeds(live(styles=("*",)))] == [
        "https://www.letras.mus.br/estilos/",
        "https://www.vagalume.com.br/browse/style/",
    ]


def test_real_sites_are_asked_slowly_and_honestly():
    settings = scrapy_settings(live(delay=2.0))
    assert settings["USER_AGENT"] == f"music-platform/{__version__} (+me@example.org)"
    assert settings["ROBOTSTXT_OBEY"] is True
    assert settings["DOWNLOAD_DELAY"] == 2.0
    assert settings["DOWNLOAD_DELAY_JITTER"] == 0
    assert settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert scrapy_settings(CrawlPlan(SAMPLE))["DOWNLOAD_DELAY"] == 0
    assert "sample" in user_agent("")


def test_waiting_doubles_and_honours_retry_after():
    assert [wait_before_retry(attempt, 1.0, None) for attempt in (1, 2, 3, 4)] == [2, 4, 8, 16]
    assert wait_before_retry(1, 0.0, None) == pytest.approx(0.1)
    assert wait_before_retry(1, 1.0, "120") == 120
    assert wait_before_retry(3, 1.0, "1") == 8
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < wait_before_retry(1, 1.0, date) <= 90
    for nonsense in ("", "soon", "-5", "1.5", "Mon, 99 Foo"):
        assert wait_before_retry(1, 1.0, nonsense) == 2
