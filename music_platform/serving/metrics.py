"""The counters and histograms that Prometheus reads at `/metrics`: of requests by route, of answers by model.

A route is named by the first part of its path, never by the whole path: that may hold the id of a session.
"""

import os
import threading
from functools import cache

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_SHARES = tuple(i / 10 for i in range(1, 11))


class Metrics:
    """The counters and histograms of this process. `prometheus_client` reads the environment when it is imported."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram

        self._requests = Counter("music_requests", "HTTP requests answered", ["route", "status"])
        self._request_seconds = Histogram("music_request_seconds", "Time to answer", ["route"], buckets=_SECONDS)
        self._model_seconds = Histogram("music_model_seconds", "Time of a model's answer", ["route"], buckets=_SECONDS)
        self._answers = Counter("music_answers", "Answers of a model", ["route", "model_version", "uncertain"])
        self._scores = Histogram("music_answer_score", "Best score of an answer", ["route"], buckets=_SHARES)
        self._lost = Counter("music_answers_not_logged", "Answers that the answer log lost")

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, status).inc()
        self._request_seconds.labels(route).observe(seconds)

    def computed(self, route: str, seconds: float) -> None:
        """Note the time that a model took for a request, all its items together."""
        self._model_seconds.labels(route).observe(seconds)

    def answer(self, route: str, model_version: str, best: float | None, uncertain: bool | None) -> None:
        """Count an answer, with its best score and whether the model was uncertain, where it says so."""
        self._answers.labels(route, model_version, str(bool(uncertain)).lower()).inc()
        if best is not None:
            self._scores.labels(route).observe(best)

    def lost(self, answers: int) -> None:
        """Count answers that the log lost."""
        self._lost.inc(answers)


def exposition() -> bytes:
    """The counts of all processes of the service, in Prometheus' text format."""
    import prometheus_client
    from prometheus_client.multiprocess import MultiProcessCollector

    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return prometheus_client.generate_latest()
    together = prometheus_client.CollectorRegistry()
    MultiProcessCollector(together)
    return prometheus_client.generate_latest(together)


_only = cache(Metrics)
_making = threading.Lock()


def metrics() -> Metrics:
    """The one instance of this process, made by whichever thread asks first."""
    with _making:
        return _only()
