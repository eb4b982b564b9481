"""What a customer wants: terms of a message, classifiers over them, and what lies outside."""
