"""What language models answer to probes: answer states, and probabilities of subjects."""
