"""Customer analytics: a file goes in, a decision a manager can act on comes out.

From a file to a table one can trust:
    read_table → RawTable     the file as text: encoding, delimiter, header, what is no row
    guess_roles → Roles       the kind of table, and which column is what
    clean → Cleaned           a typed table, every change accounted for
    describe_customers        a row a customer as of a day; summarise_customers says what is
        left out, customer_card shows one of them, customer_groups who is best or lost

Which kinds of customers there are:
    segment → Segments        RFM, k-means, DBSCAN, HDBSCAN, Gaussian mixture, agglomerative;
        segment_names says them in a language; ready_rfm of a table that has RFM

What is bought together, and what to offer next:
    find_rules → Rules        exact rules by Eclat, Apriori or FP-Growth; estimate_rules beforehand
    offer_bundles, next_products, find_sequences, compare_groups

What customers are worth, and will be:
    business_state            how the business is today; what_changed (of the same_days), and why
    estimate_value → Value    what each customer will bring, and how sure that is
        fit_value and estimate_from_fit part the fit from the question; value_ranges
    purchase_summary          what the models learn from: fit_bgnbd, fit_mbgnbd, fit_pareto_nbd,
        fit_bgbb (with purchase_chances), fit_gamma_gamma; fit_sbg and estimate_contracts
    tiers, movement, cohorts, value_drivers, first_order_attributes
    scores                    of customer_dimensions; rfm_scores, ahp_weights, entropy_weights

How much will be wanted, of what, when:
    demand                    orders as figures by day, week or month; measure_demand says more
    forecast → Forecast       with back-test, intervals, and the model chosen; score_forecast
    decompose, find_anomalies, reconcile, with_total, with_segments, orders_per_customer
    replenish, scenario, override, new_product, forecast_to_keep

Who is leaving, why, and whom it pays to keep:
    churn_examples            what was known of each customer, and whether they then left;
        propose_window, current_customers
    predict_churn → Churn     risks with honest scores; save_model, open_model, drift
    reasons_for, reasons_of, importance, readable_tree, what_if, best_changes, survival
    plan_campaign, list_to_contact

What contacts bring, whom to contact, when and how often:
    contact_summary           what was sent and what came back; best_time, contact_pressure
    plan_test, assign_arms    how many a test needs, who is in which arm; ReadBackCard, read_card
    read_test → TestReading   did it work; campaign_result in customers and money;
        measure_campaign of a list that was acted on
    uplift → Uplift           whom a contact changes; whom_to_contact

What customers say, in English and Chinese, how good scores are, and whom they lose us:
    read_feedback → Feedback  sentiment, topics, keywords, aspects, months; words of a text;
        comments_to_label is a card to label by hand
    survey_scores             with intervals; customer_satisfaction, feedback_and_value beside

Who gets which action, under a budget:
    possible_actions          customers, actions and measured_effects joined; recent_contacts
    plan_actions → Plan       the exact plan, and what limits cost; why_customer, left_out,
        fairness_costs; service_levels; judge_plan, compare_methods before, read_back after
    pareto_front → Front      profit against cost, leavers, fatigue, reach
    allocate_budget           over channels with diminishing returns; evolve by NSGA-II and others
    share_cells               the next customers of a test; brand_buying and fit_nbd_dirichlet

write_report hands results on as HTML, PDF, slides or Excel, with names masked; pseudonymise (by a
new_key), anonymise and private_counts make tables of persons that may be given away.
Functions take tables and frozen options (FooOptions) and return frozen results: tables are fields,
headline numbers `.summary()`. What one can mend is an AnalysisError, a setting out of bounds a
ValueError; cancelled work raises Cancelled. `.sentence("zh")` words errors and Messages, `say` all.
"""

from __future__ import annotations

import ast
import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Threads that spin while they wait cost more than they bring on small machines; this must be said
# before NumPy and scikit-learn are loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The public names: the one list, for people, for type checkers, and (read below) for use.
if TYPE_CHECKING:
    from crm_analysis.analyses.baskets import (
        BasketOptions as BasketOptions,
        BundleOptions as BundleOptions,
        Bundles as Bundles,
        DifferenceOptions as DifferenceOptions,
        Differences as Differences,
        OfferOptions as OfferOptions,
        Offers as Offers,
        RuleEstimate as RuleEstimate,
        RuleOptions as RuleOptions,
        Rules as Rules,
        SequenceOptions as SequenceOptions,
        Sequences as Sequences,
        compare_groups as compare_groups,
        estimate_rules as estimate_rules,
        find_rules as find_rules,
        find_sequences as find_sequences,
        next_products as next_products,
        offer_bundles as offer_bundles,
    )
    from crm_analysis.analyses.churn import (
        CampaignPlan as CampaignPlan,
        Churn as Churn,
        ChurnOptions as ChurnOptions,
        MoneyOptions as MoneyOptions,
        RetentionList as RetentionList,
        RetentionListOptions as RetentionListOptions,
        RiskModel as RiskModel,
        Survival as Survival,
        SurvivalOptions as SurvivalOptions,
        WindowOptions as WindowOptions,
        best_changes as best_changes,
        churn_examples as churn_examples,
        current_customers as current_customers,
        drift as drift,
        importance as importance,
        list_to_contact as list_to_contact,
        open_model as open_model,
        plan_campaign as plan_campaign,
        predict_churn as predict_churn,
        propose_window as propose_window,
        readable_tree as readable_tree,
        reasons_for as reasons_for,
        reasons_of as reasons_of,
        save_model as save_model,
        survival as survival,
        what_if as what_if,
    )
    from crm_analysis.analyses.customers import (
        CustomerCard as CustomerCard,
        CustomerGroups as CustomerGroups,
        CustomerSummary as CustomerSummary,
        GroupOptions as GroupOptions,
        customer_card as customer_card,
        customer_groups as customer_groups,
        describe_customers as describe_customers,
        summarise_customers as summarise_customers,
    )
    from crm_analysis.analyses.engagement import (
        ArmOptions as ArmOptions,
        BestTime as BestTime,
        BestTimeOptions as BestTimeOptions,
        CampaignOptions as CampaignOptions,
        CampaignResult as CampaignResult,
        ContactList as ContactList,
        ContactListOptions as ContactListOptions,
        ContactOptions as ContactOptions,
        ContactPressure as ContactPressure,
        ContactSummary as ContactSummary,
        PressureOptions as PressureOptions,
        ReadBackCard as ReadBackCard,
        ReadTestOptions as ReadTestOptions,
        TestOptions as TestOptions,
        TestPlan as TestPlan,
        TestReading as TestReading,
        Uplift as Uplift,
        UpliftOptions as UpliftOptions,
        assign_arms as assign_arms,
        best_time as best_time,
        campaign_result as campaign_result,
        contact_pressure as contact_pressure,
        contact_summary as contact_summary,
        measure_campaign as measure_campaign,
        plan_test as plan_test,
        read_card as read_card,
        read_test as read_test,
        uplift as uplift,
        whom_to_contact as whom_to_contact,
    )
    from crm_analysis.analyses.feedback import (
        CustomerSatisfaction as CustomerSatisfaction,
        Feedback as Feedback,
        FeedbackAndValue as FeedbackAndValue,
        FeedbackOptions as FeedbackOptions,
        JoinOptions as JoinOptions,
        LoyaltyOptions as LoyaltyOptions,
        SurveyOptions as SurveyOptions,
        SurveyScores as SurveyScores,
        comments_to_label as comments_to_label,
        customer_satisfaction as customer_satisfaction,
        feedback_and_value as feedback_and_value,
        read_feedback as read_feedback,
        survey_scores as survey_scores,
        words as words,
    )
    from crm_analysis.analyses.forecast import (
        Anomalies as Anomalies,
        AnomalyOptions as AnomalyOptions,
        Decomposition as Decomposition,
        DecompositionOptions as DecompositionOptions,
        Demand as Demand,
        Forecast as Forecast,
        ForecastOptions as ForecastOptions,
        ForecastScore as ForecastScore,
        InventoryOptions as InventoryOptions,
        NewProductOptions as NewProductOptions,
        Reconciled as Reconciled,
        ReconcileOptions as ReconcileOptions,
        Replenishment as Replenishment,
        Scenario as Scenario,
        ScenarioOptions as ScenarioOptions,
        decompose as decompose,
        demand as demand,
        find_anomalies as find_anomalies,
        forecast as forecast,
        forecast_to_keep as forecast_to_keep,
        measure_demand as measure_demand,
        new_product as new_product,
        orders_per_customer as orders_per_customer,
        override as override,
        reconcile as reconcile,
        replenish as replenish,
        scenario as scenario,
        score_forecast as score_forecast,
        with_segments as with_segments,
        with_total as with_total,
    )
    from crm_analysis.analyses.overview import (
        Changes as Changes,
        same_days as same_days,
        what_changed as what_changed,
    )
    from crm_analysis.analyses.segments import (
        AgglomerativeOptions as AgglomerativeOptions,
        DBSCANOptions as DBSCANOptions,
        GaussianMixtureOptions as GaussianMixtureOptions,
        HDBSCANOptions as HDBSCANOptions,
        KMeansOptions as KMeansOptions,
        MiniBatchKMeansOptions as MiniBatchKMeansOptions,
        RFMOptions as RFMOptions,
        Segments as Segments,
        ready_rfm as ready_rfm,
        segment as segment,
        segment_names as segment_names,
    )
    from crm_analysis.analyses.strategy import (
        ActionOptions as ActionOptions,
        AllocateOptions as AllocateOptions,
        BrandModel as BrandModel,
        BudgetShares as BudgetShares,
        Buying as Buying,
        BuyingOptions as BuyingOptions,
        CellOptions as CellOptions,
        CellShares as CellShares,
        CompareOptions as CompareOptions,
        EffectOptions as EffectOptions,
        EvolveOptions as EvolveOptions,
        Front as Front,
        FrontOptions as FrontOptions,
        Honesty as Honesty,
        HonestyOptions as HonestyOptions,
        MethodComparison as MethodComparison,
        Optimum as Optimum,
        Plan as Plan,
        PlanOptions as PlanOptions,
        PossibleActions as PossibleActions,
        ReadBack as ReadBack,
        ReadBackOptions as ReadBackOptions,
        ServiceOptions as ServiceOptions,
        ServicePlan as ServicePlan,
        Why as Why,
        allocate_budget as allocate_budget,
        brand_buying as brand_buying,
        compare_methods as compare_methods,
        evolve as evolve,
        fairness_costs as fairness_costs,
        fit_nbd_dirichlet as fit_nbd_dirichlet,
        judge_plan as judge_plan,
        left_out as left_out,
        measured_effects as measured_effects,
        pareto_front as pareto_front,
        plan_actions as plan_actions,
        possible_actions as possible_actions,
        read_back as read_back,
        recent_contacts as recent_contacts,
        service_levels as service_levels,
        share_cells as share_cells,
        why_customer as why_customer,
    )
    from crm_analysis.analyses.value import (
        BusinessOptions as BusinessOptions,
        CohortOptions as CohortOptions,
        ContractOptions as ContractOptions,
        DriverOptions as DriverOptions,
        MovementOptions as MovementOptions,
        ScoreOptions as ScoreOptions,
        TierOptions as TierOptions,
        Value as Value,
        ValueOptions as ValueOptions,
        ahp_weights as ahp_weights,
        business_state as business_state,
        cohorts as cohorts,
        customer_dimensions as customer_dimensions,
        entropy_weights as entropy_weights,
        estimate_contracts as estimate_contracts,
        estimate_from_fit as estimate_from_fit,
        estimate_value as estimate_value,
        first_order_attributes as first_order_attributes,
        fit_bgbb as fit_bgbb,
        fit_bgnbd as fit_bgnbd,
        fit_gamma_gamma as fit_gamma_gamma,
        fit_mbgnbd as fit_mbgnbd,
        fit_pareto_nbd as fit_pareto_nbd,
        fit_sbg as fit_sbg,
        fit_value as fit_value,
        movement as movement,
        purchase_chances as purchase_chances,
        purchase_summary as purchase_summary,
        rfm_scores as rfm_scores,
        scores as scores,
        tiers as tiers,
        value_drivers as value_drivers,
        value_ranges as value_ranges,
    )
    from crm_analysis.errors import (
        AnalysisError as AnalysisError,
        Cancelled as Cancelled,
    )
    from crm_analysis.messages import (
        Message as Message,
    )
    from crm_analysis.presentation.report import (
        ReportOptions as ReportOptions,
        write_report as write_report,
    )
    from crm_analysis.privacy import (
        AnonymityOptions as AnonymityOptions,
        Anonymous as Anonymous,
        PrivacyBudget as PrivacyBudget,
        PrivacyOptions as PrivacyOptions,
        PrivateCounts as PrivateCounts,
        anonymise as anonymise,
        new_key as new_key,
        private_counts as private_counts,
        pseudonymise as pseudonymise,
    )
    from crm_analysis.tables.cleaning import (
        Cleaned as Cleaned,
        CleanOptions as CleanOptions,
        clean as clean,
    )
    from crm_analysis.tables.reading import (
        RawTable as RawTable,
        Reading as Reading,
        ReadOptions as ReadOptions,
        read_table as read_table,
    )
    from crm_analysis.tables.roles import (
        Roles as Roles,
        guess_roles as guess_roles,
    )
    from crm_analysis.wording import (
        say as say,
    )


def _homes() -> dict[str, str]:
    """In which module each public name lives."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    imports = next(node.body for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: str(statement.module)
        for statement in imports
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


_HOMES = _homes()


def __getattr__(name: str) -> Any:
    # Modules are loaded when first used, so that the app opens before scikit-learn is needed.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    verb = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = verb  # the next time it is found without asking
    return verb


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
