"""What engines that run jobs in containers share."""
