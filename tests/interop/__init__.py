"""Our feed read by software that others wrote."""
