"""What runs a job instance."""
