"""Messages over all channels while processes are killed at random: `make chaos`."""
