"""Brings an answer to where CloudFormation waits for it: a presigned URL of S3."""

import urllib.request

from message_tracker.migrator.request import MigrationAnswer

# What does not answer at first is asked again: an answer that is lost holds the deployment up.
_TRIES = 3
_SECONDS = 8.0


def put(url: str, answer: MigrationAnswer) -> None:
    """Put `answer` at `url`.

    Raises:
        OSError: nobody took it, three times.
    """
    body = answer.model_dump_json(by_alias=True).encode()
    # The signature is for no content type, which urllib would fill in.
    headers = {"Content-Type": "", "Content-Length": str(len(body))}
    request = urllib.request.Request(url, body, headers, method="PUT")  # noqa: S310 - http(s) only
    for tries_left in reversed(range(_TRIES)):
        try:
            urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310 - as above
        except OSError:
            if not tries_left:
                raise
        else:
            return
