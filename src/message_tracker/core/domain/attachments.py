"""The files that go with an e-mail: what a request says of them, within SES' limits.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Attachment.html. All of them together are
bounded by the size of a request, which is well below the 40 MB of an e-mail at SES.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from message_tracker.core.domain.message import Attachment, Disposition
from message_tracker.core.domain.validation import Strict, one_line

MAX_ATTACHMENTS: Final = 20
_MAX_NAME: Final = 255

_MEDIA_TYPE: Final = re.compile(r"[!#$&^_.+0-9A-Za-z-]+/[!#$&^_.+0-9A-Za-z-]+")  # RFC 6838, 4.2
_CONTENT_ID: Final = re.compile(r"[!-;=?-~]{1,78}")  # printable ASCII but < and >, which SES adds

# https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
FORBIDDEN: Final = frozenset(
    {
        "ade", "adp", "app", "asp", "bas", "bat", "cer", "chm", "cmd", "com", "cpl", "crt", "csh",
        "der", "exe", "fxp", "gadget", "hlp", "hta", "inf", "ins", "isp", "its", "js", "jse",
        "ksh", "lib", "lnk", "mad", "maf", "mag", "mam", "maq", "mar", "mas", "mat", "mau", "mav",
        "maw", "mda", "mdb", "mde", "mdt", "mdw", "mdz", "msc", "msh", "msh1", "msh2", "mshxml",
        "msh1xml", "msh2xml", "msi", "msp", "mst", "ops", "pcd", "pif", "plg", "prf", "prg",
        "ps1", "ps1xml", "ps2", "ps2xml", "psc1", "psc2", "reg", "scf", "scr", "sct", "shb",
        "shs", "sys", "tmp", "url", "vb", "vbe", "vbs", "vps", "vsmacros", "vss", "vst", "vsw",
        "vxd", "ws", "wsc", "wsf", "wsh", "xnk",
    }
)  # fmt: skip
"""The extensions that SES refuses."""


def _checked_name(name: str) -> str:
    one_line(name)
    if "/" in name or "\\" in name:
        raise ValueError("is no file name: leave out the folder")
    stem, _, extension = name.rstrip(". ").rpartition(".")
    if not stem:
        raise ValueError("has no extension: SES wants one, as in invoice.pdf")
    if extension.lower() in FORBIDDEN:
        raise ValueError(f"has the extension .{extension.lower()}, which SES refuses: remove it")
    return name


def _checked_type(content_type: str) -> str:
    if not _MEDIA_TYPE.fullmatch(content_type):
        raise ValueError("is no media type: write type/subtype, as application/pdf")
    return content_type


def _checked_content(content: str) -> str:
    try:
        if decoded(content):
            return content
    except (binascii.Error, ValueError) as error:
        raise ValueError("is not base64: encode the file's bytes") from error
    raise ValueError("is an empty file: remove it")


def _checked_id(content_id: str) -> str:
    if not _CONTENT_ID.fullmatch(content_id):
        raise ValueError("must be 1 to 78 printable ASCII characters, without < and >")
    return content_id


class AttachmentEntry(Strict):
    """One file, as a request gives it."""

    name: Annotated[str, Field(min_length=1, max_length=_MAX_NAME), AfterValidator(_checked_name)]
    content: Annotated[str, AfterValidator(_checked_content)] = Field(
        description="the file in base64"
    )
    content_type: Annotated[str, Field(max_length=78), AfterValidator(_checked_type)] = (
        "application/octet-stream"
    )
    disposition: Literal["attachment", "inline"] = "attachment"
    content_id: Annotated[str, AfterValidator(_checked_id)] | None = Field(
        default=None, description="by which the HTML shows an inline file: cid:…"
    )

    def attachment(self) -> Attachment:
        """Return the file as it is stored and sent."""
        return Attachment(
            name=self.name,
            content_type=self.content_type,
            disposition=Disposition(self.disposition),
            content_id=self.content_id,
            content=decoded(self.content),
        )


def checked_attachments(entries: Sequence[AttachmentEntry]) -> Sequence[AttachmentEntry]:
    """Return the files; `ValueError` says what is wrong with them together."""
    if any(entry.disposition == "inline" and not entry.content_id for entry in entries):
        raise ValueError("have an inline file without `content_id`: the HTML cannot show it")
    ids = [entry.content_id for entry in entries if entry.content_id]
    if len(set(ids)) < len(ids):
        raise ValueError("name one `content_id` twice: give each file its own")
    return entries


def decoded(content: str) -> bytes:
    """Return the bytes of base64, in one line or several; raises `ValueError`."""
    return base64.b64decode("".join(content.split()), validate=True)
