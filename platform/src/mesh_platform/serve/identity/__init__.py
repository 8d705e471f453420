"""Identity and policy: who asks, what they may see, how much of it, and that it is written down."""
