"""What records mean, as vectors: found by what was meant, in another language than it was written.

A small multilingual model, from the extra `semantic`, turns texts into vectors; those of two texts
that mean the same lie near each other, in whatever of its languages they are. No outside service is
asked. The vectors are a view of the journal like the others, with a position of its own: it may be
deleted at any time and is made again. It is brought forward in the background, so a record is found
by its words at once and by its meaning a little later. Without the extra, or where it is switched
off, search finds by words and concepts, and says so.

- `telling` says by which texts a record is known, without any library;
- `embedding` has a worker process read them: strangers wrote them, and the model takes 150 MB;
- `vectors` keeps what came of it, and finds what lies near;
- `following` brings all that together: what the node asks.
"""
