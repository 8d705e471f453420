"""What the customers team publishes: one file a product."""
