"""The ports' boto3 adapters."""
