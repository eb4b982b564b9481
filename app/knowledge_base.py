"""Where the knowledge index and its encoder lie, and how they are made."""

from pathlib import Path

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.fingerprint import fingerprint
from app.processes import console
from app.settings import ROOT, Settings
from knowledge.build import build_index
from knowledge.documents import Document
from knowledge.encoder import Encoder, load_encoder
from knowledge.index import LiveIndex
from knowledge.material import read_examples
from knowledge.readers.files import read_path
from knowledge.search import KnowledgeSearch
from knowledge.settings import SearchSettings
from knowledge.train import train_on

# A file of this name marks a home folder in which the demo company was loaded.
DEMO_MARK = "demo"

NLU_DATA = ROOT / "nlu_data"
ENCODER_SOURCES = (NLU_DATA, ROOT / "app" / "demo" / "company", ROOT / "knowledge")


def index_folder(settings: Settings) -> Path:
    """Where the index lies."""
    return settings.folder / "knowledge"


def encoder_folder(settings: Settings) -> Path:
    """Where the small encoder of the present texts lies, trained or not yet."""
    return settings.models / "encoder" / fingerprint(ENCODER_SOURCES)


def train_encoder_if_needed(settings: Settings, *, force: bool = False) -> Path:
    """Train the small encoder if its texts changed; returns its folder."""
    from app.demo.documents import demo_documents  # noqa: PLC0415 - the shipped texts

    folder = encoder_folder(settings)
    if (folder / "modules.json").exists() and not force:
        return folder
    with ShownProgress() as progress:
        train_on(demo_documents(), read_examples(NLU_DATA), folder, progress)
    console.print("  the search encoder is trained")
    return folder


def open_encoder(settings: Settings) -> Encoder:
    """The encoder named in the settings, or the small trained one where it is out of reach."""
    return load_encoder(settings.embedding_model, train_encoder_if_needed(settings))


def documents_folder(settings: Settings) -> Path:
    """Where the company's own documents lie."""
    return settings.folder / "documents"


def own_documents(settings: Settings) -> list[Document]:
    """Everything that the assistant is to know: the company's documents, and the demo's."""
    folder = documents_folder(settings)
    documents = read_path(folder) if folder.exists() else []
    if is_demo(settings):
        from app.demo.documents import demo_documents  # noqa: PLC0415 - only where there is a demo

        documents = [*demo_documents(), *documents]
    return documents


def is_demo(settings: Settings) -> bool:
    """Whether the demo company lives in this home folder."""
    return (settings.folder / DEMO_MARK).exists()


def index_documents(settings: Settings) -> None:
    """Make the index hold what the assistant is to know; the unchanged is not encoded again."""
    documents = own_documents(settings)
    with ShownProgress() as progress:
        built = build_index(documents, open_encoder(settings), index_folder(settings), progress)
    if built.encoded:
        console.print(f"  the knowledge index is built ({built.documents} documents)")


def open_knowledge(settings: Settings) -> KnowledgeSearch:
    """The search over the index in force.

    Raises:
        IndexMissing, IndexMismatch: it was not made yet, or with another encoder.
    """
    encoder = open_encoder(settings)
    folder = index_folder(settings)
    return KnowledgeSearch(LiveIndex(folder, encoder, SearchSettings()), encoder)


class ShownProgress:
    """Shows how far a work of the knowledge base is, in the terminal."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("")

    def __enter__(self) -> "ShownProgress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        self._progress.update(
            self._task, description=step.capitalize(), completed=done, total=max(total, 1)
        )
