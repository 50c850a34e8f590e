"""python -m classsr: the command line."""

from classsr.cli.main import main

if __name__ == "__main__":
    main()
