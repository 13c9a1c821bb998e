"""Brands or categories: how many buy them, how often, and how loyally, by the NBD-Dirichlet."""

from crm_analysis.analyses.strategy.brands.buying import (
    Buying as Buying,
    BuyingOptions as BuyingOptions,
    brand_buying as brand_buying,
)
from crm_analysis.analyses.strategy.brands.fit import (
    BrandModel as BrandModel,
    fit_nbd_dirichlet as fit_nbd_dirichlet,
)
