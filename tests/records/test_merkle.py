import hashlib
import tracemalloc

from django.test import SimpleTestCase
from hypothesis import given
from hypothesis import strategies as st

from requests_app.records.merkle import Tree, verify_consistency, verify_inclusion

ENTRIES = [hashlib.sha256(bytes([number])).digest() for number in range(70)]
# The test vectors that Certificate Transparency's implementations share: entries and the roots of the first 1 to 8.
KNOWN = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
KNOWN.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def reference_root(entries: list[bytes]) -> bytes:
    """MTH as RFC 9162 section 2.1.1 defines it, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + reference_root(entries[:split]) + reference_root(entries[split:])).digest()


class RootTests(SimpleTestCase):
    def test_it_takes_less_than_a_hundred_bytes_for_each_entry(self) -> None:
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        tree = Tree(number.to_bytes(32, "big") for number in range(20_000))
        assert tracemalloc.get_traced_memory()[1] < 100 * tree.size

    def test_it_gives_the_known_roots(self) -> None:
        for size, root in enumerate(KNOWN_ROOTS, start=1):
            assert Tree(KNOWN[:size]).root.hex() == root

    def test_it_gives_the_root_of_the_definition_for_every_size(self) -> None:
        for size in range(len(ENTRIES)):
            assert Tree(ENTRIES[:size]).root == reference_root(ENTRIES[:size])

    def test_it_gives_the_roots_that_it_had(self) -> None:
        tree = Tree(ENTRIES)
        for size in range(1, len(ENTRIES) + 1):
            assert tree.root_of_first(size) == reference_root(ENTRIES[:size])
        for size in (0, len(ENTRIES) + 1):
            with self.assertRaises(ValueError):
                tree.root_of_first(size)


class ProofTests(SimpleTestCase):
    def test_every_entry_of_every_tree_is_proved_to_be_in_it(self) -> None:
        for size in range(1, len(ENTRIES)):
            tree = Tree(ENTRIES[:size])
            for index in range(size):
                path = tree.inclusion_proof(index)
                assert verify_inclusion(ENTRIES[index], index, size, path, tree.root)
                assert not verify_inclusion(ENTRIES[69], index, size, path, tree.root)
                assert size == 1 or not verify_inclusion(ENTRIES[index], (index + 1) % size, size, path, tree.root)

    def test_there_is_no_proof_of_what_is_not_there(self) -> None:
        for index in (-1, 3):
            with self.assertRaises(IndexError):
                Tree(ENTRIES[:3]).inclusion_proof(index)
        assert not verify_inclusion(ENTRIES[0], 3, 3, [], Tree(ENTRIES[:3]).root)

    def test_every_tree_is_proved_to_have_grown_from_every_smaller_one(self) -> None:
        for size in range(1, 40):
            tree = Tree(ENTRIES[:size])
            for smaller in range(1, size + 1):
                first = Tree(ENTRIES[:smaller]).root
                path = tree.consistency_proof(smaller)
                assert verify_consistency(smaller, first, size, tree.root, path)
                changed = Tree([*ENTRIES[: smaller - 1], ENTRIES[69]]).root
                assert not verify_consistency(smaller, changed, size, tree.root, path)

    def test_no_tree_grows_from_a_larger_one(self) -> None:
        for smaller in (0, 4):
            with self.assertRaises(ValueError):
                Tree(ENTRIES[:3]).consistency_proof(smaller)
            assert not verify_consistency(smaller, b"", 3, Tree(ENTRIES[:3]).root, [b""])

    @given(st.integers(2, 60), st.data())
    def test_a_changed_path_proves_nothing(self, size: int, data: st.DataObject) -> None:
        tree = Tree(ENTRIES[:size])
        index = data.draw(st.integers(0, size - 1))
        path = tree.inclusion_proof(index)
        at = data.draw(st.integers(0, len(path) - 1))
        for changed in (
            [*path[:at], ENTRIES[69], *path[at + 1 :]],
            path[:at] + path[at + 1 :],
            [*path, ENTRIES[69]],
        ):
            assert not verify_inclusion(ENTRIES[index], index, size, changed, tree.root)
