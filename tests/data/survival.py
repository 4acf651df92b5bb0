"""Prints the Kaplan-Meier estimates of lifelines for samples that are the same every time, as CSV.

    pip install lifelines==0.30.3 && python3 tests/data/survival.py > tests/data/survival.csv

The committed numbers were made with Python 3.11.7, lifelines 0.30.3 and numpy 2.4.6. A row is an instant of a case: so
many samples ended there, so many were cut off; then come what lifelines makes of it: the samples at risk, the share
that takes longer, and its 95 % bounds (Greenwood's variance, log-log transform).
"""

import csv
import random
import sys

from lifelines import KaplanMeierFitter


def cases():
    """Each case with its samples: a time in whole units, and whether it ended there or was cut off."""
    draw = random.Random(1)
    yield "two_samples", [(3, True), (7, True)]
    yield "nothing_cut_off", [(draw.randint(1, 400), True) for _ in range(300)]
    yield "every_tie", [(draw.randint(1, 8), draw.random() < 0.6) for _ in range(200)]
    yield "cut_off_at_any_time", [(draw.randint(1, 900), draw.random() < 0.5) for _ in range(500)]
    latencies = [int(draw.lognormvariate(3, 1)) + 1 for _ in range(2000)]
    yield "cancelled_at_50", [(min(took, 50), took <= 50) for took in latencies]
    ages = [draw.randint(1, 300) for _ in range(1000)]
    yield "in_flight", [(min(took, age), took <= age) for took, age in zip(latencies, ages)]
    yield "all_cut_off", [(draw.randint(1, 20), False) for _ in range(40)]


def rows(samples):
    """What lifelines makes of the samples, instant by instant."""
    fitter = KaplanMeierFitter(alpha=0.05).fit([at for at, _ in samples], [ended for _, ended in samples])
    bounds = fitter.confidence_interval_
    for at, event in fitter.event_table.iterrows():
        if at > 0:
            estimates = [fitter.survival_function_.loc[at].iloc[0], *bounds.loc[at]]
            counts = [event["observed"], event["censored"], event["at_risk"]]
            yield [int(at), *map(int, counts), *(f"{estimate:.15g}" for estimate in estimates)]


if __name__ == "__main__":
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["case", "at", "ended", "censored", "at_risk", "longer", "low", "high"])
    for name, samples in cases():
        out.writerows([name, *row] for row in rows(samples))
