"""Measurements: ours beside a named peer in the same run. Each module `bench/NAME.py` has one `run`.

    run(data, quick, progress) -> {"figures": {name: number}, "goals": {name: number}, "rows": [...]}

`figures` are single numbers by name; `goals` the numbers to reach, by the same names; `rows` lists instances
where there are many. The harness adds versions, seed and machine, and writes `bench/results/NAME.json`.
"""
