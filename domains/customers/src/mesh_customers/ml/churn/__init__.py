"""Who will not buy in the next 60 days, what that puts at risk, and whom to address about it."""
