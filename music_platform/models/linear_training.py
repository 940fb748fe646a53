"""The candidate `linear`: cross-fitted over the fixed folds, then fitted on all rows, and saved."""

from pathlib import Path

from music_platform.models import crossfit
from music_platform.models.making import Draft, Made, make, text_facts
from music_platform.models.predictions import HELD_OUT_FILE
from music_platform.models.request import Request
from music_platform.models.rows import Rows, rows
from music_platform.models.scorers.linear import LinearHyperparameters
from music_platform.storage.code import code_version
from music_platform.storage.files import fingerprint


def train(request: Request) -> Made | None:
    """The linear candidate of a text task.

    Raises:
        InputError: fewer than two labels have enough units to be learned.
    """
    hyperparameters, study = request.configured(LinearHyperparameters)
    learned = rows(request.task, request.table)
    data, code = learned.hash, code_version(f"{crossfit.__name__}:train", f"{Rows.__module__}:Rows")

    def draft() -> Draft:
        trained = crossfit.train(request.task, learned, hyperparameters, request.progress)

        def write(folder: Path) -> None:
            trained.model.save(folder)
            trained.predictions.save(folder / HELD_OUT_FILE)

        facts = text_facts(learned, trained.predictions) | {"kind": "linear"}
        return Draft(write, data, code, trained.config | study, len(learned.ids), facts)

    return make(request, fingerprint(data, code, request.task.kind, repr(hyperparameters)), draft)
