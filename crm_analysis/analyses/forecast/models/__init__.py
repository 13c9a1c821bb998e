"""Every model a person can choose: a history goes in; mean and spread come out.

To add a model:

1. Write a file here with a function of the model's name: `def holt(task: Task) -> ModelFit`. It
   takes all it needs from the task, raises a ValueError where it cannot be fitted, and loads
   heavy libraries inside the function.
2. Add its entry to `registry.REGISTRY`: the file, the fewest points it takes and, where it
   differs from others, how it treats long histories, logarithms and covariates.
3. Give it a name in both languages in presentation/phrases/forecast.toml, under `[model]`.

Options, menus, back-tests and tests read the registry. What "auto" combines is decided in
`backtesting.prepared`.
"""
