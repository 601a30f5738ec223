"""Workers of the commands about cases."""
