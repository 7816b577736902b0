"""Compiled loops of the linear chain: hashed features, scores, forward and backward, best path.

Labels are 0 (outside) and, for kind k, 1 + 4k to 4 + 4k: begin, inside, end, single.
"""

from typing import Any

import numpy as np

from livelore.intelligence.compiled import compiled, compiled_loosely
from livelore.intelligence.text.codepoints import longest_of

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_FOLD = np.uint64(29)
_HALF = np.uint64(32)
_EDGES = 8
"""Values below this stand for what is before and after the text."""
_FAR = np.float32(-1e9)
EIGHT, SIGN = 8, 128
_BYTE, _QUARTER = np.uint64(8), np.uint64(0xFFFF)
_QUARTERS = np.uint64(0x00FF00FF00FF00FF)
TEMPLATES_MAX = 256
"""More could make a sum that does not fit into a quarter of a word."""


@compiled
def rows_of(columns: Any, begin: int, end: int, templates: Any, rows: Any) -> None:
    """Row of the weights of each template at each character of one text."""
    pairs, starts, shift = templates
    reach = max(1, np.abs(pairs[:, 1]).max())
    size = end - begin
    # what is before and after the text stands beside it, so that no place is outside
    codes = np.empty((columns.shape[1], size + 2 * reach), np.uint64)
    codes[:, :reach], codes[:, reach + size :] = np.uint64(2), np.uint64(4)
    codes[:, reach - 1], codes[:, reach + size] = np.uint64(1), np.uint64(3)
    for column in range(columns.shape[1]):
        for at in range(size):
            codes[column, reach + at] = np.uint64(columns[begin + at, column] + _EDGES)
    for template in range(len(starts) - 1):
        first = np.uint64(template + 1) * _MIX
        for at in range(size):
            value = first
            for pair in range(starts[template], starts[template + 1]):
                value = (value ^ codes[pairs[pair, 0], reach + at + pairs[pair, 1]]) * _STEP
                value ^= value >> _FOLD
            mixed = (value ^ (value >> _HALF)) * _MIX
            rows[at, template] = np.int64(mixed >> shift)


@compiled_loosely
def _scores(rows: Any, size: int, weights: Any, kept: Any, found: Any) -> None:
    for at in range(size):
        found[at] = 0
        for template in range(rows.shape[1]):
            if kept[at, template]:
                row = rows[at, template]
                for label in range(weights.shape[1]):
                    found[at, label] += np.float32(weights[row, label])


def packed(weights: Any) -> Any:
    """Weights of 8 bits with eight labels in each word of 64, for `decode`.

    Args:
        weights: int8, shape (n_rows, n_labels).

    Returns:
        uint64, shape (n_rows, an eighth of the labels, an even number): a byte is a weight and 128.
    """
    wide = np.pad(weights, ((0, 0), (0, -weights.shape[1] % (2 * EIGHT)))).view(np.uint8)
    return (wide ^ np.uint8(SIGN)).view("<u8").astype(np.uint64)


@compiled
def _packed_scores(rows: Any, size: int, weights: Any, worth: Any, found: Any) -> None:
    """The same of packed weights: four sums of whole numbers grow in the quarters of a word."""
    n_labels, n_templates = found.shape[1], rows.shape[1]
    for at in range(size):
        for word in range(0, weights.shape[1], 2):  # two at once: they lie side by side
            even, odd, even_next, odd_next = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
            for template in range(n_templates):
                row = rows[at, template]
                held, held_next = weights[row, word], weights[row, word + 1]
                even += held & _QUARTERS
                odd += (held >> _BYTE) & _QUARTERS
                even_next += held_next & _QUARTERS
                odd_next += (held_next >> _BYTE) & _QUARTERS
            for label in range(EIGHT * word, min(EIGHT * word + 2 * EIGHT, n_labels)):
                if label & EIGHT:
                    lanes = odd_next if label & 1 else even_next
                else:
                    lanes = odd if label & 1 else even
                total = np.int64((lanes >> np.uint64(8 * (label & 6))) & _QUARTER)
                found[at, label] = np.float32(total - SIGN * n_templates) * worth


@compiled_loosely
def _forward_backward(  # noqa: C901  (one loop; calls would be slower)
    powers: Any, size: int, moves: Any, back_moves: Any, before: Any, after: Any
) -> None:
    """Both passes, each row made to sum to a constant.

    ``powers`` are exponentials of the scores, shape (size, n_labels); ``moves`` those of the
    transitions, 0 where not allowed, ``back_moves`` the same transposed; the others are written.
    """
    n_labels = moves.shape[0]
    for label in range(n_labels):
        before[0, label] = powers[0, label] if moves[0, label] > 0 else np.float32(0)
        after[size - 1, label] = np.float32(1 if moves[label, 0] > 0 else 0)
    for at in range(size):
        if at:
            before[at] = 0
            for last in range(n_labels):
                mass = before[at - 1, last]
                if mass > np.float32(1e-12):
                    for label in range(n_labels):
                        before[at, label] += mass * moves[last, label]
            for label in range(n_labels):
                before[at, label] *= powers[at, label]
        before[at] /= before[at].sum() + np.float32(1e-30)
    for at in range(size - 2, -1, -1):
        after[at] = 0
        total = np.float32(1e-30)
        for label in range(n_labels):
            mass = powers[at + 1, label] * after[at + 1, label]
            if mass > np.float32(1e-12):
                for last in range(n_labels):
                    after[at, last] += mass * back_moves[label, last]
        for label in range(n_labels):
            total += after[at, label] * before[at, label]
        after[at] /= total


@compiled_loosely
def _exponentials(scores: Any, size: int) -> None:
    for at in range(size):
        top = scores[at].max()
        for label in range(scores.shape[1]):
            scores[at, label] = np.exp(scores[at, label] - top)


@compiled_loosely
def learn_once(  # noqa: C901, PLR0913  (one loop over what is held)
    columns: Any, bounds: Any, order: Any, gold: Any, templates: Any, state: Any, options: Any
) -> None:
    """One pass over the texts: gradient of the likelihood with cost, steps of AdaGrad by row.

    Args:
        columns: Shape (n_characters, n_columns).
        bounds: Of the texts, shape (n_texts + 1,).
        order: Texts as they come.
        gold: Labels, shape (n_characters,).
        templates: Pairs (column, offset), starts of each, shift of the hash.
        state: Weights, their squares by row, transitions, their squares, which are allowed.
        options: Rate, share of features left out, cost of a missed entity, seed.
    """
    weights, squares, moves, _, allowed = state
    rate, left_out, cost, seed = options
    np.random.seed(seed)
    n_labels, n_templates = weights.shape[1], len(templates[1]) - 1
    longest = longest_of(bounds)
    rows = np.empty((longest, n_templates), np.int64)
    kept = np.empty((longest, n_templates), np.bool_)
    scores = np.empty((longest, n_labels), np.float32)
    before = np.empty((longest, n_labels), np.float32)
    after = np.empty((longest, n_labels), np.float32)
    step = np.empty(n_labels, np.float32)
    for text in order:
        begin, size = bounds[text], bounds[text + 1] - bounds[text]
        if size == 0:
            continue
        rows_of(columns, begin, begin + size, templates, rows)
        for at in range(size):
            for template in range(n_templates):
                kept[at, template] = np.random.random() >= left_out
        _scores(rows, size, weights, kept, scores)
        _add_cost(scores, gold[begin : begin + size], cost)
        powers = _moves(moves, allowed)
        back = powers.T.copy()
        _exponentials(scores, size)
        _forward_backward(scores, size, powers, back, before, after)
        _learn_moves(scores, before, after, gold[begin : begin + size], powers, state, rate)
        for at in range(size):
            total = np.float32(1e-30)
            for label in range(n_labels):
                step[label] = before[at, label] * after[at, label]
                total += step[label]
            length = np.float32(0)
            for label in range(n_labels):
                step[label] /= total
                if label == gold[begin + at]:
                    step[label] -= np.float32(1)
                length += step[label] * step[label]
            if length < np.float32(1e-6):
                continue
            for template in range(n_templates):
                if kept[at, template]:
                    row = rows[at, template]
                    squares[row] += length
                    size_of_step = rate / np.sqrt(squares[row] + np.float32(1e-8))
                    for label in range(n_labels):
                        weights[row, label] -= size_of_step * step[label]


@compiled
def _moves(moves: Any, allowed: Any) -> Any:
    powers = np.zeros(moves.shape, np.float32)
    for last in range(len(moves)):
        for label in range(len(moves)):
            if allowed[last, label]:
                powers[last, label] = np.exp(moves[last, label])
    return powers


@compiled
def _add_cost(scores: Any, gold: Any, cost: Any) -> None:
    for at in range(len(gold)):
        for label in range(scores.shape[1]):
            if label != gold[at]:
                missed = label == 0
                scores[at, label] += cost if missed else np.float32(0.3) * cost


@compiled_loosely
def _learn_moves(  # noqa: C901, PLR0913
    powers: Any, before: Any, after: Any, gold: Any, moves_now: Any, state: Any, rate: Any
) -> None:
    _, _, moves, move_squares, allowed = state
    n_labels, size = len(moves), len(gold)
    change = np.zeros((n_labels, n_labels), np.float32)
    for at in range(1, size):
        for last in range(n_labels):
            mass = before[at - 1, last]
            if mass > np.float32(1e-6):
                for label in range(n_labels):
                    ahead = powers[at, label] * after[at, label]
                    change[last, label] += mass * moves_now[last, label] * ahead
    if size > 1:
        change *= np.float32(size - 1) / (change.sum() + np.float32(1e-30))
    for at in range(1, size):
        change[gold[at - 1], gold[at]] -= np.float32(1)
    for last in range(n_labels):
        for label in range(n_labels):
            value = change[last, label]
            if value != 0 and allowed[last, label]:
                move_squares[last, label] += value * value
                moves[last, label] -= rate * value / np.sqrt(move_squares[last, label])


@compiled_loosely
def decode(
    columns: Any, bounds: Any, templates: Any, model: Any, labels: Any, sureness: Any
) -> None:
    """The best path of each text; where it names something, how sure each label is.

    ``model`` is weights as `packed` gives them, what one step of them is worth, transitions, which
    are allowed. Written: ``labels``, shape (n_characters,), and ``sureness``, the marginal of the
    label where the text names something.
    """
    weights, worth, moves, allowed = model
    n_labels, n_templates = len(moves), len(templates[1]) - 1
    longest = longest_of(bounds)
    rows = np.empty((longest, n_templates), np.int64)
    scores = np.empty((longest, n_labels), np.float32)
    before = np.empty((longest, n_labels), np.float32)
    after = np.empty((longest, n_labels), np.float32)
    came = np.empty((longest, n_labels), np.int32)
    sources = _sources(allowed)
    powers = _moves(moves, allowed)
    back = powers.T.copy()
    for text in range(len(bounds) - 1):
        begin, size = bounds[text], bounds[text + 1] - bounds[text]
        if size == 0:
            continue
        rows_of(columns, begin, begin + size, templates, rows)
        _packed_scores(rows, size, weights, worth, scores)
        names = False
        _best_path(scores, size, moves, sources, came, labels[begin : begin + size])
        for at in range(begin, begin + size):
            names = names or labels[at] > 0
        if names:
            _exponentials(scores, size)
            _forward_backward(scores, size, powers, back, before, after)
            for at in range(size):
                total = np.float32(1e-30)
                for label in range(n_labels):
                    total += before[at, label] * after[at, label]
                label = labels[begin + at]
                sureness[begin + at] = before[at, label] * after[at, label] / total


@compiled
def _sources(allowed: Any) -> Any:
    """Which labels may come before each: starts and, one after the other, the labels."""
    starts, before = np.zeros(len(allowed) + 1, np.int64), np.empty(allowed.size, np.int64)
    n: Any = 0
    for label in range(len(allowed)):
        for last in range(len(allowed)):
            if allowed[last, label]:
                before[n] = last
                n += 1
        starts[label + 1] = n
    return starts, before, allowed[0].copy(), allowed[:, 0].copy()


@compiled
def _best_path(scores: Any, size: int, moves: Any, sources: Any, came: Any, labels: Any) -> None:
    n_labels = len(moves)
    starts, before, is_first, is_last = sources
    best, following = np.empty(n_labels, np.float32), np.empty(n_labels, np.float32)
    for label in range(n_labels):
        best[label] = scores[0, label] if is_first[label] else _FAR
    for at in range(1, size):
        for label in range(n_labels):
            top, source = np.float32(-2e9), 0
            for each in range(starts[label], starts[label + 1]):
                value = best[before[each]] + moves[before[each], label]
                if value > top:
                    top, source = value, before[each]
            following[label] = top + scores[at, label]
            came[at, label] = source
        best[:] = following
    best[~is_last] = _FAR
    label = int(np.argmax(best))
    for at in range(size - 1, -1, -1):
        labels[at] = label
        label = came[at, label]
