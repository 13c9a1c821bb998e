"""What customers say: comments read, counted, and held beside what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback import remarks
from crm_analysis.analyses.feedback.aspects import (
    aspect_table,
    count_aspects,
    find_clauses,
    suggest_nouns,
)
from crm_analysis.analyses.feedback.keywords import COLUMNS, WordCounts, contrast
from crm_analysis.analyses.feedback.labels import NEGATIVE, POSITIVE, labels_of
from crm_analysis.analyses.feedback.language import languages
from crm_analysis.analyses.feedback.mixes import left, mix_of
from crm_analysis.analyses.feedback.months import count_months
from crm_analysis.analyses.feedback.options import FeedbackOptions
from crm_analysis.analyses.feedback.plain_text import plain_texts
from crm_analysis.analyses.feedback.result import Feedback
from crm_analysis.analyses.feedback.sentiment import (
    Sentiment,
    Texts,
    read_sentiment,
)
from crm_analysis.analyses.feedback.status import (
    READ_STATUS,
    content,
    key_of,
    statuses,
)
from crm_analysis.analyses.feedback.topics import (
    FEWEST,
    OTHER,
    Topics,
    find_topics,
    no_topics,
)
from crm_analysis.analyses.feedback.words import tokens
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.tables.kinds import require

OURS = ("language", "status", "sentiment", "negative", "topic")
_AT_ONCE = 10_000  # comments between two reports of progress
_FEWEST_IN_MONTH = 10


@dataclass(frozen=True, eq=False)
class _Comments:
    """All comments in one form, and which of them are read."""

    raw: list[str]
    texts: list[str]
    tokens: list[list[str]]
    contents: list[list[str]]
    languages: list[str]
    groups: np.ndarray
    status: np.ndarray
    rows: np.ndarray  # of those that are read
    cut: int
    mojibake: int

    def read(self) -> Texts:
        return Texts(
            [self.texts[row] for row in self.rows],
            [self.tokens[row] for row in self.rows],
            [self.languages[row] for row in self.rows],
            self.groups[self.rows],
        )


def read_feedback(
    feedback: pd.DataFrame,
    options: FeedbackOptions | None = None,
    *,
    orders: pd.DataFrame | None = None,
    customers: pd.DataFrame | None = None,
    progress: Progress = no_progress,
) -> Feedback:
    """What customers say, how many of them, about what, and what changed.

    Sentiment is learnt from labels or stars where there are enough of them: logistic regression on
    TF-IDF of characters and words, out of fold. With fewer it is read by the meaning, where the
    extra `meaning` is installed, else by a lexicon; these put comments in order, and a share is
    only said once a card of them is labelled (`comments_to_label`).

    Parameters
    ----------
    feedback : pandas.DataFrame
        A row a comment: text; customer, date, rating (or csat), product, channel where known;
        label ("negative" or "positive") where somebody said it.
    options : FeedbackOptions, optional
        What is taken for a label, by which method comments are read.
    orders : pandas.DataFrame, optional
        product: names that are one word each.
    customers : pandas.DataFrame, optional
        customer; churned and segment where known.
    progress : callable, optional
        Told how far it is.

    Returns
    -------
    Feedback
        `.comments`, `.topics`, `.keywords`, `.aspects`, `.months`, `.quality`, `.rung`.

    Raises
    ------
    AnalysisError
        "data.missing_role" without text; "feedback.no_rows"; "feedback.no_column".

    Examples
    --------
    >>> texts = ["送餐快但是难吃", "Not good, and late", "Great taste, fast delivery", "好吃不贵"]
    >>> read = read_feedback(pd.DataFrame({"text": texts}), FeedbackOptions(meaning=False))
    >>> read.rung, read.comments["sentiment"].tolist()
    ('lexicon', ['', '', 'positive', 'positive'])
    >>> read.clauses[["clause", "aspect", "sentiment"]].head(2).values.tolist()
    [['送餐快', 'delivery', 'positive'], ['难吃', 'quality', 'negative']]
    """
    options = options or FeedbackOptions()
    require(feedback, "text")
    feedback = feedback.loc[:, ~feedback.columns.duplicated()]
    if not len(feedback):
        raise AnalysisError("feedback.no_rows")
    if options.label and options.label not in feedback.columns:
        raise AnalysisError("feedback.no_column", column=options.label)
    products = _products(feedback, orders)
    comments = _prepare(feedback, products, progress)
    negative, source = labels_of(feedback, options.label)
    progress(0.3, "feedback.step.sentiment")
    rows = comments.rows
    read = comments.read()
    sentiment = read_sentiment(
        read, negative[rows], options, part_of(progress, 0.3, 0.6)
    )
    contents = [comments.contents[row] for row in rows]
    topics = no_topics(len(rows))
    if len(rows) >= FEWEST:
        topics = find_topics(contents, options, part_of(progress, 0.6, 0.9))
    progress(0.9, "feedback.step.aspects")
    aspects = list(options.aspects) or list(
        aspect_table().itertuples(index=False, name=None)
    )
    clauses = find_clauses(read.texts, aspects, sentiment, products)
    name, mix, weights = mix_of(feedback, customers, options)
    dates = _dates(feedback)
    reached = [
        *remarks.of_statuses(
            comments.status, comments.groups, comments.cut, comments.mojibake
        ),
        *remarks.of_labels(read, negative[rows], source, feedback),
        *sentiment.notes,
    ]
    return Feedback(
        comments=_table(feedback, comments, sentiment, topics),
        topics=_topic_table(comments, sentiment, topics, options.coverage),
        keywords=_keywords(
            contents, sentiment, dates, left(feedback, customers), rows
        ),
        clauses=clauses.assign(
            row=feedback.index[rows[clauses["row"].to_numpy(dtype=int)]]
        ),
        aspects=count_aspects(
            clauses,
            [aspect for aspect, _ in aspects],
            sentiment.called is not None,
            options.coverage,
        ),
        suggested=suggest_nouns(contents, read.tokens, aspects),
        months=count_months(
            dates.iloc[rows].reset_index(drop=True),
            sentiment,
            None if mix is None else mix.iloc[rows].reset_index(drop=True),
            weights,
            options.coverage,
        ),
        quality=sentiment.quality,
        rung=sentiment.rung,
        sentence=remarks.of_rung(sentiment, source),
        negative_share=sentiment.share(np.arange(len(rows)), options.coverage),
        mix=name,
        notes=tuple(reached),
        options=options,
    )


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a part, told as that of the whole."""
    return lambda share, step: progress(start + (end - start) * share, step)


def _products(
    feedback: pd.DataFrame, orders: pd.DataFrame | None
) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for table in (feedback, orders):
        if table is not None and "product" in table.columns:
            names.update(dict.fromkeys(table["product"].dropna().astype(str)))
    return tuple(names)


def _prepare(
    feedback: pd.DataFrame, products: Sequence[str], progress: Progress
) -> _Comments:
    raw = [value if isinstance(value, str) else "" for value in feedback["text"]]
    texts: list[str] = []
    cut: list[list[str]] = []
    long, wrong = 0, 0
    for start in range(0, len(raw), _AT_ONCE):
        progress(0.3 * start / len(raw), "feedback.step.words")
        plain = plain_texts(raw[start : start + _AT_ONCE])
        texts += plain.texts
        cut += tokens(plain.texts, products)
        long, wrong = long + sum(plain.cut), wrong + sum(plain.mojibake)
    contents = [content(words) for words in cut]
    spoken = languages(texts)
    keys = [key_of(text) for text in texts]
    who = feedback["customer"] if "customer" in feedback.columns else None
    status = statuses(keys, spoken, contents, who)
    groups, _ = pd.factorize(pd.Series(keys, dtype=object))
    rows = np.flatnonzero(status == READ_STATUS)
    return _Comments(
        raw, texts, cut, contents, spoken, groups, status, rows, long, wrong
    )


def _dates(feedback: pd.DataFrame) -> pd.Series:
    if "date" not in feedback.columns:
        return pd.Series(pd.NaT, index=range(len(feedback)), dtype="datetime64[ns]")
    dates = pd.to_datetime(
        feedback["date"], errors="coerce", utc=True, format="mixed"
    )
    return dates.dt.tz_localize(None).reset_index(drop=True)


def _table(
    feedback: pd.DataFrame,
    comments: _Comments,
    sentiment: Sentiment,
    topics: Topics,
) -> pd.DataFrame:
    rows, count = comments.rows, len(feedback)
    said = np.full(count, "", dtype=object)
    said[rows] = sentiment.sentiment
    chance = np.full(count, np.nan)
    chance[rows] = sentiment.negative
    topic = np.full(count, "", dtype=object)
    if topics.words:
        names = np.array([*topics.names, OTHER], dtype=object)
        topic[rows] = names[topics.assigned]
    given = {name: f"{name}_given" for name in OURS if name in feedback.columns}
    return feedback.rename(columns=given).assign(
        language=np.array(comments.languages, dtype=object),
        status=comments.status,
        sentiment=said,
        negative=chance,
        topic=topic,
    )


def _topic_table(
    comments: _Comments, sentiment: Sentiment, topics: Topics, coverage: float
) -> pd.DataFrame:
    columns = [
        *("topic", "words", "comments", "share", "negative", "lo", "hi"),
        *("example_1", "example_2", "coherence", "stability", "stable"),
    ]
    if not topics.words:
        return pd.DataFrame({column: [] for column in columns})
    table = []
    for number in [*range(len(topics.words)), -1]:
        own = np.flatnonzero(topics.assigned == number)
        is_other = number < 0
        examples = [] if is_other else _examples(comments, topics.nearest[number])
        stability = np.nan if is_other else float(topics.stability[number])
        table.append(
            (
                OTHER if is_other else topics.names[number],
                "" if is_other else " · ".join(topics.words[number]),
                len(own),
                len(own) / len(topics.assigned),
                *sentiment.share(own, coverage),
                *([*examples, "", ""])[:2],
                np.nan if is_other else float(topics.coherence[number]),
                stability,
                is_other or stability >= 0.5,
            )
        )
    return pd.DataFrame(table, columns=columns)


def _examples(comments: _Comments, nearest: np.ndarray) -> list[str]:
    """The nearest comments, as they were written; no two that are the same."""
    examples: dict[int, str] = {}
    for position in nearest:
        row = comments.rows[position]
        examples.setdefault(int(comments.groups[row]), comments.raw[row])
        if len(examples) == 2:
            break
    return list(examples.values())


def _keywords(
    contents: Sequence[Sequence[str]],
    sentiment: Sentiment,
    dates: pd.Series,
    churned: np.ndarray,
    rows: np.ndarray,
) -> pd.DataFrame:
    counts = WordCounts(contents)
    said = sentiment.sentiment
    parts = [
        contrast(
            counts,
            "negative",
            (NEGATIVE, POSITIVE),
            said == NEGATIVE,
            said == POSITIVE,
        )
    ]
    months = dates.iloc[rows].dt.to_period("M")
    volume = months.value_counts()
    often = volume[volume >= _FEWEST_IN_MONTH]
    if len(often) > 1:
        last = often.index.max()
        this, before = (months == last).to_numpy(), (months < last).to_numpy()
        parts.append(contrast(counts, "month", ("this", "before"), this, before))
    gone = churned[rows]
    parts.append(
        contrast(counts, "churned", ("left", "stayed"), gone == 1, gone == 0)
    )
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0][COLUMNS]


def comments_to_label(feedback: Feedback, count: int = 50) -> pd.DataFrame:
    """A card of comments to label by hand, drawn by chance from those that were read.

    Put what was said into a column `label` ("negative" or "positive") of the table the comments
    were read from, and read them again: shares are then said, corrected by how often the reading
    was right (Rogan and Gladen 1978).

    Parameters
    ----------
    feedback : Feedback
        From `read_feedback`.
    count : int
        How many; no text twice.

    Returns
    -------
    pandas.DataFrame
        The comments' own columns with `language`, `sentiment` and `topic`, its index kept.

    See Also
    --------
    read_feedback : that reads them again.
    """
    read = feedback.comments[feedback.comments["status"] == READ_STATUS]
    distinct = read.loc[~read["text"].duplicated()]
    rng = np.random.default_rng(feedback.options.seed)
    chosen = rng.permutation(len(distinct))[:count]
    return distinct.iloc[np.sort(chosen)]
