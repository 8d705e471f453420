"""What the inventory team publishes: one file a product."""
