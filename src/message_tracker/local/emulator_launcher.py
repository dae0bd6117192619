"""Start the AWS emulator with the corrections this stack needs.

Runs on the emulator's own interpreter, so it imports the emulator and the standard library only.
The corrections touch private names of one pinned version: each is looked for first, and a missing
one ends the start with its name, instead of an emulator that is subtly wrong.
"""

# ruff: noqa: SLF001, ANN401 - one pinned version's private, untyped names are its subject

import inspect
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, responses
from ministack.services import eventbridge, lambda_svc
from ministack.services.cloudformation import provisioners

PINNED = "1.5.33"
# Processes per function before a further invocation waits for a free one instead of starting its
# own: sixteen cold starts at once stall a small machine for a quarter of a minute.
WARM_PER_FUNCTION = 4
# How long it waits. Then it starts one after all, since the busy ones may be waiting for it.
WAIT_FOR_WARM_SECONDS = 2.0
# What this stack asks of the emulator beside AWS' own calls: may a caller do something of the
# provider twin's, and what was refused since the start (each once; DELETE forgets it).
PERMISSION_PATH = "/_message-tracker/permission"
DENIALS_PATH = "/_message-tracker/denials"
# SQS authorizes a batch as the action it repeats (SQS developer guide, "Amazon SQS API
# permissions: Actions and resource reference").
_BATCHES = {
    f"sqs:{action}Batch": f"sqs:{action}"
    for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
}
_SECRETS = "AWS::SecretsManager::Secret"
_LOOPBACK = "127.0.0.1"

Answer = tuple[int, dict[str, str], bytes]

_denials: dict[str, None] = {}  # in their order

_EXPECTED = {
    "Worker._drain_stderr_bounded defaults": lambda: (
        lambda_runtime.Worker._drain_stderr_bounded.__defaults__ == (0.050, 0.005, 0.250)
    ),
    "Worker.invoke": lambda: callable(lambda_runtime.Worker.invoke),
    "lambda_runtime._signal(proc)": lambda: _parameters(lambda_runtime._signal) == ["proc"],
    "lambda_runtime._collect(proc, deadline)": lambda: (
        _parameters(lambda_runtime._collect) == ["proc", "deadline"]
    ),
    "lambda_runtime._REAP_GRACE": lambda: lambda_runtime._REAP_GRACE > 0,
    "lambda_runtime.reset": lambda: callable(lambda_runtime.reset),
    "lambda_svc.acquire_worker": lambda: (
        lambda_svc.acquire_worker is lambda_runtime.acquire_worker
        and _parameters(lambda_svc.acquire_worker)[-1] == "max_concurrency"
    ),
    "eventbridge._put_events(data, allow_aws_source=False)": lambda: (
        _parameters(eventbridge._put_events) == ["data", "allow_aws_source"]
        and eventbridge._put_events.__defaults__ == (False,)
    ),
    "provisioners of secrets": lambda: (
        provisioners._RESOURCE_HANDLERS[_SECRETS].keys()
        >= {"create", "update", "update_with_logical_id", "delete"}
    ),
    "iam_actions.extract_iam_action": lambda: callable(iam_actions.extract_iam_action),
    "iam_actions.identity_denial_message": lambda: (
        _parameters(iam_actions.identity_denial_message)
        == ["action", "principal_arn", "resource", "explicit_deny"]
    ),
    "app.pin_request_origin(source_ip, secure_transport)": lambda: (
        _parameters(app.pin_request_origin) == ["source_ip", "secure_transport"]
    ),
    "app._handle_pre_body_request": lambda: (
        _parameters(app._handle_pre_body_request)
        == ["method", "path", "headers", "query_params", "request_id"]
    ),
    "iam_evaluator.resolve_principal(access_key_id, account_id)": lambda: (
        _parameters(iam_evaluator.resolve_principal)[:2] == ["access_key_id", "account_id"]
    ),
    "iam_evaluator.evaluate(ctx, policies, limits)": lambda: (
        callable(iam_evaluator.evaluate) and callable(iam_evaluator.EvalContext)
    ),
}


def main() -> None:
    """Check the version, correct the emulator, run it until SIGTERM, clean up after it."""
    check_what_is_corrected()
    answer_without_waiting_for_logs()
    let_the_provider_twin_publish()
    keep_workers_that_raised()
    prefer_warm_workers()
    authorize_batches_as_sqs_does()
    take_loopback_for_tls()
    refer_to_secrets_by_arn()
    remember_denials()
    answer_about_permissions()
    try:
        app.main()
    finally:
        lambda_runtime.reset()  # ends the workers and removes their folders


def check_what_is_corrected() -> None:
    """End the start when the installed emulator is not the one the corrections were made for."""
    missing = [name for name, is_there in _EXPECTED.items() if not _holds(is_there)]
    if version("ministack") != PINNED or missing:
        sys.exit(
            f"ministack {version('ministack')} is installed, {PINNED} is expected; "
            f"changed: {', '.join(missing) or 'nothing'}. Run `make setup`."
        )


def answer_without_waiting_for_logs() -> None:
    """Wait 2 ms for a handler's first log line instead of 50 ms: warm calls take 10 ms, not 60."""
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.002, 0.250)


def let_the_provider_twin_publish() -> None:
    """Let PutEvents take `aws.*` sources, so that the template's own rules route the events."""
    eventbridge._put_events.__defaults__ = (True,)


def keep_workers_that_raised() -> None:
    """Keep a worker whose handler raised, as Lambda keeps its sandbox; end it on a timeout."""
    invocation = threading.local()
    invoke, signal, collect = (
        lambda_runtime.Worker.invoke,
        lambda_runtime._signal,
        lambda_runtime._collect,
    )

    def signal_unless_invoking(proc: subprocess.Popen[str] | None) -> None:
        if getattr(invocation, "running", False):
            invocation.condemned = proc
        else:
            signal(proc)

    def collect_unless_invoking(proc: subprocess.Popen[str] | None, deadline: float) -> None:
        if not getattr(invocation, "running", False):
            collect(proc, deadline)

    def invoke_and_keep(worker: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
        invocation.running, invocation.condemned = True, None
        try:
            result: dict[str, Any] = invoke(worker, *arguments, **named)
        finally:
            invocation.running = False
        condemned = invocation.condemned
        if condemned is None:
            return result
        if "trace" in result and condemned.poll() is None:  # only a handler's exception has one
            worker._proc = condemned
        else:
            signal(condemned)
            collect(condemned, time.monotonic() + lambda_runtime._REAP_GRACE)
        return result

    lambda_runtime._signal = signal_unless_invoking
    lambda_runtime._collect = collect_unless_invoking
    lambda_runtime.Worker.invoke = invoke_and_keep


def prefer_warm_workers() -> None:
    """Let a burst wait a moment for a warm worker before it starts another process."""
    acquire = lambda_runtime.acquire_worker

    def acquire_patiently(
        func_name: str,
        config: dict[str, Any],
        code_zip: bytes,
        qualifier: str = "$LATEST",
        max_concurrency: int | None = None,
    ) -> tuple[Any, str]:
        deadline = time.monotonic() + WAIT_FOR_WARM_SECONDS
        while max_concurrency is None and time.monotonic() < deadline:
            worker, reason = acquire(func_name, config, code_zip, qualifier, WARM_PER_FUNCTION)
            if worker is not None:
                return worker, reason
            time.sleep(0.005)
        leased: tuple[Any, str] = acquire(func_name, config, code_zip, qualifier, max_concurrency)
        return leased

    lambda_svc.acquire_worker = acquire_patiently


def authorize_batches_as_sqs_does() -> None:
    """Check SendMessageBatch as `sqs:SendMessage`: SQS knows no permission of the batch."""
    extract = iam_actions.extract_iam_action

    def extract_single(*arguments: Any, **named: Any) -> str | None:
        action: str | None = extract(*arguments, **named)
        return _BATCHES.get(action, action) if action else None

    iam_actions.extract_iam_action = extract_single


def take_loopback_for_tls() -> None:
    """Let policies that demand TLS see it: what comes over loopback is on no wire."""
    pin = app.pin_request_origin

    def pin_as_secure(source_ip: str, secure_transport: bool) -> None:  # noqa: FBT001 - theirs
        pin(source_ip, secure_transport or source_ip == _LOOPBACK)

    app.pin_request_origin = pin_as_secure


def refer_to_secrets_by_arn() -> None:
    """Let `Ref` of a secret be its ARN, which is what CDK's grants name; here it was the name."""
    handlers = provisioners._RESOURCE_HANDLERS[_SECRETS]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def by_arn(created: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
        return created[1]["Arn"], created[1]

    handlers["create"] = lambda *arguments: by_arn(create(*arguments))
    handlers["update"] = lambda arn, *arguments: by_arn(update(_secret_name(arn), *arguments))
    handlers["delete"] = lambda arn, *arguments: delete(_secret_name(arn), *arguments)


def _secret_name(arn: str) -> str:
    return arn.partition(":secret:")[2].rpartition("-")[0]


def remember_denials() -> None:
    """Keep what was refused, so that a missing grant is told and not only felt."""
    enforce = iam_evaluator.enforce

    def enforce_and_remember(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        refusal = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        if refusal is not None:
            who = getattr(refusal, "principal_arn", "") or access_key_id
            _denials.setdefault(_denial(who, iam_action, resource_arn, refusal))
        return refusal

    iam_evaluator.enforce = enforce_and_remember


def answer_about_permissions() -> None:
    """Answer `PERMISSION_PATH` and `DENIALS_PATH` beside the emulator's own pages."""
    handle = app._handle_pre_body_request

    async def handle_or_answer(
        method: str, path: str, headers: Any, query_params: dict[str, list[str]], request_id: str
    ) -> Answer | None:
        if path == PERMISSION_PATH:
            return _json(_judge(query_params))
        if path == DENIALS_PATH:
            told = _json([*_denials])
            if method == "DELETE":
                _denials.clear()
            return told
        answer: Answer | None = await handle(method, path, headers, query_params, request_id)
        return answer

    app._handle_pre_body_request = handle_or_answer


def _judge(question: dict[str, list[str]]) -> dict[str, str]:
    """Return `{}` when all is allowed, else `{"denied": why}`.

    `question`: `caller` (an access key), `action`, every `resource` that it touches, and the
    condition keys of the request as `key.<name>`.
    """
    [caller], [action] = question["caller"], question["action"]
    keys = {
        name.removeprefix("key."): values[0]
        for name, values in question.items()
        if name.startswith("key.")
    }
    for resource in question["resource"] if app.AUTH else ():
        refusal = _refusal(caller, action, resource, keys)
        if refusal is not None:
            denial = _denial(refusal.principal_arn or caller, action, resource, refusal)
            _denials.setdefault(denial)
            return {"denied": denial}
    return {}


def _refusal(caller: str, action: str, resource: str, keys: dict[str, str]) -> Any:
    """Return why the caller's policies do not allow the action, None if they do."""
    principal = iam_evaluator.resolve_principal(caller, responses.get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return iam_evaluator.EvalResult("Deny", reason=principal.message)
    if principal.policies is None:  # the account's root
        return None
    context = iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context={name.lower(): value for name, value in keys.items()},
        principal_keys=principal.keys,
    )
    result = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
    return None if result.decision == "Allow" else result


def _denial(who: str, action: str, resource: str, refusal: Any) -> str:
    is_explicit = getattr(refusal, "decision", "") == "Deny"
    said: str = iam_actions.identity_denial_message(action, who, resource, is_explicit)
    return said


def _json(content: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def _parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def _holds(is_there: Callable[[], bool]) -> bool:
    try:
        return is_there()
    except (AttributeError, TypeError, ValueError):
        return False


if __name__ == "__main__":
    main()
