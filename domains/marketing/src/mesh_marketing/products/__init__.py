"""What the marketing team publishes: one file a product."""
