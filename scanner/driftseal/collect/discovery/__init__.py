"""Finding the parts that AI is made of, in the files of a project."""
