"""The API as whoever calls it sees it, by a URL and a key: operators, and the canary."""
