"""Cities that misbehave, each in a way that has a name, beside nine good ones."""
