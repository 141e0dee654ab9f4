"""What the program does to tell people something."""
