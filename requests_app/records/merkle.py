"""Merkle trees of RFC 9162 (section 2.1) with SHA-256: roots, proofs that a leaf is in, proofs that nothing was undone.

A leaf is given as the bytes of an event's hash; the tree hashes them once more with 0x00 before them, and each pair of
nodes with 0x01 before them, so that no leaf can pass for a node.
"""

import hashlib
from collections.abc import Iterable, Sequence

_NODE = 32  # bytes


def leaf_hash(entry: bytes) -> bytes:
    """Return the 32 bytes that stand for the entry at the bottom of the tree."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32 bytes of the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The tree over the entries in their order; it keeps every level, 64 bytes for each entry, and no entry."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        leaves = bytearray()
        for entry in entries:
            leaves += leaf_hash(entry)
        self.size = len(leaves) // _NODE
        self._levels = [leaves]
        while len(self._levels[-1]) > _NODE:
            self._levels.append(_above(self._levels[-1]))

    @property
    def root(self) -> bytes:
        """The 32 bytes that stand for all entries; those of nothing for an empty tree."""
        return bytes(self._levels[-1]) if self.size else hashlib.sha256(b"").digest()

    def root_of_first(self, number: int) -> bytes:
        """Return the root that the tree had when it was that large. Raises ValueError unless 0 < number <= size."""
        if not 0 < number <= self.size:
            raise ValueError(f"A tree of {self.size} has no first {number}.")
        nodes, start = [], 0
        for height in reversed(range(number.bit_length())):
            if number >> height & 1:
                nodes.append(_at(self._levels[height], start >> height))
                start += 1 << height
        root = nodes.pop()
        while nodes:
            root = node_hash(nodes.pop(), root)
        return root

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Return the nodes that lead from the entry of that index (from 0) to the root, the lowest first.

        Raises IndexError where there is no such entry.
        """
        if not 0 <= index < self.size:
            raise IndexError(index)
        path = []
        for level in self._levels[:-1]:
            # The last node of an odd level has no neighbour and goes up as it is.
            if (index ^ 1) * _NODE < len(level):
                path.append(_at(level, index ^ 1))
            index >>= 1
        return path

    def consistency_proof(self, smaller: int) -> list[bytes]:
        """Return the nodes that show that this tree begins with the first `smaller` entries of it.

        Raises ValueError unless 0 < smaller <= size.
        """
        if not 0 < smaller <= self.size:
            raise ValueError(f"A tree of {self.size} cannot have grown from one of {smaller}.")
        return self._proof_of_growth(smaller, 0, self.size, is_whole=True)

    def _proof_of_growth(self, smaller: int, start: int, end: int, *, is_whole: bool) -> list[bytes]:
        """SUBPROOF of RFC 9162 section 2.1.4.1 over the entries from start to end."""
        if smaller == end - start:
            return [] if is_whole else [self._node(start, end)]
        middle = start + _largest_power_below(end - start)
        left = middle - start
        if smaller <= left:
            return [*self._proof_of_growth(smaller, start, middle, is_whole=is_whole), self._node(middle, end)]
        right = self._proof_of_growth(smaller - left, middle, end, is_whole=False)
        return [*right, self._node(start, middle)]

    def _node(self, start: int, end: int) -> bytes:
        """Return the root of the part of the tree over these entries; start is a multiple of its width."""
        height = (end - start - 1).bit_length()
        return _at(self._levels[height], start >> height)


def verify_inclusion(entry: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether the path shows that the entry has that index in the tree of that size and root.

    The algorithm of RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf_hash(entry)
    for node in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(node, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, node)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(smaller: int, first: bytes, size: int, second: bytes, path: Sequence[bytes]) -> bool:
    """Return whether the path shows that the tree of `size` with root `second` began as that of `smaller` with `first`.

    The algorithm of RFC 9162 section 2.1.4.2.
    """
    if smaller == size:
        return not path and first == second
    if not 0 < smaller < size or not path:
        return False
    nodes = [first, *path] if smaller & (smaller - 1) == 0 else list(path)
    here, last = smaller - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, node)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first and new == second


def _above(level: bytearray) -> bytearray:
    above, number = bytearray(), len(level) // _NODE
    for index in range(0, number - 1, 2):
        above += node_hash(_at(level, index), _at(level, index + 1))
    return above + level[-_NODE:] if number % 2 else above


def _at(level: bytearray, index: int) -> bytes:
    return bytes(level[index * _NODE : (index + 1) * _NODE])


def _largest_power_below(number: int) -> int:
    """Return the largest power of two that is smaller than the number, which is at least 2."""
    return 1 << ((number - 1).bit_length() - 1)
