"""What cities say: the model of an urban experiment, as files and the little Python around them."""
