"""Evolutionary search: fronts of several objectives, or the least of one."""

from crm_analysis.analyses.strategy.evolution.dominance import (
    dominates as dominates,
    hypervolume as hypervolume,
)
from crm_analysis.analyses.strategy.evolution.evolve import evolve as evolve
from crm_analysis.analyses.strategy.evolution.options import (
    EvolveOptions as EvolveOptions,
    Optimum as Optimum,
)
