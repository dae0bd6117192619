"""The AWS stack of Message Tracker, by CDK."""
