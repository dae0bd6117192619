# `make help` lists what there is. Longer things are `python -m` modules with tests, not shell.
.DEFAULT_GOAL := help
PYTHON ?= python3
STAGE ?= dev
PY := .venv/bin/python
UV := .venv/bin/uv
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup demo up fmt lint test test-fast check migrate build synth bare-synth snapshot deploy destroy rehearse test-previous lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready ## make .venv from the lock files (done by the other targets when needed)

.venv/.ready: requirements/bootstrap.txt requirements/dev.txt requirements/emulator.txt requirements/node.txt pyproject.toml scripts/setup.py
	@$(PYTHON) scripts/setup.py

demo: .venv/.ready ## send a real campaign through the whole stack on this machine; exit 0 only if the books balance
	@$(PY) -m message_tracker.cli local demo

up: .venv/.ready ## the same stack, kept running: URLs, an API key and a working curl
	@$(PY) -m message_tracker.cli local up

fmt: .venv/.ready ## format and fix what ruff can
	@ruff format . && ruff check --fix .

lint: .venv/.ready ## format, lint, types, import contracts, migrations, spelling
	@ruff format --check . && ruff check . && mypy && lint-imports --no-cache \
	  && squawk src/message_tracker/core/store/sql/migrations/*.sql && codespell

test: .venv/.ready ## the whole test suite, with its coverage
	@coverage erase && coverage run -m pytest --numprocesses=2 --dist=loadscope \
	  && coverage combine --quiet && coverage report

test-fast: .venv/.ready ## unit and contract tests only
	@$(PY) -m pytest tests/unit tests/contract

test-previous: .venv/.ready ## the last release's own tests on the present schema
	@$(PY) scripts/previous_release.py

check: lint test ## what CI runs

migrate: .venv/.ready ## bring the database of MT_DATABASE_URL to the present schema
	@message-tracker migrate

build: .venv/.ready ## the Lambda asset for AWS (arm64), without Docker
	@$(PY) -m infra.bundling

synth: .venv/.ready ## the CloudFormation template of STAGE in cdk.out, without Docker
	@$(PY) -m infra.synth --stage $(STAGE)

bare-synth: .venv/.ready ## synth prod from a fresh clone that sees neither node nor Docker (installs from PyPI)
	@$(PY) -m scripts.bare_machine

snapshot: .venv/.ready ## rewrite the committed template snapshot
	@$(PY) -m pytest tests/infra/test_snapshot.py --rewrite-snapshot

deploy: .venv/.ready ## deploy STAGE into the AWS account of your credentials
	@$(PY) -m infra.deploy --stage $(STAGE)

destroy: .venv/.ready ## remove STAGE from the AWS account; data stays unless DELETE_DATA=1
	@$(PY) -m infra.destroy --stage $(STAGE) $(if $(DELETE_DATA),--delete-data)

rehearse: .venv/.ready ## deploy, update while messages flow, and destroy by the CDK CLI, on the emulator (needs npx)
	@$(PY) -m scripts.rehearse

lock: .venv/.ready ## rewrite requirements/*.txt from pyproject.toml (releases older than a week only)
	@$(PY) scripts/lock.py

clean: ## remove what was built; .venv stays
	@rm -rf build cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
