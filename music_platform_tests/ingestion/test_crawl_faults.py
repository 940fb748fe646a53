"""The crawl of a site that refuses, stumbles or lies: robots.txt, retries, redirects, blocks, the verdict."""

import json
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from music_platform import __version__
from music_platform.ingestion.crawl import main
from music_platform.ingestion.plan import CrawlPlan
from music_platform.storage.home import Home
from music_platform_tests.support.crawling import (
    ROOT,
    ask,
    crawl,
    landed,
    letras_artist,
    letras_song,
    scripted,
    without_waiting,
)

pytestmark = pytest.mark.slow
SONGS = [f"cancao-{number}" for number in range(10)]
LIST = "/banda/mais_acessadas.html"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def artist_site(**changes):
    """The answers of a site with one artist of ten songs; `changes` by song, or by path."""
    songs = {f"/banda/{song}/": letras_song(song) for song in SONGS}
    changed = {key if key.startswith("/") else f"/banda/{key}/": answer for key, answer in changes.items()}
    return {
        "/robots.txt": "User-agent: *\nDisallow: /admin/",
        LIST: letras_artist("banda", SONGS),
        **songs,
        **changed,
    }


def crawl_artist(home, answers, prepare=without_waiting):
    """Crawl the artist of a scripted site: exit code, summary, errors, requests per path, the log."""
    with scripted(answers) as (url, counts, log):
        code, summary, errors = crawl(home, CrawlPlan({"letras": url}, artists=("banda",)), prepare)
    return code, summary, errors, counts, log


def outcome(home, song):
    return ask(home, "SELECT outcome, status, robots, tries FROM visits WHERE url LIKE ?", f"%/{song}/")


def test_robots_rules_are_obeyed_and_noted(home):
    robots = "User-agent: music-platform\nDisallow: /banda/cancao-3/\nDisallow: /*ouvir.html"
    code, summary, errors, counts, log = crawl_artist(home, artist_site(**{"/robots.txt": robots}))
    assert code == 0, errors
    assert counts["/banda/cancao-3/"] == 0
    assert outcome(home, "cancao-3") == [("robots_denied", None, "denied", 1)]
    assert len(landed(home)) == summary["songs"] == 9
    assert {agent for _, _, agent in log} == {f"music-platform/{__version__} (+sample site on loopback)"}


def test_robots_that_can_not_be_read_at_first_are_asked_for_again(home):
    robots = {"/robots.txt": lambda times: (503, {}, "") if times < 2 else "User-agent: *\nDisallow: /banda/cancao-3/"}
    code, _, errors, counts, _ = crawl_artist(home, artist_site(**robots))
    assert code == 0, errors
    assert counts["/robots.txt"] == 3
    assert counts["/banda/cancao-3/"] == 0
    assert [status for (status,) in ask(home, "SELECT status FROM visits WHERE kind = 'robots'")] == [
        503,
        503,
        200,
    ]


@pytest.mark.parametrize("answer", [(500, {}, ""), (301, {"Location": "/elsewhere.txt"}, "")])
def test_robots_that_can_not_be_read_forbid_everything(home, answer):
    code, summary, errors, counts, _ = crawl_artist(home, artist_site(**{"/robots.txt": answer}))
    assert code == 1
    assert "robots.txt can't be read" in errors
    assert set(counts) == {"/robots.txt"}
    assert not summary["finished"]
    assert ask(home, "SELECT outcome, robots, tries FROM visits WHERE kind = 'artist'") == [("error", "unreadable", 5)]
    assert crawl_artist(home, artist_site())[0] == 0


def test_a_site_without_robots_rules_allows_everything(home):
    code, _, errors, _, _ = crawl_artist(home, artist_site(**{"/robots.txt": (404, {}, "Disallow: /")}))
    assert code == 0, errors
    assert len(landed(home)) == 10


def with_a_pause():
    """Give the crawl a pause, and let it print to stderr when it started each request, by its own clock."""
    from scrapy import signals

    from music_platform.ingestion.spider import SiteSpider

    made = SiteSpider.from_crawler.__func__

    def from_crawler(cls, crawler, *args, **kwargs):
        def note():
            (slot,) = crawler.engine.downloader.slots.values()
            print("request", slot.lastseen, len(slot.active), file=sys.stderr)

        crawler.signals.connect(note, signals.response_downloaded, weak=False)
        return made(cls, crawler, *args, **kwargs)

    CrawlPlan.pause = 0.1
    SiteSpider.from_crawler = classmethod(from_crawler)


def test_one_request_at_a_time_with_a_pause_between(home):
    answers = artist_site(**{LIST: letras_artist("banda", SONGS[:3])})
    code, _, errors, _, log = crawl_artist(home, answers, with_a_pause)
    assert code == 0, errors
    requests = re.findall(r"^request (\S+) (\d+)$", errors, re.MULTILINE)
    assert len(requests) == len(log) == 5
    assert {active for _, active in requests} == {"1"}
    assert min(float(later) - float(earlier) for (earlier, _), (later, _) in pairwise(requests)) > 0.1 - 1e-6


def test_retry_after_is_honoured(home):
    busy = {"cancao-3": lambda times: (429, {"Retry-After": "1"}, "") if times == 0 else letras_song("cancao-3")}
    code, _, errors, _, log = crawl_artist(home, artist_site(**busy), prepare=None)
    assert code == 0, errors
    first, second = (time for path, time, _ in log if path == "/banda/cancao-3/")
    assert second - first >= 1.0
    assert outcome(home, "cancao-3") == [("song", 200, "allowed", 2)]


def test_five_tries_and_no_more(home):
    code, _, errors, counts, _ = crawl_artist(home, artist_site(**{"cancao-3": (503, {}, "")}))
    assert code == 0, errors
    assert counts["/banda/cancao-3/"] == 5
    assert re.findall(r"^wait (\S+)$", errors, re.MULTILINE) == ["0.1", "0.2", "0.4", "0.8"]
    assert outcome(home, "cancao-3") == [("error", 503, "allowed", 5)]


@pytest.mark.parametrize(("status", "known_as"), [(503, "error"), (429, "blocked")])
def test_a_site_that_asks_for_a_long_wait_is_left_alone_until_the_next_crawl(home, status, known_as):
    answers = artist_site(**{"cancao-3": (status, {"Retry-After": "7200"}, "")})
    code, summary, errors, counts, _ = crawl_artist(home, answers)
    assert code == 1
    assert "asks to come back in 7200 s" in errors
    assert counts["/banda/cancao-4/"] == 0
    assert outcome(home, "cancao-3") == [(known_as, status, "allowed", 1)]
    assert summary["outcomes"]["song"] == {"song": 3, "pending": 7}
    assert len(landed(home)) == 3
    code, summary, _, counts, _ = crawl_artist(home, artist_site())
    assert code == 0
    assert summary["finished"]
    assert counts[LIST] == counts["/banda/cancao-2/"] == 0
    assert len(landed(home)) == 10


def test_redirects_lead_nowhere_else(home):
    with scripted({"/banda/cancao-3/": letras_song("fora")}) as (elsewhere, foreign, _):
        far = elsewhere.replace("127.0.0.1", "localhost") + "/banda/cancao-3/"
        answers = artist_site(
            **{
                "cancao-3": (302, {"Location": far}, ""),
                "cancao-4": (301, {"Location": "/banda-nova/cancao-4/"}, ""),
                "/banda-nova/cancao-4/": letras_song("cancao-4"),
                "cancao-5": (302, {"Location": "/banda/cancao-6/"}, ""),
                "cancao-7": (302, {"Location": "/banda/cancao-7/"}, ""),
            }
        )
        code, _, errors, counts, _ = crawl_artist(home, answers)
    assert code == 1
    assert "3 of 10 song pages are bad, more than 20%" in errors
    assert not foreign
    assert [outcome(home, f"cancao-{n}")[0][0] for n in (3, 4, 5, 6, 7)] == [
        "redirect",
        "song",
        "other_song",
        "song",
        "redirect",
    ]
    assert counts["/banda/cancao-6/"] == 1


def test_more_than_a_fifth_of_bad_pages_fails_loudly_and_keeps_the_songs(home):
    blocked = {song: (403, {}, "<title>Just a moment...</title>") for song in SONGS[:3]}
    code, summary, errors, _, _ = crawl_artist(home, artist_site(**blocked))
    assert code == 1
    assert errors.strip().endswith("error: 3 of 10 song pages are bad, more than 20%: 3 blocked")
    assert summary["problem"] in errors
    assert len(landed(home)) == 7


def test_a_site_that_refuses_ten_times_in_a_row_is_left_alone(home):
    songs = [f"s-{number}" for number in range(30)]
    answers = artist_site(**{LIST: letras_artist("banda", songs)})
    answers |= {f"/banda/{song}/": (403, {}, "") for song in songs}
    code, summary, errors, counts, _ = crawl_artist(home, answers)
    assert code == 1
    assert "10 pages refused" in errors
    assert sum(counts[f"/banda/{song}/"] for song in songs) == 10
    assert summary["outcomes"]["song"] == {"pending": 20, "blocked": 10}


def test_a_site_that_does_not_answer(home):
    with scripted({}) as (url, _, _):
        pass
    code, _, errors = crawl(home, CrawlPlan({"letras": url}, artists=("banda",)), without_waiting)
    assert code == 1
    assert "robots.txt can't be read" in errors


def test_real_sites_and_the_sample_never_mix(home):
    assert crawl_artist(home, artist_site())[0] == 0
    plan = CrawlPlan(artists=("banda",), live=True, contact="me@example.org")
    code, _, errors = crawl(home, plan)
    assert code == 2
    assert "holds the built-in sample" in errors


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ('{"live": true, "artists": ["banda"]}', "plan: contact: ''"),
        ("nowhere.json", "nowhere.json: no such file"),
    ],
)
def test_a_plan_that_can_not_be_used_ends_with_2_and_one_line(home, plan, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["crawl", "--home", str(home.root), "--plan", plan])
    assert main() == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not home.root.exists()


PIPES = """
import json, sys
import dagster as dg
from music_platform.ingestion.crawl import command
from music_platform.ingestion.plan import CrawlPlan
from music_platform.storage.home import Home

@dg.asset
def crawled(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient):
    return pipes.run(context=context, command=command(home, plan)).get_materialize_result()

for root, text in zip(sys.argv[1::2], sys.argv[2::2]):
    home, plan = Home.at(root), CrawlPlan.read(text)
    result = dg.materialize([crawled], resources={"pipes": dg.PipesSubprocessClient()}, raise_on_error=False)
    events = result.get_asset_materialization_events()
    metadata = [{name: value.value for name, value in event.materialization.metadata.items()} for event in events]
    print(json.dumps([result.success, metadata]))
"""


def test_dagster_hears_through_pipes_of_a_good_and_of_a_failed_crawl(tmp_path):
    homes = [Home(tmp_path / name) for name in ("good", "failed")]
    sites = [artist_site(**{song: (404, {}, "") for song in SONGS[:bad]}) for bad in (2, 3)]
    with scripted(sites[0]) as (good, _, _), scripted(sites[1]) as (failed, _, _):
        plans = [CrawlPlan({"letras": url}, artists=("banda",)).to_json() for url in (good, failed)]
        arguments = [str(part) for home, plan in zip(homes, plans, strict=True) for part in (home.root, plan)]
        script = [sys.executable, "-c", PIPES, *arguments]
        done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    (good, metadata), (failed, _) = map(json.loads, done.stdout.splitlines()[-2:])
    assert (good, failed) == (True, False), done.stderr[-2000:]
    assert {"dagster/row_count", "outcomes", "pages", "bytes", "landed"} <= set(metadata[0])
    assert metadata[0]["dagster/row_count"] == 8
    assert [len(landed(home)) for home in homes] == [8, 7]
