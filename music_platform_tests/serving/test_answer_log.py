"""The answer log: nothing waits for it, nothing is lost with a killed process, and what is done is landed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from music_platform.ingestion.landing import Landing
from music_platform.serving.answer_log import AnswerLog, Row, input_hash
from music_platform.serving.api.recording import Recorder
from music_platform.serving.api.trace import TRACE
from music_platform.serving.wire import answers
from music_platform.serving.wire import requests as contracts


def row(number: int) -> Row:
    return Row(str(number), "2026-01-01T00:00:00.000+00:00", "genres", "v", "h", None, ["mpb"], "{}", False, 1.0)


def traces(*files: Path) -> list[str]:
    return [json.loads(line)["trace_id"] for file in files for line in file.read_text("utf-8").splitlines()]


def wait_for_files(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*"))) < number:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_rows_are_landed_in_their_order_when_the_service_stops(tmp_path: Path) -> None:
    log = AnswerLog(tmp_path / "open", Landing(tmp_path / "landing"))
    for i in range(0, 100, 2):
        log.append(lambda i=i: [row(i), row(i + 1)])
    log.close()
    (landed,) = (tmp_path / "landing" / "answers").iterdir()
    assert traces(landed) == [str(i) for i in range(100)]
    assert not list((tmp_path / "open").iterdir())


def test_a_full_file_is_landed_and_another_begun(tmp_path: Path) -> None:
    log = AnswerLog(tmp_path / "open", Landing(tmp_path / "landing"), most_bytes=1)
    for i in range(3):
        log.append(lambda i=i: [row(i)])
        wait_for_files(tmp_path / "landing" / "answers", i + 1)
    log.close()
    assert traces(*sorted((tmp_path / "landing" / "answers").iterdir())) == ["0", "1", "2"]


def test_an_old_file_is_landed_though_nothing_comes(tmp_path: Path) -> None:
    log = AnswerLog(tmp_path / "open", Landing(tmp_path / "landing"), most_seconds=0.05)
    log.append(lambda: [row(7)])
    wait_for_files(tmp_path / "landing" / "answers", 1)
    log.close()


_KILLED = """
import sys, time
from pathlib import Path
from music_platform.ingestion.landing import Landing
from music_platform.serving.answer_log import AnswerLog, Row
log = AnswerLog(Path(sys.argv[1]) / "open", Landing(Path(sys.argv[1]) / "landing"))
log.append(lambda: [Row(str(i), "", "genres", "v", "h", None, [], "{}", None, 1.0) for i in range(5)])
while not list((Path(sys.argv[1]) / "open").glob("*.jsonl")) or log._waiting.qsize():
    time.sleep(0.01)
time.sleep(0.1)
print("written", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_wrote_is_landed_by_the_next_and_a_living_one_keeps_its_own(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "written\n"
    (file,) = (tmp_path / "open").iterdir()
    AnswerLog(tmp_path / "open", Landing(tmp_path / "landing")).close()
    assert file.exists()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with file.open("ab") as torn:
        torn.write(b'{"trace_id": "hal')
    (tmp_path / "open" / "empty.jsonl").write_bytes(b'{"trace')
    AnswerLog(tmp_path / "open", Landing(tmp_path / "landing")).close()
    assert traces(*(tmp_path / "landing" / "answers").iterdir()) == ["0", "1", "2", "3", "4"]
    assert not list((tmp_path / "open").iterdir())


def test_a_failing_disk_costs_answers_of_the_log_alone_and_they_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = AnswerLog(tmp_path / "open", Landing(tmp_path / "landing"))
    (tmp_path / "open").rmdir()
    log.append(lambda: [row(0)])
    while log.lost == 0:
        time.sleep(0.01)
    (tmp_path / "open").mkdir()
    log.append(lambda: [row(1)])
    log.close()
    assert traces(*(tmp_path / "landing" / "answers").iterdir()) == ["1"]
    assert "answers that can't be written to the answer log: 1" in caplog.text


def test_a_landed_file_counts_at_once_and_once_though_the_process_died_before_it_removed_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(tmp_path / "landing")
    log = AnswerLog(tmp_path / "open", landing)
    log.append(lambda: [row(0)])
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        log.close()
    assert list((tmp_path / "open").iterdir())
    AnswerLog(tmp_path / "open", landing).close()
    assert not list((tmp_path / "open").iterdir())
    (file,) = landing.files("answers", still=3600)
    assert traces(file.path) == ["0"]


def test_a_file_that_can_not_land_waits_for_the_next_start_and_the_log_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    landing = Landing(tmp_path / "landing")
    (tmp_path / "landing").write_text("a file where the folder should be")
    log = AnswerLog(tmp_path / "open", landing, most_bytes=1)
    log.append(lambda: [row(0)])
    while "can't be landed" not in caplog.text:
        time.sleep(0.01)
    (tmp_path / "landing").unlink()
    log.append(lambda: [row(1)])
    log.close()
    assert log.lost == 0
    AnswerLog(tmp_path / "open", landing).close()
    assert sorted(traces(*(tmp_path / "landing" / "answers").iterdir())) == ["0", "1"]


@pytest.mark.parametrize("keep", [False, True])
def test_an_item_has_a_row_with_the_hash_of_its_text(tmp_path: Path, keep: bool) -> None:
    log = AnswerLog(tmp_path / "open", Landing(tmp_path / "landing"))
    TRACE.set("t")
    labels = [
        answers.Label(label="mpb", score=0.9, selected=True),
        answers.Label(label="rap", score=0.1, selected=False),
    ]
    one = answers.TextAnswer(labels=labels, uncertain=False, model_version="v", trace_id="t")
    both = answers.BatchAnswer(items=[one, one], model_version="v", trace_id="t")
    items = [{"lyrics": "la vem o sol"}, {"lyrics": "chuva"}]
    recorder = Recorder(log, keep_input=keep)
    recorder.record("genres", contracts.LyricsRequest.model_validate({"items": items}).root, both, 0.5)
    recorder.record("genres", contracts.LyricsRequest.model_validate(items[0]).root, one, 0.5)
    log.close()
    (landed,) = (tmp_path / "landing" / "answers").iterdir()
    first, second, third = map(json.loads, landed.read_text("utf-8").splitlines())
    assert first["input_hash"] == third["input_hash"] == input_hash("la vem o sol") != second["input_hash"]
    assert first["input"] == ("la vem o sol" if keep else None)
    assert ("sol" in landed.read_text("utf-8")) is keep
    assert (first["labels"], json.loads(first["scores"])) == (["mpb"], {"mpb": 0.9, "rap": 0.1})
    assert (first["trace_id"], first["milliseconds"], first["uncertain"]) == ("t", 500.0, False)
