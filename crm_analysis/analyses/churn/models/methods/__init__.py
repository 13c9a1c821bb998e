"""The methods of predicting churn: a file each, and an entry here."""

from crm_analysis.analyses.churn.models.method import Method
from crm_analysis.analyses.churn.models.methods import (
    forest,
    hist_gradient_boosting,
    linear_svm,
    logistic,
    mlp,
    naive_bayes,
    one_rule,
    rbf_svm,
    tree,
    xgboost,
)

__all__ = ["METHODS"]

METHODS: dict[str, Method] = {
    module.METHOD.name: module.METHOD
    for module in (
        naive_bayes,
        logistic,
        tree,
        linear_svm,
        xgboost,
        hist_gradient_boosting,
        forest,
        rbf_svm,
        mlp,
        one_rule,
    )
}
