"""What the sales team publishes: one file a product."""
