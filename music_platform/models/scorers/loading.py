"""Loads the scorer of a saved text model by the kind that its manifest names. Put a new kind of artifact here."""

from collections.abc import Callable
from pathlib import Path

from music_platform.errors import InputError
from music_platform.models.scorers.scorer import Scorer
from music_platform.storage.manifest import Manifest


def load_scorer(folder: Path) -> Scorer:
    """The scorer of an artifact's folder.

    Raises:
        InputError: the folder holds no artifact, or one of a kind that no scorer reads.
    """
    manifest = Manifest.read(folder)
    if manifest.scorer not in _LOADERS:
        raise InputError(
            f"{folder}: no scorer reads artifacts of kind {manifest.scorer!r}; the kinds are {', '.join(_LOADERS)}"
        )
    return _LOADERS[manifest.scorer](folder, manifest)


def _linear(folder: Path, manifest: Manifest) -> Scorer:
    from music_platform.models.scorers.linear import LinearModel

    return LinearModel.load(folder)


def _encoder(folder: Path, manifest: Manifest) -> Scorer:
    from music_platform.models.scorers.encoder import EncoderScorer

    return EncoderScorer.load(folder)


def _cascade(folder: Path, manifest: Manifest) -> Scorer:
    from music_platform.models.scorers.cascade import Cascade

    if manifest.cascade is None:
        raise InputError(f"{folder / 'manifest.json'}: cascade: is missing; run again to make the artifact anew")
    return Cascade(load_scorer(folder / "linear"), load_scorer(folder / "encoder"), manifest.cascade.bound)


def _blend(folder: Path, manifest: Manifest) -> Scorer:
    from music_platform.models.scorers.blend import Blend

    if manifest.blend is None:
        raise InputError(f"{folder / 'manifest.json'}: blend: is missing; run again to make the artifact anew")
    return Blend({part: load_scorer(folder / part) for part in manifest.blend.weights}, manifest.blend)


_LOADERS: dict[str, Callable[[Path, Manifest], Scorer]] = {
    "linear": _linear,
    "encoder": _encoder,
    "cascade": _cascade,
    "blend": _blend,
}
