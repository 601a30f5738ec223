"""The hub under OpenAPI, with the visibility of the pages and through the same functions.

door         who comes (a token, or a session with its CSRF), how often; every refusal as a problem
problems     RFC 9457: what went wrong, in the reader's language, with each fault at its field
routes       the table of operations: `routes()` lists each with its scope, a test walks it
schemas      the nouns' columns as pydantic models, made at start-up
records      a record as one asker reads it, with its ETag; lists by signed cursors
given        a draft in JSON to what a form would have sent, so that both are read by the same converters
once         Idempotency-Key: the same request twice is done once
operations/  the operations themselves, by room
description  the OpenAPI document; `pages` shows it as a page
"""
