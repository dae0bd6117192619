"""The emulator's permissions, corrected where they are not AWS' own, and told when they refuse.

Part of the emulator's launcher: runs on its interpreter, on private names of its pinned version.
"""

# ruff: noqa: SLF001, ANN401 - one pinned version's private, untyped names are its subject

import inspect
import json
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services.cloudformation import provisioners

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

Expected = dict[str, Callable[[], bool]]
"""By name, whether what a correction touches is there as it was."""
Answer = tuple[int, dict[str, str], bytes]

_denials: dict[str, None] = {}  # in their order

PERMISSIONS: Expected = {
    "provisioners of secrets": lambda: (
        provisioners._RESOURCE_HANDLERS[_SECRETS].keys()
        >= {"create", "update", "update_with_logical_id", "delete"}
    ),
    "iam_actions.extract_iam_action": lambda: callable(iam_actions.extract_iam_action),
    "iam_actions.identity_denial_message": lambda: (
        parameters(iam_actions.identity_denial_message)
        == ["action", "principal_arn", "resource", "explicit_deny"]
    ),
    "app.pin_request_origin(source_ip, secure_transport)": lambda: (
        parameters(app.pin_request_origin) == ["source_ip", "secure_transport"]
    ),
    "app._handle_pre_body_request": lambda: (
        parameters(app._handle_pre_body_request)
        == ["method", "path", "headers", "query_params", "request_id"]
    ),
    "iam_evaluator.resolve_principal(access_key_id, account_id)": lambda: (
        parameters(iam_evaluator.resolve_principal)[:2] == ["access_key_id", "account_id"]
    ),
    "iam_evaluator.evaluate(ctx, policies, limits)": lambda: (
        callable(iam_evaluator.evaluate) and callable(iam_evaluator.EvalContext)
    ),
}


def correct_permissions() -> None:
    """Make all corrections of this module."""
    authorize_batches_as_sqs_does()
    take_loopback_for_tls()
    refer_to_secrets_by_arn()
    remember_denials()
    answer_about_permissions()


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


def parameters(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def is_missing(is_there: Callable[[], bool]) -> bool:
    """Return whether what a correction touches is gone or another."""
    try:
        return not is_there()
    except (AttributeError, TypeError, ValueError):
        return True
