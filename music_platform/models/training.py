"""The entry to training: finds the module of a candidate and lets it make the artifact. Light until then."""

from importlib import import_module

from music_platform.errors import InputError
from music_platform.models.making import Made
from music_platform.models.request import Request
from music_platform.tasks import CANDIDATES


def train(request: Request) -> Made | None:
    """The candidate `request.candidate` for the rows of `request.table`; None where it can't be made without a budget.

    Raises:
        InputError: fewer than two labels have enough units to be learned, a base model can't be loaded, or a part
            of the candidate breaks the contract of its export.
    """
    for part in CANDIDATES[request.candidate].parts:
        combined = request.registry.current(request.task.name, part)
        if combined and combined.manifest.broken:
            raise InputError(
                f"{request.name}: its {part} breaks the contract of its export: {combined.manifest.broken[0]}"
            )
    module = import_module(f"music_platform.models.{CANDIDATES[request.candidate].module}")
    made: Made | None = module.train(request)
    return made
