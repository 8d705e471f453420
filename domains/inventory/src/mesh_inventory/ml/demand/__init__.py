"""The demand forecast: what customers will ask for, sku by sku, at every store and on the web."""
