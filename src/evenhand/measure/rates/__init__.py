"""Selection and scoring rates of groups: ratios, exact tests, intervals and what chance does."""
