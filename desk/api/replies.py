"""What a program sends to a customer in the name of one of the staff: words, buttons, files."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from desk.api.fields import Encoded, Name, Title, Written
from desk.sending import MOST_BUTTONS, MOST_FILES, Draft, File

SAYS_SOMETHING: JsonDict = {"anyOf": [{"required": ["text"]}, {"required": ["attachments"]}]}


class ReplyFile(BaseModel):
    """A picture or a document."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    content: Encoded


class Reply(BaseModel):
    """What to say to the customer. A button says what is written on it, as if it were typed.

    `template` is the purpose of an approved WhatsApp template, in which the text is then said.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=SAYS_SOMETHING)
    text: Written = Field(default_factory=str)
    buttons: Annotated[list[Title], Field(max_length=MOST_BUTTONS)] = []
    attachments: Annotated[list[ReplyFile], Field(max_length=MOST_FILES)] = []
    template: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text and (self.buttons or self.template or not self.attachments):
            raise ValueError("write a text; only files can go without one")
        if len({title.casefold() for title in self.buttons}) < len(self.buttons):
            raise ValueError("two buttons have the same title; give each its own")
        return self

    @property
    def draft(self) -> Draft:
        """The reply as the desk sends it."""
        files = [File(one.name, one.content) for one in self.attachments]
        return Draft(self.text, self.buttons, files, self.template)
