"""`bottega knowledge`: what the assistant knows."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from app.errors import BadArgument
from app.settings import Settings, load_settings

knowledge_cli = typer.Typer(no_args_is_help=True)


@knowledge_cli.callback()
def knowledge() -> None:
    """What the assistant knows: documents, index, search."""


@knowledge_cli.command()
def add(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files or folders (Markdown, HTML, PDF, CSV), or the address of a site map."
        ),
    ],
) -> None:
    """Copy documents into the home folder and index them; of a site map, its pages."""
    settings = load_settings()
    from app.knowledge_base import documents_folder  # noqa: PLC0415 - quick start
    from app.site_pages import is_web_address  # noqa: PLC0415

    paths = [Path(source) for source in sources if not is_web_address(source)]
    for path in paths:
        if not path.exists():
            raise BadArgument(f"There is no file or folder {path}.")
    target = documents_folder(settings)
    target.mkdir(parents=True, exist_ok=True)
    for path in paths:
        _copy(path, target)
    for address in filter(is_web_address, sources):
        _fetch(address, target)
    _index(settings)


def _copy(path: Path, target: Path) -> None:
    """A folder as a whole; a file with what is said about it beside it."""
    from knowledge.readers.about import about_file  # noqa: PLC0415

    if path.is_dir():
        shutil.copytree(path, target / path.name, dirs_exist_ok=True)
        return
    for file in (path, about_file(path)):
        if file.exists():
            shutil.copy2(file, target / file.name)


def _fetch(address: str, target: Path) -> None:
    from app.knowledge_base import ShownProgress  # noqa: PLC0415
    from app.site_pages import fetch_site  # noqa: PLC0415

    with ShownProgress() as progress:
        came = fetch_site(address, target, progress=progress)
    print(
        f"{address}: {came.fetched} pages fetched, {came.unchanged} unchanged, "
        f"{came.removed} removed, {came.failed} without text or out of reach."
    )


@knowledge_cli.command()
def index() -> None:
    """Index the documents of the home folder anew; what has not changed is not encoded again."""
    _index(load_settings())


def _index(settings: Settings) -> None:
    from app.knowledge_base import index_documents  # noqa: PLC0415

    index_documents(settings)


@knowledge_cli.command()
def train() -> None:
    """Train the small search encoder on the texts there are."""
    from app.knowledge_base import train_encoder_if_needed  # noqa: PLC0415

    train_encoder_if_needed(load_settings(), force=True)


@knowledge_cli.command()
def search(
    question: Annotated[str, typer.Argument(help="What a customer would ask.")],
    lang: Annotated[str, typer.Option(help="it or en.")] = "it",
    level: Annotated[str, typer.Option(help="anonymous, claimed or verified.")] = "anonymous",
    limit: Annotated[int, typer.Option(help="How many hits.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is found for a question, with scores, and whether the bot would answer."""
    from app.knowledge_base import open_knowledge  # noqa: PLC0415
    from knowledge.evaluate import describe_search  # noqa: PLC0415

    found = describe_search(open_knowledge(load_settings()), question, lang, level, limit)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    for hit in found["hits"]:
        print(f"{hit['score']:.3f}  {hit['kind']}/{hit['id']}  {hit['title']}")
    print("The bot would answer." if found["answers"] else "The bot would ask back.")


@knowledge_cli.command("eval")
def evaluate(
    faq: Annotated[Path, typer.Option(help="CSV: id;question;answer;tag.")],
    queries: Annotated[Path, typer.Option(help="TSV: id and text of each query.")],
) -> None:
    """Search a file of questions and answers, apart from the real index; one JSON line a query."""
    from app.knowledge_base import NLU_DATA  # noqa: PLC0415
    from knowledge.evaluate import evaluate_faq  # noqa: PLC0415
    from knowledge.material import read_examples  # noqa: PLC0415

    for path in (faq, queries):
        if not path.exists():
            raise BadArgument(f"There is no file {path}.")
    for line in evaluate_faq(faq, queries, examples=read_examples(NLU_DATA)):
        print(json.dumps(line, ensure_ascii=False), flush=True)
