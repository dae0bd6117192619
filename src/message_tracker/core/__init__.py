"""What the Lambdas share: the domain, its ports, Postgres and AWS."""
