"""The champion of clusters with the tracks of a bundle: from requests to answers. No HTTP, no BentoML."""

import json
from pathlib import Path

import numpy as np

from music_platform.models.scorers.clusters import Clusters
from music_platform.serving.language import LANGUAGE, LANGUAGES, cluster_name, said
from music_platform.serving.tracks.recommender import Recommender, Wanted
from music_platform.serving.wire.samples import SAMPLES
from music_platform.serving.wire.track_answers import (
    Cluster,
    ClusterAnswer,
    KnownTrack,
    ProfiledCluster,
    Recommendations,
    Track,
    Tracks,
)
from music_platform.serving.wire.track_requests import (
    ByTrack,
    ClusterRequest,
    Filters,
    NeighboursByFeatures,
    NeighboursByList,
    NeighboursByTrack,
    RecommendationRequest,
)
from music_platform.tasks import CLUSTER_FEATURES

MAP = "map.json"
"""The file of a bundle that holds the map of its tracks, a `track_answers.TrackMap` without version and trace."""


class TrackModel:
    """A cluster model, and everything that the bundle knows of tracks."""

    def __init__(self, bundle: Path, clusters: Clusters, version: str) -> None:
        self._clusters = clusters
        self._version = version
        self._recommender = Recommender(bundle, clusters)
        self._map = (bundle / MAP).read_text("utf-8")
        self._maps = {LANGUAGES[0]: self._map}

    def warm(self) -> None:
        """Answer once, so that the first request is as fast as the next."""
        self.recommend(RecommendationRequest.model_validate(SAMPLES["recommendations"]), trace="")

    def recommend(self, request: RecommendationRequest, trace: str) -> Recommendations:
        """The tracks that sound most like a track, audio features, or a list of tracks.

        Raises:
            UnknownTrackError: no track has an id that the request names.
        """
        body = request.root
        wanted = _wanted(body)
        if isinstance(body, NeighboursByTrack):
            cluster, tracks = self._recommender.like_track(body.track_id, wanted)
        elif isinstance(body, NeighboursByList):
            cluster, tracks = self._recommender.like_list(body.track_ids, wanted)
        else:
            cluster, tracks = self._recommender.like_features(np.array(body.values()), wanted)
        return Recommendations(
            tracks=[Track.model_validate(track, from_attributes=True) for track in tracks],
            cluster=Cluster(id=cluster, name=cluster_name(self._clusters.names[cluster])),
            model_version=self._version,
            trace_id=trace,
        )

    def cluster(self, request: ClusterRequest, trace: str) -> ClusterAnswer:
        """The cluster of a track or of audio features.

        Raises:
            UnknownTrackError: no track has the id that the request names.
        """
        body = request.root
        if isinstance(body, ByTrack):
            features = self._recommender.features(self._recommender.store.position(body.track_id))
        else:
            features = np.array(body.values())
        cluster = int(self._clusters.assign(features[None, :])[0])
        profile = {feature: round(value, 4) for feature, value in self._clusters.profiles[cluster].items()}
        return ClusterAnswer(
            cluster=ProfiledCluster(id=cluster, name=cluster_name(self._clusters.names[cluster]), profile=profile),
            model_version=self._version,
            trace_id=trace,
        )

    def search(self, query: str, limit: int, trace: str) -> Tracks:
        """The tracks with words that begin like those of a query, most popular first."""
        found = self._recommender.known(self._recommender.store.search(query, limit))
        tracks = [
            KnownTrack(**{**vars(track), **dict(zip(CLUSTER_FEATURES, track.features, strict=True))}) for track in found
        ]
        return Tracks(tracks=tracks, trace_id=trace)

    def map(self, trace: str) -> str:
        """The map of the clusters, a `track_answers.TrackMap` as JSON."""
        own = json.dumps({"model_version": self._version, "trace_id": trace})
        language = LANGUAGE.get()
        if language not in self._maps:
            self._maps[language] = _translated(self._map)
        return f"{own[:-1]},{self._maps[language][1:]}"  # thousands of points: parsing them each time would be slow


def _translated(described: str) -> str:
    """A map with the names of clusters and axes in the language of the request."""
    read = json.loads(described)
    for cluster in read["clusters"]:
        cluster["name"] = cluster_name(cluster["name"])
    read["axes"] = [", ".join(map(_direction, axis.split(", "))) for axis in read["axes"]]
    return json.dumps(read, ensure_ascii=False, separators=(",", ":"))


def _direction(words: str) -> str:
    more, feature = words.split(" ", 1)
    return said(f"{more} {{feature}}", feature=said(feature))


def _wanted(body: NeighboursByTrack | NeighboursByList | NeighboursByFeatures) -> Wanted:
    filters = body.filters or Filters()
    spans = ((span.low, span.high) if span else None for span in (filters.year, filters.popularity))
    return Wanted(body.k, body.per_artist, filters.genres, *spans)
