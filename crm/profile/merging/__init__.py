"""Two profiles of one person become one, and two again if that was wrong; nothing is destroyed."""
