"""`python -m earshot`, and the command `earshot`."""

import signal

IS_DEFAULT = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where a shell has it ignored
if IS_DEFAULT:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while the libraries load ends it without a traceback

from earshot.cli import main  # noqa: E402

if IS_DEFAULT:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if __name__ == "__main__":
    main()
