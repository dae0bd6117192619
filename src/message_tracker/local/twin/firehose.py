"""Firehose' PutRecord and PutRecordBatch, for handlers that write records of their own.

Target, members and errors follow the service model of botocore (`firehose`, JSON 1.1).
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.local.twin.exchange import AwsError, Request, Response, json_response
from message_tracker.local.twin.streams import DeliveryStreams

TARGET: Final = "Firehose_20150804"
_MAX_RECORDS: Final = 500


class Firehose:
    """Answers the requests whose target is `Firehose_20150804`."""

    def __init__(self, streams: DeliveryStreams) -> None:
        self._streams = streams

    def answer(self, operation: str, request: Request) -> Response:
        """Answer one request.

        Raises:
            AwsError: as Firehose would.
        """
        call = request.json()
        match operation:
            case "PutRecord":
                (record_id,) = self._put(call, [call["Record"]])
                return json_response({"RecordId": record_id})
            case "PutRecordBatch":
                record_ids = self._put(call, call["Records"])
                answers = [{"RecordId": record_id} for record_id in record_ids]
                return json_response({"FailedPutCount": 0, "RequestResponses": answers})
            case _:
                raise AwsError(400, "UnknownOperationException", f"the twin has no {operation}")

    def _put(self, call: Mapping[str, Any], records: Sequence[Mapping[str, str]]) -> list[str]:
        stream = call["DeliveryStreamName"]
        if len(records) > _MAX_RECORDS:
            text = f"{len(records)} records; {_MAX_RECORDS} are allowed"
            raise AwsError(400, "InvalidArgumentException", text)
        self._check_exists(stream)
        for record in records:
            self._streams.put(stream, _data(record))
        return [str(uuid4()) for _ in records]

    def _check_exists(self, stream: str) -> None:
        try:
            exists = self._streams.exists(stream)
        except (BotoCoreError, ClientError) as error:
            raise AwsError(503, "ServiceUnavailableException", str(error)) from error
        if not exists:
            text = f"Firehose {stream} under account not found."
            raise AwsError(400, "ResourceNotFoundException", text)


def _data(record: Mapping[str, str]) -> bytes:
    try:
        return base64.b64decode(record["Data"], validate=True)
    except binascii.Error as error:
        raise AwsError(400, "InvalidArgumentException", "Data is not base64") from error
