"""The node on the web: linked data, search, feed, queries and pages. Only this package knows aiohttp."""
