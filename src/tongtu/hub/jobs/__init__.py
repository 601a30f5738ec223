"""Work enqueued in the business transaction and done by the worker, surviving `kill -9`."""
