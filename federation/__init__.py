"""How cities speak: signed members, feeds, fetching, judging, harvesting and peers."""
