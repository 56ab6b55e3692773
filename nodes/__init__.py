"""One city: its journal, views, web application and command line."""
