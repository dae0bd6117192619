"""Takes what the queues gave up: nothing that was accepted ends without a reason."""
