"""The one family of errors that a user can cause."""


class ClassSRError(Exception):
    """What went wrong and what to do about it, in one line.

    The command line prints the message without a traceback and exits with status 1.
    The message names the file or key, what was expected and what was found.
    """
