"""What can be said of one text by itself: hidden characters, look-alike letters, whether it reads as words."""
