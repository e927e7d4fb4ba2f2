"""Start of the command ``complimits``, also as ``python -m computational_limits``."""

import signal


def main() -> None:
    """Run the command; an interrupt while it still loads ends it as quietly as a later one."""
    try:
        from computational_limits.cli import app

        app()
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None


if __name__ == "__main__":
    main()
