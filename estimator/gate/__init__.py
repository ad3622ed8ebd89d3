"""What CI asks: does it pass, did it grow, what changed, which board holds it."""
