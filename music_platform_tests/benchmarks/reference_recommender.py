"""The usual recommender, to be measured against: CSV and pickles read for every request, a sample of the cluster.

    REFERENCE=folder python -m uvicorn music_platform_tests.benchmarks.reference_recommender:app

The folder is written by `benchmarks.recommendations` and holds `tracks.csv` with the column `cluster`, `scaler.pkl` and
`kmeans.pkl`. Every query of a cluster gets the same five tracks.
"""

import os
import pickle
from pathlib import Path

import pandas as pd
from fastapi import FastAPI

from music_platform.serving.wire.track_requests import ByFeatures
from music_platform.tasks import CLUSTER_FEATURES

app = FastAPI()


@app.get("/livez")
def livez() -> str:
    """Nothing."""
    return ""


@app.post("/prediccion")
def predict(song: ByFeatures) -> list[dict]:
    """Five tracks of the cluster of a song."""
    folder = Path(os.environ["REFERENCE"])
    scaler, kmeans = (pickle.loads((folder / f"{name}.pkl").read_bytes()) for name in ("scaler", "kmeans"))  # noqa: S301 - its own
    tracks = pd.read_csv(folder / "tracks.csv")
    asked = pd.DataFrame([song.values()], columns=list(CLUSTER_FEATURES))
    cluster = kmeans.predict(scaler.transform(asked))[0]
    found = tracks[tracks["cluster"] == cluster].sample(5, random_state=42)
    return found[["track_id", "track_name", "artists"]].to_dict("records")
