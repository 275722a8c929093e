"""What the layer must not cost: facts, answers that a text gives, and prose."""
