"""Deliveries to AWS by boto3, in real time: messages of IoT Core, records of Kinesis, files of S3.

    transport = AwsTransport(settings)
    transport.send(Request("PUBLISH", "aws-iot://eu-central-1/8988…/messages", {}, body, id), done)
    transport.send(Request("PUT", "kinesis://eu-central-1/my-stream", {}, body, id), done)
    file = {"key": "cdr_20261201_014500.csv", "role": "arn:aws:iam::123456789012:role/streams"}
    transport.send(Request("PUT", "s3://eu-central-1/bucket", {}, body, id, access=file), done)

boto3 blocks, so that its calls run in a few threads. It finds credentials as it always does, and
assumes a role by them where `access` names one. A body for Kinesis is a JSON array: each item is a
record.
"""

from __future__ import annotations

import asyncio
import json
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from nce_sim.clock import Handle
from nce_sim.deliveries.settings import DeliverySettings
from nce_sim.deliveries.task_handle import TaskHandle
from nce_sim.deliveries.transport import Done, Outcome, Request

_SERVICES = {"aws-iot": "iot-data", "kinesis": "kinesis", "s3": "s3"}
_ROLE_S = 3_000.0  # a role is assumed for an hour (STS, AssumeRole); it is asked for again before
_MOST_RECORDS = 500  # of one PutRecords (its API reference)


class AwsTransport:
    """Publishes by the `iot-data` and `kinesis` clients of boto3."""

    def __init__(self, settings: DeliverySettings | None = None) -> None:
        self._settings = settings or DeliverySettings()
        self._threads = ThreadPoolExecutor(self._settings.aws_threads, "aws")
        self._lock = threading.Lock()
        # By service, region and role; with the time from which on its credentials are old.
        self._clients: dict[tuple[str, str, str], tuple[Any, float]] = {}

    def send(self, request: Request, done: Done) -> Handle:
        return TaskHandle(self._outcome(request), done)

    def close(self) -> None:
        """Let the threads end; a call that is under way ends by its time-out."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _outcome(self, request: Request) -> Outcome:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(request.timeout_ms / 1000):
                return await loop.run_in_executor(self._threads, self._call, request)
        except TimeoutError:
            return Outcome(None, f"no answer within {request.timeout_ms / 1000:g} s")

    def _call(self, request: Request) -> Outcome:
        try:
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            return Outcome(None, "boto3 is not installed; pip install 'nce-iot[aws]'")
        region, _, path = request.url.partition("://")[2].partition("/")
        try:
            client = self._client(_SERVICES[request.scheme], region, request)
            if request.scheme == "aws-iot":
                answer = client.publish(topic=path, qos=1, payload=request.body)
                return Outcome(answer["ResponseMetadata"]["HTTPStatusCode"])
            if request.scheme == "s3":
                answer = client.put_object(
                    Bucket=path,
                    Key=request.access["key"],
                    Body=request.body,
                    ContentType="text/csv",
                )
                return Outcome(answer["ResponseMetadata"]["HTTPStatusCode"])
            return _put_records(client, path, json.loads(request.body))
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return Outcome(status, answer=error.response["Error"]["Code"])
        except BotoCoreError as error:
            return Outcome(None, f"no answer from AWS: {type(error).__name__}")

    def _client(self, service: str, region: str, request: Request) -> Any:
        role = request.access.get("role", "")
        # Making a client is not safe in threads, using one is.
        with self._lock:
            client, until_s = self._clients.get((service, region, role), (None, 0.0))
            if client is None or time.monotonic() >= until_s:
                credentials: dict[str, str] = {}
                until_s = math.inf
                if role:
                    credentials = self._assumed(region, request)
                    until_s = time.monotonic() + _ROLE_S
                client = self._made(service, region, request.timeout_ms, credentials)
                self._clients[service, region, role] = client, until_s
            return client

    def _assumed(self, region: str, request: Request) -> dict[str, str]:
        """Credentials of a role."""
        sts = self._made("sts", region, request.timeout_ms, {})
        found = sts.assume_role(
            RoleArn=request.access["role"],
            RoleSessionName="nce-data-streams",
            ExternalId=request.access["external_id"],
        )["Credentials"]
        return {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }

    def _made(
        self, service: str, region: str, timeout_ms: int, credentials: dict[str, str]
    ) -> Any:
        import boto3
        from botocore.config import Config

        seconds = timeout_ms / 1000
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self._settings.aws_endpoint_url,
            config=Config(
                connect_timeout=seconds, read_timeout=seconds, retries={"max_attempts": 0}
            ),
            **credentials,
        )


def _put_records(client: Any, stream: str, records: list[Any]) -> Outcome:
    """All of them, or the whole delivery is tried again."""
    for first in range(0, len(records), _MOST_RECORDS):
        part = [
            {"Data": json.dumps(record).encode(), "PartitionKey": _partition(record)}
            for record in records[first : first + _MOST_RECORDS]
        ]
        answer = client.put_records(StreamName=stream, Records=part)
        if answer["FailedRecordCount"]:
            return Outcome(503, answer="some records were not taken")
    return Outcome(200)


def _partition(record: Any) -> str:
    """[U] records of a SIM stay in their order: they go to one shard."""
    sim = record.get("sim") or record.get("endpoint") or {}
    return str(sim.get("iccid") or sim.get("name") or record.get("id"))
