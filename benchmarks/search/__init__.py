"""How well search finds: questions with graded answers over the records of the example cities."""
