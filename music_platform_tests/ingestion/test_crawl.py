"""The crawl of the sample site: right outcomes, nothing twice, nothing lost, however it is interrupted."""

import dataclasses
import subprocess
import sys
from collections import Counter

import psutil
import pytest

from music_platform.ingestion.crawl import PARENT_GONE, STOPPED, command
from music_platform.ingestion.plan import CrawlPlan
from music_platform.sample.site import serve_site
from music_platform.storage.home import Home
from music_platform_tests.support.crawling import ROOT, ask, crawl, landed, start, wait_until

pytestmark = pytest.mark.slow
STYLES = ("sertanejo", "tecnolambada")
"""The styles of the interrupted crawls; one crawl of everything shows which songs they have to find."""


@pytest.fixture(scope="module")
def site():
    with serve_site(0.03) as served:
        yield served


@pytest.fixture(scope="module")
def crawled(site, tmp_path_factory):
    """A home after a crawl of everything, with the plan, the crawl's summary, and the requests per URL."""
    home = Home(tmp_path_factory.mktemp("crawled") / "home")
    plan = CrawlPlan({"letras": site.letras_url, "vagalume": site.vagalume_url})
    code, summary, errors = crawl(home, plan)
    assert code == 0, errors
    asked = Counter(site.requests)
    return home, plan, summary, asked


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def plan(site, crawled):
    """A plan of two styles; the site's count of requests begins anew."""
    site.requests.clear()
    return CrawlPlan({"letras": site.letras_url, "vagalume": site.vagalume_url}, STYLES)


def names(rows):
    return sorted((row["source"], row["title"], row["artist"]) for row in rows)


def expected(crawled):
    """The songs that a crawl of `STYLES` must land."""
    return names(row for row in landed(crawled[0]) if set(STYLES).intersection(row["genres"]))


def song_requests(site):
    """How often each song page was asked for, without the first answer of the throttled ones."""
    counts = {site.url(page): site.requests[site.url(page)] for page in site.pages}
    return {url: count - (count > 0 and url in site.throttled) for url, count in counts.items()}


def test_every_page_gets_its_outcome(site, crawled):
    _, _, summary, _ = crawled
    assert summary["finished"]
    assert summary["outcomes"]["song"] == Counter(page.outcome for page in site.pages)


def test_every_song_lands_once_in_one_file_per_site(site, crawled):
    home, _, summary, _ = crawled
    rows = landed(home)
    good = [page for page in site.pages if page.outcome == "song"]
    assert names(rows) == sorted((page.site, page.title, page.song.artist.name) for page in good)
    assert summary["songs"] == len(good)
    assert len(summary["landed"]) == len(list((home.landing / "lyrics").glob("[!.]*"))) == 2
    assert all(row["genres"] for row in rows)
    assert all("\n" in row["lyrics"] for row in rows)


def test_each_page_is_asked_for_once_and_throttled_ones_again(site, crawled):
    asked = crawled[3]
    again = {url for url, count in asked.items() if count > 1}
    assert again == set(site.throttled)
    assert {asked[url] for url in again} == {2}
    assert {site.url(page) for page in site.pages} <= set(asked)


def test_nothing_that_is_not_needed_or_not_allowed_is_asked_for(crawled):
    asked = crawled[3]
    assert not [url for url in asked if "ouvir" in url or "traducao" in url or "/contribuicoes" in url]
    assert sum(url.endswith("/robots.txt") for url in asked) == 2


def test_the_ledger_has_a_row_per_page_and_counts_the_tries(crawled):
    home, _, summary, asked = crawled
    rows = ask(home, "SELECT url, status, robots, sha256, parser_version, tries FROM visits")
    assert len(rows) == len({row[0] for row in rows}) == summary["pages"]
    assert sum(row[5] for row in rows) == sum(asked.values())
    assert all(status and robots == "allowed" and sha256 and version for _, status, robots, sha256, version, _ in rows)


def test_a_second_crawl_on_the_same_day_asks_for_nothing(site, crawled):
    home, plan, first, _ = crawled
    before = landed(home)
    site.requests.clear()
    code, second, errors = crawl(home, plan)
    assert code == 0, errors
    assert not site.requests
    assert second["landed"] == []
    assert second["outcomes"] == first["outcomes"]
    assert landed(home) == before


def test_killed_at_any_point_it_goes_on_where_it_was(site, crawled, home, plan):
    known, before = set(), {}
    kills = 0
    while len(known) < 20:
        process = start(home, plan)
        goal = sum(site.requests.values()) + 15
        wait_until(lambda p=process, goal=goal: sum(site.requests.values()) >= goal or not p.is_alive())
        process.kill()
        process.finish()
        kills += 1
        before = song_requests(site)
        known = {url for (url,) in ask(home, "SELECT url FROM visits WHERE kind = 'song'")}
    code, summary, errors = crawl(home, plan)
    assert code == 0, errors
    after = song_requests(site)
    for page in site.pages:
        if f"http://{page.site}.test{page.path}" in known:
            assert after[site.url(page)] == before[site.url(page)], "asked for again although it was recorded"
    assert sum(count - 1 for count in after.values() if count) <= 2 * kills, "more than the pages in flight"
    assert names(landed(home)) == expected(crawled)
    visits = ask(home, "SELECT url FROM visits WHERE kind = 'song'")
    assert len(visits) == len(set(visits)) == sum(summary["outcomes"]["song"].values())


def test_sigterm_ends_it_cleanly_and_nothing_is_asked_for_twice(site, crawled, home, plan):
    process = start(home, plan)
    wait_until(lambda: sum(song_requests(site).values()) > 3 or not process.is_alive())
    process.terminate()
    code, summary, errors = process.finish()
    assert code == STOPPED, errors
    assert not summary["finished"]
    assert 0 < len(landed(home)) < len(expected(crawled))
    assert crawl(home, plan)[0] == 0
    assert max(song_requests(site).values()) == 1
    assert names(landed(home)) == expected(crawled)


PARENT = """
import subprocess, sys
from music_platform.ingestion.crawl import command
from music_platform.ingestion.plan import CrawlPlan
from music_platform.storage.home import Home
subprocess.run(command(Home.at(sys.argv[1]), CrawlPlan.read(sys.argv[2])))
"""


def test_it_ends_with_its_parent(site, crawled, home, plan):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    arguments = [sys.executable, "-c", PARENT, str(home.root), plan.to_json()]
    parent = subprocess.Popen(arguments, cwd=ROOT, **quiet)
    wait_until(lambda: sum(site.requests.values()) > 10)
    (child,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert crawl(home, plan)[0] == 0
    assert names(landed(home)) == expected(crawled)


def test_it_ends_when_its_parent_was_gone_before_it_began(site, home, plan):
    other_parent = [sys.executable, "-c", "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"]
    done = subprocess.run([*other_parent, *command(home, plan)], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == PARENT_GONE
    assert not site.requests


def test_a_second_crawl_at_the_same_time_is_refused(site, home, plan):
    process = start(home, plan)
    wait_until(lambda: sum(site.requests.values()) > 3)
    code, _, errors = crawl(home, plan)
    process.terminate()
    process.finish()
    assert code == 2
    assert errors.startswith("error: ")
    assert "another crawl is running" in errors


def test_the_limits_are_kept(site, home, plan):
    plan = CrawlPlan({"vagalume": site.vagalume_url}, ("rock",), limit_per_style=7, limit_per_artist=2)
    code, summary, errors = crawl(home, plan)
    assert code in (0, 1), errors
    assert sum(summary["outcomes"]["song"].values()) == 7
    assert summary["outcomes"]["artist"]["skipped"] > 0
    assert max(Counter(row["artist"] for row in landed(home)).values()) <= 2


def test_a_style_of_both_sites_and_a_wider_limit_later_that_day(site, home):
    plan = CrawlPlan({"letras": site.letras_url, "vagalume": site.vagalume_url}, ("rock",), limit_per_style=2)
    site.requests.clear()
    code, narrow, errors = crawl(home, plan)
    assert code == 0, errors
    before = Counter(site.requests)
    wider = dataclasses.replace(plan, limit_per_style=4)
    code, wide, errors = crawl(home, wider)
    assert code == 0, errors
    again = Counter(site.requests) - before
    songs = ask(home, "SELECT site, count(*) FROM visits WHERE kind = 'song' GROUP BY 1")
    assert songs == [("letras", 4), ("vagalume", 4)]
    assert [sum(summary["outcomes"]["song"].values()) for summary in (narrow, wide)] == [4, 8]
    assert {url for url in again if before[url]} == {url for url in again if url.endswith("/robots.txt")}
    assert not [url for url in again if "/estilos/" in url or "/browse/" in url]
    assert all("rock" in {genre.lower() for genre in row["genres"]} for row in landed(home))


def test_a_named_artist_is_crawled_alone(site, crawled, home, plan):
    artist = next(page.song.artist for page in site.pages if page.site == "vagalume" and page.outcome == "song")
    code, _, errors = crawl(home, CrawlPlan({"vagalume": site.vagalume_url}, artists=(artist.slug,)))
    assert code == 0, errors
    rows = landed(home)
    assert names(rows) == [name for name in names(landed(crawled[0])) if name[0::2] == ("vagalume", artist.name)]
    assert all(row["genres"] for row in rows)
