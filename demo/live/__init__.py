"""The exercise played through the running pipeline: the board that shows it, and the account that is given after."""
