"""The ``checkout`` step: the user's checkout as the job's own repository."""
