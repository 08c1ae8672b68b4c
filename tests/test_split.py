import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from notmnist.datasets.splitting import by_group, example_keys, hold_out, mix, name_keys, shuffled

labels_of = st.lists(st.integers(0, 9), min_size=1, max_size=300).map(
    lambda values: np.array(values, np.uint8)
)


def test_hashes_are_the_same_forever():
    assert name_keys(["Lato.ttf", "é", "\udcff"]).tolist() == [
        8776413638003858232, 3394012004367669963, 10502126616487800487,
    ]  # fmt: skip
    assert mix(np.array([0, 1], np.uint64)).tolist() == [16294208416658607535, 10451216379200822465]


@given(labels_of, st.data())
def test_holding_out_takes_the_exact_number_in_proportion(labels, data):
    count = data.draw(st.integers(0, len(labels)))
    marked = hold_out(labels, example_keys(labels, np.arange(len(labels), dtype=np.uint64)), count)
    assert marked.sum() == count
    for label in range(10):
        share = (labels == label).sum() * count / len(labels)
        assert abs(marked[labels == label].sum() - share) < 1


@given(st.lists(st.integers(1, 10), min_size=1, max_size=200), st.integers(0, 2**32))
def test_no_group_straddles_two_splits_and_shares_are_about_80_10_10(sizes, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.concatenate([np.arange(size) for size in sizes]).astype(np.uint8)
    keys = np.random.default_rng(seed).integers(0, 2**63, len(sizes)).astype(np.uint64)
    codes = by_group(labels, groups, keys)
    for group in range(len(sizes)):
        assert len(set(codes[groups == group].tolist())) == 1
    total = len(labels)
    for code, share in enumerate((0.8, 0.1, 0.1)):
        assert abs((codes == code).sum() - share * total) <= 10  # one group's worth


@given(st.integers(1, 100), st.integers(0, 2**32))
def test_splits_do_not_depend_on_the_order_of_reading(fonts, seed):
    labels = np.tile(np.arange(10, dtype=np.uint8), fonts)
    groups = np.repeat(np.arange(fonts), 10)
    keys = name_keys([str(font) for font in range(fonts)])
    codes = by_group(labels, groups, keys)
    order = np.random.default_rng(seed).permutation(len(labels))
    assert np.array_equal(by_group(labels[order], groups[order], keys), codes[order])
    examples = example_keys(labels, keys[groups])
    assert np.array_equal(examples[shuffled(examples)], examples[order][shuffled(examples[order])])


def test_letters_are_balanced_if_every_font_has_all_of_them():
    labels = np.tile(np.arange(10, dtype=np.uint8), 600)
    codes = by_group(labels, np.repeat(np.arange(600), 10), name_keys(list(map(str, range(600)))))
    for code, count in enumerate((480, 60, 60)):
        assert np.bincount(labels[codes == code]).tolist() == [count] * 10


@given(labels_of)
def test_distinct_examples_have_distinct_keys(labels):
    groups = np.arange(len(labels), dtype=np.uint64)
    assert len(np.unique(example_keys(labels, groups))) == len(labels)
