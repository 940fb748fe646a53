"""The one exception that means "what you gave can't be used". Bugs and failures of machines are not here."""


class InputError(ValueError):
    """A file, option or field that can't be used as it is.

    The message is one line: it names the file or field, what is wrong and what is allowed. The command line prints
    it and exits with 2; the service answers 422.
    """
