"""What is asked: model turns of splits and of public test sets."""
