"""The page of a run: what its folder holds, as one HTML file that needs nothing else."""
