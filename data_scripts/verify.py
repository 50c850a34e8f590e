"""Compare prepared sets with their manifests and with the counts that the paper publishes."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "verify")
