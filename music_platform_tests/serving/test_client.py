"""BentoML's client: it calls every route by keyword, and what it asks wrongly is refused as over HTTP."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from music_platform.serving.wire.samples import SAMPLES
from music_platform.tasks import TASKS, classifying
from music_platform_tests.support.serving import call

pytestmark = pytest.mark.slow
_CLIENT = """
import json, sys, bentoml
from bentoml.exceptions import BentoMLException

answers = []
with bentoml.SyncHTTPClient(sys.argv[1]) as client:
    for route, named in json.loads(sys.argv[2]):
        try:
            answers.append(getattr(client, route)(**named))
        except (BentoMLException, TypeError) as error:
            answers.append([getattr(error, "error_code", None), str(error)])
print(json.dumps(answers))
"""


def _by_client(service: str, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """The answers that BentoML's client gives for calls by keyword; of an error its status and message."""
    command = [sys.executable, "-c", _CLIENT, service, json.dumps(calls)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


def test_bentomls_client_calls_every_route_by_keyword(service: str) -> None:
    bodies = [(task.route, SAMPLES[task.route]) for task in TASKS.values() if task.route]
    bodies += [(task.route, {"items": [{task.body: "a song"}, {task.body: "o mar"}]}) for task in classifying()]
    for (route, body), answered in zip(bodies, _by_client(service, bodies), strict=True):
        status, answer, _ = call(service, f"/{route}", body)
        assert status == 200
        assert _untraced(answered) == _untraced(answer)


def _untraced(answer: Any) -> str:
    return re.sub(r'"trace_id": "\w+"', "", json.dumps(answer, sort_keys=True))


def test_what_bentomls_client_asks_wrongly_is_refused_as_by_http(service: str) -> None:
    wrong = [("genres", {}), ("genres", {"lyrics": 3}), ("clusters", {"track_id": "nobody"})]
    for (route, named), (status, message) in zip(wrong, _by_client(service, wrong), strict=True):
        by_http, answer, _ = call(service, f"/{route}", named)
        assert status == by_http >= 400
        assert _untraced(json.loads(message)) == _untraced(answer)
    ((_, unknown),) = _by_client(service, [("genres", {"lyric": "a song"})])
    assert "lyric" in unknown
