"""A bundle in memory: every champion and the catalogue, ready to answer. No HTTP, no BentoML.

A champion answers by the kind of its task. Put a model that answers a new kind of task into a module of its own, as
`texts` and `tracks.model` are, and load it here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from music_platform.models.scorers.clusters import Clusters
from music_platform.serving.catalogue.search import CatalogueSearch
from music_platform.serving.texts import TextModel
from music_platform.serving.tracks.model import TrackModel
from music_platform.serving.wire.platform_answers import Health, Model, Models
from music_platform.storage.files import read_json
from music_platform.storage.manifest import Manifest
from music_platform.tasks import TASKS

if TYPE_CHECKING:
    from music_platform.models.scorers.slots import SlotTagger

CLUSTERS = "clusters"
"""The task whose clusters recommendations stay within."""
T = TypeVar("T")


class NoModelError(LookupError):
    """The bundle holds no champion for a task.

    Attributes:
        task: name of the task.
    """

    def __init__(self, task: str) -> None:
        super().__init__(task)
        self.task = task


class NoCatalogueError(LookupError):
    """The bundle holds no catalogue."""


class Engine:
    """The champions and the catalogue of a bundle that `bundle.write_bundle` wrote.

    Attributes:
        folder: the bundle's folder.
        manifests: task -> manifest of its champion, in the order of `tasks.TASKS`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = {name: path for name in TASKS if (path := folder / "models" / name).is_dir()}
        kind = {name: TASKS[name].kind for name in found}
        self.manifests = {name: Manifest.read(path) for name, path in found.items()}
        self._measured = {name: read_json(path / "measured.json") for name, path in found.items()}
        self._texts = {name: TextModel.load(path) for name, path in found.items() if TASKS[name].classifies}
        self._taggers = {name: _tagger(path) for name, path in found.items() if kind[name] == "tagging"}
        self._tracks = {
            name: TrackModel(folder, Clusters.load(path), self.version(name))
            for name, path in found.items()
            if kind[name] == "clustering"
        }
        catalogue = folder / "catalogue.sqlite"
        self._catalogue = CatalogueSearch(catalogue) if catalogue.exists() else None

    def warm(self) -> None:
        """Let every model answer once, so that the first request is as fast as the next."""
        models: list[TextModel | TrackModel] = [*self._texts.values(), *self._tracks.values()]
        for model in models:
            model.warm()
        for tagger in self._taggers.values():
            tagger.tag(["warm"])
        if self._catalogue is not None:
            self._catalogue.search("warm")

    def version(self, task: str) -> str:
        """Version of a task's champion.

        Raises:
            NoModelError: there is none.
        """
        return _champion(self.manifests, task).version

    def text(self, task: str) -> TextModel:
        """The champion of a task that gives labels to texts.

        Raises:
            NoModelError: there is none.
        """
        return _champion(self._texts, task)

    def tagger(self, task: str) -> "SlotTagger":
        """The champion of a task that finds names in a text.

        Raises:
            NoModelError: there is none.
        """
        return _champion(self._taggers, task)

    def tracks(self, task: str = CLUSTERS) -> TrackModel:
        """The champion of a task that clusters tracks, with the tracks.

        Raises:
            NoModelError: there is none.
        """
        return _champion(self._tracks, task)

    @property
    def catalogue(self) -> CatalogueSearch:
        """The songs that can be found by name.

        Raises:
            NoCatalogueError: the bundle has no catalogue.
        """
        if self._catalogue is None:
            raise NoCatalogueError
        return self._catalogue

    def models(self, trace: str) -> Models:
        """The champions, with the figures that were measured of them."""
        return Models(models=[self._described(name) for name in self.manifests], trace_id=trace)

    def _described(self, name: str) -> Model:
        task, manifest, measured = TASKS[name], self.manifests[name], self._measured[name]
        return Model(
            task=name,
            title=task.title,
            kind=task.kind,
            route=task.route,
            candidate=manifest.candidate,
            version=manifest.version,
            created_at=manifest.created_at,
            labels=manifest.labels,
            thresholds=manifest.thresholds,
            languages=manifest.languages,
            metrics=measured["figures"] or manifest.metrics,
            baseline=measured["baseline"],
            cascade=manifest.cascade.model_dump() if manifest.cascade else None,
        )

    def health(self, trace: str) -> Health:
        """State, and which version answers for each task."""
        return Health(models={name: self.version(name) for name in self.manifests}, trace_id=trace)


def _tagger(folder: Path) -> "SlotTagger":
    # Its module imports scikit-learn, which takes seconds: BentoML imports the service whenever it builds a bento.
    from music_platform.models.scorers.slots import SlotTagger

    return SlotTagger.load(folder)


def _champion(champions: Mapping[str, T], task: str) -> T:
    if task not in champions:
        raise NoModelError(task)
    return champions[task]
