"""How good the models are on real data, beside published figures and simple baselines."""
