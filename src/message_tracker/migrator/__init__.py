"""The migrator: brings the schema to what a deployment's code needs, as part of the deployment."""
