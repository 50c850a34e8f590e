"""What an option file may say: typed, frozen models of its sections."""
