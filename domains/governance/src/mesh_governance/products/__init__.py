"""What the governance team publishes: one file a product."""
