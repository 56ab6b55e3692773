"""What a process of the node that runs for long says of its work: on stderr, with the time."""

import logging


def log_to_stderr() -> None:
    """Let the log of this process go to stderr, without the libraries' every step."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    for noisy in ("httpx", "httpcore"):
        logging.getLogger(noisy).setLevel("WARNING")
    logging.getLogger("apscheduler").setLevel("ERROR")  # a skipped tick is no news
