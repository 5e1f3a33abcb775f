"""Run a CircleCI workflow on this machine, from the config that CircleCI itself runs."""
