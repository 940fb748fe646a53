"""Artifacts addressed by content, and the append-only registry that names the champion of each task."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from music_platform.errors import InputError
from music_platform.storage.files import INCOMING, content_hash, fingerprint, replacing, write_json
from music_platform.storage.manifest import FILE, FORMAT, Manifest


@dataclass(frozen=True)
class Artifact:
    """A saved model: a folder named by its content."""

    id: str
    path: Path
    manifest: Manifest


@dataclass(frozen=True)
class Promotion:
    """One line of a task's history: an artifact became champion at a time, for a reason."""

    task: str
    artifact: str
    candidate: str
    at: str
    why: str
    evidence: str = ""
    """Fingerprint of the report that the promotion rests on."""


class Registry:
    """The artifacts under `root/<task>/<candidate>/<id>` and the history in `root/promotions.jsonl`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._promotions = root / "promotions.jsonl"

    def find(self, task: str, candidate: str, made_from: str) -> Artifact | None:
        """The newest artifact of a candidate whose fingerprint is `made_from`; None when there is none."""
        found = [a for a in self._saved(task, candidate) if a.manifest.fingerprint == made_from]
        return max(found, key=lambda artifact: artifact.manifest.created_at, default=None)

    def has(self, task: str, candidate: str) -> bool:
        """Whether a candidate was ever trained."""
        return any((self.root / task / candidate).glob("[0-9a-f]*/manifest.json"))

    def current(self, task: str, candidate: str) -> Artifact | None:
        """The artifact that a candidate's last training made, or found again; None if there is none.

        A person who removed the artifact's folder, as errors advise, finds none either, and trains it anew.
        """
        pointer = self.root / task / candidate / "current.json"
        if not pointer.exists():
            return None
        folder = pointer.parent / json.loads(pointer.read_text("utf-8"))["artifact"]
        return self._load(folder) if folder.exists() else None

    def set_current(self, artifact: Artifact) -> None:
        """Note that the present data and code give `artifact` for its candidate."""
        if artifact != self.current(artifact.manifest.task, artifact.manifest.candidate):
            write_json(artifact.path.parent / "current.json", {"artifact": artifact.id})

    def clear_current(self, task: str, candidate: str) -> None:
        """Note that the present data give no artifact for a candidate. A champion stays until another is promoted."""
        (self.root / task / candidate / "current.json").unlink(missing_ok=True)

    def _saved(self, task: str, candidate: str) -> list[Artifact]:
        return [self._load(p.parent) for p in sorted((self.root / task / candidate).glob("[0-9a-f]*/manifest.json"))]

    @staticmethod
    def _load(path: Path) -> Artifact:
        return Artifact(path.name, path, Manifest.read(path))

    def save(
        self,
        task: str,
        candidate: str,
        write: Callable[[Path], dict[str, Any] | None],
        facts: Mapping[str, Any],
    ) -> Artifact:
        """Save a model with its manifest, under a name made from its content.

        The folder appears whole or not at all. Equal content gives the same id, and is kept once.

        Args:
            task: name of the task.
            candidate: name of the candidate.
            write: puts the model's files into an empty folder. The entries that it returns join the manifest without a
                part in the id, since measured times differ from run to run.
            facts: the other entries of the manifest.
        """
        folder = self.root / task / candidate
        folder.mkdir(parents=True, exist_ok=True)
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        with tempfile.TemporaryDirectory(dir=folder, prefix=INCOMING) as temporary:
            staged = Path(temporary) / "artifact"
            staged.mkdir()
            measured = write(staged) or {}
            identifier = fingerprint(content_hash(staged), dict(facts))
            stamps = {
                "format": FORMAT,
                "task": task,
                "candidate": candidate,
                "version": identifier,
                "created_at": created,
            }
            manifest = Manifest.model_validate({**stamps, **facts, **measured})
            write_json(staged / FILE, manifest.content())
            if not (folder / identifier).exists():
                staged.replace(folder / identifier)
        return self._load(folder / identifier)

    def artifact(self, task: str, identifier: str) -> Artifact:
        """The artifact of a task by its id, or by the first characters of it.

        Raises:
            InputError: no artifact has such an id, or several do.
        """
        found = sorted((self.root / task).glob(f"*/{identifier}*/manifest.json")) if identifier.isalnum() else []
        if len(found) != 1:
            matches = f"matches {len(found)} artifacts; give more characters" if found else "matches no artifact"
            raise InputError(f"{task}: the id prefix {identifier!r} {matches}")
        return self._load(found[0].parent)

    def promote(self, artifact: Artifact, why: str, evidence: str = "") -> bool:
        """Make an artifact its task's champion; False when it is champion already, on the same evidence."""
        task, candidate = artifact.manifest.task, artifact.manifest.candidate
        history = self.history(task)
        if history and (history[-1].artifact, history[-1].evidence) == (artifact.id, evidence):
            return False
        now = datetime.now(UTC).isoformat(timespec="seconds")
        promotions = [*self.history(), Promotion(task, artifact.id, candidate, now, why, evidence)]
        with replacing(self._promotions) as temporary:
            temporary.write_text("".join(json.dumps(asdict(p), ensure_ascii=False) + "\n" for p in promotions), "utf-8")
        return True

    def history(self, task: str | None = None) -> list[Promotion]:
        """All promotions, oldest first; of one task when named."""
        if not self._promotions.exists():
            return []
        promotions = [Promotion(**json.loads(line)) for line in self._promotions.read_text("utf-8").splitlines()]
        return [p for p in promotions if task in (None, p.task)]

    def champion(self, task: str) -> Artifact | None:
        """The artifact that answers for a task now; None before the first promotion."""
        history = self.history(task)
        return self._promoted(history[-1]) if history else None

    def _promoted(self, promotion: Promotion) -> Artifact:
        return self._load(self.root / promotion.task / promotion.candidate / promotion.artifact)

    def rollback(self, task: str) -> Artifact:
        """Promote the champion before the present one became champion first, so that each call goes further back.

        Raises:
            InputError: the present champion is the task's first, or there is none.
        """
        history = self.history(task)
        champions = [promotion.artifact for promotion in history]
        before = history[: champions.index(champions[-1])] if champions else []
        if not before:
            raise InputError(
                f"{task}: there is no earlier champion to go back to; its history names {len(set(champions))}"
            )
        artifact = self._promoted(before[-1])
        self.promote(artifact, f"rolled back from {champions[-1]}", history[-1].evidence)
        return artifact
