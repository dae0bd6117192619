"""The schema is migrated between the old code and the new."""

from typing import Any

from tests.infra.cloudformation import Template, as_list


def phase(template: Template, name: str) -> tuple[str, dict[str, Any]]:
    """Return the logical id and the whole resource of a phase."""
    (found,) = [
        logical_id
        for logical_id, properties in template.of_type("Custom::Migrations").items()
        if properties["Phase"] == name
    ]
    return found, template.body["Resources"][found]


def functions(template: Template) -> set[str]:
    """Return the logical ids of all functions but the migrator."""
    return {
        logical_id
        for logical_id, properties in template.of_type("AWS::Lambda::Function").items()
        if not properties["FunctionName"].endswith("-migrator")
    }


def test_every_function_is_updated_after_what_adds(template: Template) -> None:
    before, _ = phase(template, "pre")

    for function in functions(template):
        assert before in template.body["Resources"][function]["DependsOn"]


def test_what_removes_waits_for_every_function(template: Template) -> None:
    _, after = phase(template, "post")

    assert functions(template) <= set(after["DependsOn"])


def test_the_migrator_itself_waits_for_no_migration(template: Template) -> None:
    phases = set(template.of_type("Custom::Migrations"))
    (migrator,) = set(template.of_type("AWS::Lambda::Function")) - functions(template)

    assert not phases & set(as_list(template.body["Resources"][migrator]["DependsOn"]))


def test_a_lost_answer_is_not_waited_for_by_the_hour(template: Template) -> None:
    for properties in template.of_type("Custom::Migrations").values():
        assert template.function("migrator")["Timeout"] < int(properties["ServiceTimeout"]) < 1000


def test_a_migration_is_never_tried_a_second_time(template: Template) -> None:
    (migrator,) = set(template.of_type("AWS::Lambda::Function")) - functions(template)
    (config,) = [
        (logical_id, properties)
        for logical_id, properties in template.of_type("AWS::Lambda::EventInvokeConfig").items()
        if properties["FunctionName"] == {"Ref": migrator}
    ]

    assert config[1]["MaximumRetryAttempts"] == 0
    for name in ("pre", "post"):
        assert config[0] in phase(template, name)[1]["DependsOn"]


def test_cloudformation_calls_for_a_phase_when_one_of_its_files_is_new(template: Template) -> None:
    _, before = phase(template, "pre")
    _, after = phase(template, "post")

    assert before["Properties"]["Files"] != after["Properties"]["Files"]
