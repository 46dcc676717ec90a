"""`python -m gongkai.run`: the command line."""

from gongkai.run.cli import main

if __name__ == "__main__":
    main()
