"""A bundle in memory: every champion, ready to answer what `contracts` lets through. No HTTP, no BentoML."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from music_platform.models.scorers import similar_songs
from music_platform.models.scorers.predictor import CLEANERS, Predictor
from music_platform.models.scorers.similar_songs import SimilarSongs
from music_platform.serving.catalogue.search import CatalogueSearch
from music_platform.serving.tracks.recommender import Recommender, Wanted
from music_platform.serving.wire import answers
from music_platform.serving.wire import requests as contracts
from music_platform.serving.wire.samples import SAMPLES
from music_platform.storage.files import read_json
from music_platform.tasks import CLUSTER_FEATURES, TASKS

if TYPE_CHECKING:
    from music_platform.models.scorers.slots import Tagged


class NoModelError(LookupError):
    """The bundle holds no champion for this task."""


class NoCatalogueError(LookupError):
    """The bundle holds no catalogue."""


class Engine:
    """Answers with the champions of a bundle folder written by `bundle.write_bundle`.

    `folder` is where the bundle lies; `catalogue` is None where the bundle holds none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = {task: folder / "models" / task for task in TASKS if (folder / "models" / task).is_dir()}
        self.manifests = {task: read_json(path / "manifest.json") for task, path in found.items()}
        self._measured = {task: read_json(path / "measured.json") for task, path in found.items()}
        self._predictors = {
            task: Predictor.load(path) for task, path in found.items() if task not in ("clusters", "slots")
        }
        if "slots" in found:
            from music_platform.models.scorers.slots import SlotTagger

            self._tagger = SlotTagger.load(found["slots"])
        catalogue = folder / "catalogue.sqlite"
        self.catalogue = CatalogueSearch(catalogue) if catalogue.exists() else None
        self._similar = SimilarSongs.load(folder) if (folder / similar_songs.FILE).exists() else None
        if "clusters" in found:
            from music_platform.models.scorers.clusters import Clusters

            self._clusters = Clusters.load(found["clusters"])
            self._recommender = Recommender(folder, self._clusters)
            self._map = (folder / "map.json").read_text("utf-8")

    def warm(self) -> None:
        """Answer every sample once, so that the first request is as fast as the next."""
        for task, predictor in self._predictors.items():
            predictor.decide(["warm", str(task)])
        if "slots" in self.manifests:
            self.tag(["warm"])
        if self.catalogue is not None:
            self.catalogue.search("warm")
        if self._similar is not None:
            self._similar.nearest("warm")
        if "clusters" in self.manifests:
            sample = contracts.RecommendationRequest.model_validate(SAMPLES["recommendations"])
            self.recommend(sample, trace="")

    def version(self, task: str) -> str:
        """Version of a task's champion.

        Raises:
            NoModelError: there is none.
        """
        if task not in self.manifests:
            raise NoModelError(task)
        return str(self.manifests[task]["version"])

    def classify(
        self, task: str, request: contracts.LyricsRequest | contracts.TextRequest, trace: str
    ) -> answers.TextAnswer | answers.BatchAnswer:
        """Labels of one text, or of every item of a batch in its order."""
        version, body = self.version(task), request.root
        if isinstance(body, contracts.LyricsBatch | contracts.UtteranceBatch):
            items = self._answers(task, [_text(item) for item in body.items], trace)
            return answers.BatchAnswer(items=items, model_version=version, trace_id=trace)
        answer = self._answers(task, [_text(body)], trace)[0]
        if isinstance(body, contracts.Song) and body.explain:
            self._explain(task, body.lyrics, answer)
        return answer

    def _explain(self, task: str, text: str, answer: answers.TextAnswer) -> None:
        """Add what the lines did to the selected labels, or to the best one, and the most similar songs."""
        predictor = self._predictors[task]
        effects, lines = predictor.effects(text), text.split("\n")
        selected = [found.label for found in answer.labels if found.selected]
        answer.explanations = [
            answers.Explanation(
                label=label,
                method=effects.method,
                lines=[
                    answers.Line(line=number, text=lines[number], effect=round(float(effect), 6))
                    for number, effect in zip(
                        effects.lines, effects.values[:, predictor.labels.index(label)], strict=True
                    )
                ],
            )
            for label in selected or [found.label for found in answer.labels[:1]]
        ]
        if self._similar is not None:
            answer.similar = [
                answers.SimilarSong(title=song.title, artist=song.artist, genres=song.genres, similarity=near)
                for song, near in self._similar.nearest(CLEANERS[task](text))
            ]

    def _answers(self, task: str, texts: Sequence[str], trace: str) -> list[answers.TextAnswer]:
        predictor = self._predictors[task]
        decision = predictor.decide(texts)
        order = np.argsort(-decision.scores, axis=1, kind="stable")
        return [
            answers.TextAnswer(
                labels=[
                    answers.Label(
                        label=predictor.labels[j],
                        score=round(float(decision.scores[i, j]), 6),
                        selected=bool(decision.selected[i, j]),
                    )
                    for j in order[i]
                    if decision.offered[i, j]
                ],
                uncertain=bool(decision.uncertain[i]),
                model_version=predictor.version,
                trace_id=trace,
            )
            for i in range(len(texts))
        ]

    def intent(self, text: str) -> tuple[str, float, bool]:
        """The best intent of a text, its score, and whether it is uncertain.

        Raises:
            NoModelError: there is no champion.
        """
        self.version("intent")
        predictor = self._predictors["intent"]
        decision = predictor.decide([text])
        best = int(decision.scores[0].argmax())
        return predictor.labels[best], float(decision.scores[0, best]), bool(decision.uncertain[0])

    def tag(self, texts: Sequence[str]) -> "list[Tagged]":
        """The songs, artists and playlists that each text names.

        Raises:
            NoModelError: there is no champion.
        """
        self.version("slots")
        return self._tagger.tag(texts)

    def recommend(self, request: contracts.RecommendationRequest, trace: str) -> answers.Recommendations:
        """The tracks that sound most like a track, audio features, or a list of tracks.

        Raises:
            UnknownTrackError: no track has an id that was asked for.
        """
        version, body = self.version("clusters"), request.root
        wanted = _wanted(body)
        if isinstance(body, contracts.NeighboursByTrack):
            cluster, tracks = self._recommender.like_track(body.track_id, wanted)
        elif isinstance(body, contracts.NeighboursByList):
            cluster, tracks = self._recommender.like_list(body.track_ids, wanted)
        else:
            cluster, tracks = self._recommender.like_features(np.array(body.values()), wanted)
        return answers.Recommendations(
            tracks=[answers.Track.model_validate(track, from_attributes=True) for track in tracks],
            cluster=answers.Cluster(id=cluster, name=self._clusters.names[cluster]),
            model_version=version,
            trace_id=trace,
        )

    def cluster(self, request: contracts.ClusterRequest, trace: str) -> answers.ClusterAnswer:
        """The cluster of a track or of audio features.

        Raises:
            UnknownTrackError: no track has the id that was asked for.
        """
        version = self.version("clusters")
        body = request.root
        if isinstance(body, contracts.ByTrack):
            features = self._recommender.features(self._recommender.store.position(body.track_id))
        else:
            features = np.array(body.values())
        cluster = int(self._clusters.assign(features[None, :])[0])
        centre = self._clusters.profiles[cluster]
        return answers.ClusterAnswer(
            cluster=answers.ProfiledCluster(
                id=cluster,
                name=self._clusters.names[cluster],
                profile={feature: round(value, 4) for feature, value in centre.items()},
            ),
            model_version=version,
            trace_id=trace,
        )

    def tracks(self, query: str, limit: int, trace: str) -> answers.Tracks:
        """The tracks with words that begin like those of a query, most popular first.

        Raises:
            NoModelError: there is no champion of clusters.
        """
        self.version("clusters")
        found = self._recommender.known(self._recommender.store.search(query, limit))
        tracks = [
            answers.KnownTrack(**{**vars(track), **dict(zip(CLUSTER_FEATURES, track.features, strict=True))})
            for track in found
        ]
        return answers.Tracks(tracks=tracks, trace_id=trace)

    def track_map(self, trace: str) -> str:
        """The map of the clusters, an `answers.TrackMap` as JSON.

        Raises:
            NoModelError: there is no champion of clusters.
        """
        own = json.dumps({"model_version": self.version("clusters"), "trace_id": trace})
        return f"{own[:-1]},{self._map[1:]}"  # thousands of points, which are not parsed to be written again

    def songs(self, query: str, limit: int, trace: str) -> answers.Songs:
        """The songs of the catalogue that a query may mean, best first.

        Raises:
            NoCatalogueError: there is none.
        """
        if self.catalogue is None:
            raise NoCatalogueError
        songs = [
            answers.FoundSong(
                track_id=hit.song.track_id,
                title=hit.song.title,
                artist=hit.song.artist,
                album=hit.song.album,
                year=hit.song.year,
                score=hit.score,
                match=hit.match,
            )
            for hit in self.catalogue.search(query, limit)
        ]
        return answers.Songs(songs=songs, trace_id=trace)

    def labels(self, task: str) -> tuple[str, ...]:
        """The labels that a task's champion knows.

        Raises:
            NoModelError: there is none.
        """
        self.version(task)
        return self._predictors[task].labels

    def models(self, trace: str) -> answers.Models:
        """The champions, with what was measured of them."""
        champions = [
            answers.Model(
                task=task,
                candidate=manifest["candidate"],
                version=manifest["version"],
                created_at=manifest["created_at"],
                labels=list(manifest["labels"]),
                thresholds=list(manifest.get("thresholds", ())),
                languages=manifest.get("languages", {}),
                metrics=self._measured[task]["figures"] or manifest["metrics"],
                baseline=self._measured[task]["baseline"],
                cascade=manifest.get("cascade"),
            )
            for task, manifest in self.manifests.items()
        ]
        return answers.Models(models=champions, trace_id=trace)

    def health(self, trace: str) -> answers.Health:
        """State, and which version answers for each task."""
        return answers.Health(models={task: self.version(task) for task in self.manifests}, trace_id=trace)


def _text(item: contracts.Lyrics | contracts.Utterance) -> str:
    return item.lyrics if isinstance(item, contracts.Lyrics) else item.text


def _wanted(
    body: contracts.NeighboursByTrack | contracts.NeighboursByList | contracts.NeighboursByFeatures,
) -> Wanted:
    asked = body.filters or contracts.Filters()
    spans = ((span.low, span.high) if span else None for span in (asked.year, asked.popularity))
    return Wanted(body.k, body.per_artist, asked.genres, *spans)
