"""The node on the web: linked data, search, feed, queries and pages. The one owner of aiohttp."""
