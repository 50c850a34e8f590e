"""The machine: processors, files, signals, threads, processes, devices."""
