"""Work enqueued in the business transaction and done by the worker, surviving `kill -9`.

    tasks      `@task("exchange.store")` names a function that the worker may run; an app keeps its own in `work.py`
    queue      `enqueue`, `cancel`, `retry`: rows of the table, in the caller's transaction
    claiming   a worker takes a job's lease; a lease that ran out is taken by another try
    running    what a task is given: steps that are never repeated, progress, cancelling
    worker     the loop, its heartbeat, and how a try ends
    views      the list, one job with its progress, cancel, retry

A task may be started again after any `kill -9`, so what it does belongs into steps: a step's effects and the note
that it is done are one transaction, guarded by the number of the try.
"""
