"""The webhook dispatcher: calls back whoever wants to know what became of a message."""
