"""The web hub: what the engines do becomes what people do. Django, thin over the same engines as the shell.

One app per room, each a corridor between people and an engine:

    policy/    decide(subject, action, thing, context) -> (allowed, reason): pure, over data tables, no Django
    people/    accounts, organisations, roles, invitations, tokens; who asks (`asker`)
    records/   the registry's nouns as database models, generated; rows -> Registry snapshot (`adapt`), who may see what
    jobs/      work enqueued in the business transaction, done by the worker
    exchange/  workbooks in (dry run, faults, undo by batch) and out (xlsx, csv, json)
    listings/  needs, achievements, scenarios, platforms: draft -> review -> published -> expired; search, feeds
    matches/   ranked with reasons, interest from both sides, click-NDA, rounds, appeals
    experts/   who judges which listing, what they said, and conflicts of interest that close it to them
    briefs/    policy documents read in, briefs with their sources, follows and digests, corrections, claims
    care/      the log of what happened, health, backup and restore
    api/       the same under OpenAPI
    look/      base page, style, components, the template tags that speak the catalogue's words

An app imports `policy`, `people`, `records`, `jobs`, `care`, `look` below it, and the engines; never the views of a
neighbour.
"""
