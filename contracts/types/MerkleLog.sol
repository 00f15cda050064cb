// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @title Proofs about Merkle trees whose leaves have an order: append-only logs and batches
 * @dev Verifies the proofs of RFC 9162, section 2.1, over SHA-256: `leaf = H(0x00 ‖ record)`, `node = H(0x01 ‖ left ‖
 * right)`. A log of n records splits at the largest power of two below n. The size of the log fixes the length of every
 * proof, so a node cannot pass for a leaf. A proof of the wrong length, an index beyond the log, and an empty log return
 * false; nothing reverts. The TypeScript twin is `src/core/merkleLog.ts`.
 */
library MerkleLog {
    /// @dev The leaf hash of a record of 32 bytes.
    function leafOf(bytes32 record) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), record));
    }

    /// @dev Whether the record with the leaf hash `leaf` is at `index` among the `size` records with the root `root`
    /// (section 2.1.3.2).
    function isIncluded(
        bytes32 root,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) internal pure returns (bool) {
        if (index >= size) return false;
        uint64 last = size - 1;
        bytes memory node = _newNode();
        bytes32 hash = leaf;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                hash = _hash(node, proof[i], hash);
                // A subtree without a right sibling moves up until it is one. This terminates: `index` equals `last`,
                // which is not zero.
                while (index & 1 == 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                hash = _hash(node, hash, proof[i]);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }

    /// @dev Whether the log of `second` records with `secondRoot` begins with the log of `first` records with `firstRoot`
    /// (section 2.1.4.2). A log is consistent with itself, by an empty proof.
    function isConsistent(
        bytes32 firstRoot,
        uint64 first,
        bytes32 secondRoot,
        uint64 second,
        bytes32[] calldata proof
    ) internal pure returns (bool) {
        if (first == 0 || first > second) return false;
        if (first == second) return proof.length == 0 && firstRoot == secondRoot;
        uint64 index = first - 1;
        uint64 last = second - 1;
        while (index & 1 == 1) {
            index >>= 1;
            last >>= 1;
        }
        // If the first log's size is a power of two, it is a subtree of the second log, and its root needs no proof.
        bool isSubtree = first & (first - 1) == 0;
        if (!isSubtree && proof.length == 0) return false;
        bytes32 older = isSubtree ? firstRoot : proof[0];
        bytes32 newer = older;
        bytes memory node = _newNode();
        for (uint256 i = isSubtree ? 0 : 1; i < proof.length; ++i) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                older = _hash(node, proof[i], older);
                newer = _hash(node, proof[i], newer);
                while (index & 1 == 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                newer = _hash(node, newer, proof[i]);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && older == firstRoot && newer == secondRoot;
    }

    /// @dev A node without children. One serves a whole proof, so that memory is allocated once.
    function _newNode() private pure returns (bytes memory node) {
        node = new bytes(65);
        node[0] = 0x01;
    }

    /// @dev The hash of a node with other children.
    function _hash(bytes memory node, bytes32 left, bytes32 right) private pure returns (bytes32) {
        // The node has room for its mark and for two children.
        assembly ("memory-safe") {
            mstore(add(node, 0x21), left)
            mstore(add(node, 0x41), right)
        }
        return sha256(node);
    }
}
