"""`python -m message_tracker.cli` is `message-tracker`."""

from message_tracker.cli.main import app

if __name__ == "__main__":
    app()
