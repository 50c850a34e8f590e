"""Compare what the backends compute: python scripts/agreement.py -opt options/test.yml"""

from classsr.cli.main import script

if __name__ == "__main__":
    script("parity")
