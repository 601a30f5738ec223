"""Policy briefs: documents read in, briefs on the shelf, what readers follow, their digests, corrections and claims.

    models     readings, briefs, tags, claims; follows, desks, what was sent; corrections; draft rules
    reading    uploads to briefs: what is taken, the work of the job, and what is kept of it
    shelf      which briefs somebody sees, in which order, narrowed by what
    page       a brief as its page shows it: sentences with their places, tables, corrections
    desk       follows and the digest of one reader, its mail and its feed
    claiming   forecasts held against what was measured since
    pack       the jurisdiction the briefs are written with
    mending    corrections proposed by readers and decided by whoever keeps the shelf

A brief belongs to the organisation that read its documents in: those of the operator are for every verified
organisation, those of another house are for this house alone.
"""
