"""The scorer of clusters: standardised audio features, and the nearest centre. Fitting is in `cluster_training`."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from music_platform.tasks import CLUSTER_FEATURES


@dataclass(frozen=True, eq=False)
class Clusters:
    """k clusters of tracks; a cluster's id is its position, in the order of the moods they are named after."""

    centers: np.ndarray
    """(k, 5) float64, `CLUSTER_FEATURES` in their own units."""
    mean: np.ndarray
    """(5,) of the training tracks."""
    scale: np.ndarray
    """(5,) standard deviations of the training tracks."""
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    """Training tracks per cluster."""

    @property
    def profiles(self) -> list[dict[str, float]]:
        """Feature -> value at the centre, per cluster, in the features' own units."""
        return [dict(zip(CLUSTER_FEATURES, center.tolist(), strict=True)) for center in self.centers]

    def standardised(self, features: np.ndarray) -> np.ndarray:
        """`features` (n, 5) in standard deviations from the average track: the space of distances."""
        standardised: np.ndarray = (features - self.mean) / self.scale
        return standardised

    def assign(self, features: np.ndarray) -> np.ndarray:
        """The nearest cluster's id, (n,) int64, for `features` (n, 5) in the order of `CLUSTER_FEATURES`."""
        points, centers = self.standardised(features), self.standardised(self.centers)
        nearest: np.ndarray = ((centers**2).sum(axis=1) - 2 * points @ centers.T).argmin(axis=1)
        return nearest

    def save(self, folder: Path) -> None:
        """Write `clusters.safetensors` and `clusters.json` into `folder`."""
        arrays = {"centers": self.centers, "mean": self.mean, "scale": self.scale}
        save_file(arrays, folder / "clusters.safetensors")
        words = {
            "features": CLUSTER_FEATURES,
            "names": self.names,
            "sizes": self.sizes,
            "profiles": self.profiles,
        }
        (folder / "clusters.json").write_text(json.dumps(words, indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Clusters":
        """Read what `save` wrote."""
        arrays = load_file(folder / "clusters.safetensors")
        words = json.loads((folder / "clusters.json").read_text("utf-8"))
        return cls(**arrays, names=tuple(words["names"]), sizes=tuple(words["sizes"]))
