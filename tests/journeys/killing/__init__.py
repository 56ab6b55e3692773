"""Five nodes under continuous publication, and a killer among them."""
