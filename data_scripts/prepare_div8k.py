"""Make the paper's test sets from DIV8K 1201-1500: Test2K, Test4K, Test8K, Test8K_2K, Test8K_4K."""

from classsr.cli.main import script

if __name__ == "__main__":
    script("data", "div8k")
