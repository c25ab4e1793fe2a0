"""Output formats, one file each; the file's name is the value of --format."""
