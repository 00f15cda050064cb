// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {MerkleLogHarness} from "../mocks/MerkleLogHarness.sol";
import {Test} from "../base/Test.sol";

/// @dev The definitions of RFC 9162, sections 2.1.1, 2.1.3.1 and 2.1.4.1, transcribed literally: slow and plain.
abstract contract DefinedLog {
    function _root(bytes32[] memory leaves, uint256 start, uint256 end) internal pure returns (bytes32) {
        if (end - start == 1) return leaves[start];
        uint256 middle = start + _split(end - start);
        return sha256(bytes.concat(hex"01", _root(leaves, start, middle), _root(leaves, middle, end)));
    }

    function _inclusion(
        bytes32[] memory leaves,
        uint256 index,
        uint256 start,
        uint256 end
    ) internal pure returns (bytes32[] memory) {
        if (end - start == 1) return new bytes32[](0);
        uint256 middle = start + _split(end - start);
        return
            index < middle
                ? _append(_inclusion(leaves, index, start, middle), _root(leaves, middle, end))
                : _append(_inclusion(leaves, index, middle, end), _root(leaves, start, middle));
    }

    function _consistency(
        bytes32[] memory leaves,
        uint256 first,
        uint256 start,
        uint256 end
    ) internal pure returns (bytes32[] memory) {
        if (first == end) {
            bytes32[] memory none = new bytes32[](0);
            return start == 0 ? none : _append(none, _root(leaves, start, end));
        }
        uint256 middle = start + _split(end - start);
        return
            first <= middle
                ? _append(_consistency(leaves, first, start, middle), _root(leaves, middle, end))
                : _append(_consistency(leaves, first, middle, end), _root(leaves, start, middle));
    }

    function _append(bytes32[] memory list, bytes32 hash) internal pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) longer[i] = list[i];
        longer[list.length] = hash;
    }

    /// @dev The largest power of two below a size of at least 2.
    function _split(uint256 size) private pure returns (uint256 split) {
        split = 1;
        while (split * 2 < size) split *= 2;
    }
}

contract MerkleLogTest is Test, DefinedLog {
    MerkleLogHarness private _log = new MerkleLogHarness();

    function testFuzz_isIncluded_acceptsEveryRecordOfALog(uint64 size, uint64 index, bytes32 seed) public view {
        size = uint64(bound(size, 1, 70));
        index = uint64(bound(index, 0, size - 1));
        bytes32[] memory leaves = _leaves(size, seed);
        bytes32[] memory proof = _inclusion(leaves, index, 0, size);
        assertTrue(_log.isIncluded(_root(leaves, 0, size), size, index, leaves[index], proof), "record");
    }

    function testFuzz_isIncluded_refusesAnythingElse(
        uint64 size,
        uint64 index,
        bytes32 seed,
        uint8 what,
        bytes32 other
    ) public view {
        size = uint64(bound(size, 1, 70));
        index = uint64(bound(index, 0, size - 1));
        bytes32[] memory leaves = _leaves(size, seed);
        bytes32 root = _root(leaves, 0, size);
        bytes32 leaf = leaves[index];
        bytes32[] memory proof = _inclusion(leaves, index, 0, size);
        if (what % 5 == 0) leaf = other;
        else if (what % 5 == 1) root = other;
        else if (what % 5 == 2) proof = _append(proof, other);
        else if (what % 5 == 3) index = uint64(bound(uint256(other), 0, size + 2));
        else if (proof.length != 0) proof[uint256(other) % proof.length] = seed;
        else size += 1;
        bool isRight = leaf == leaves[index % leaves.length] && root == _root(leaves, 0, leaves.length);
        if (what % 5 == 3 && index < leaves.length) {
            // The proof of the first position for another one: valid only if the positions are equal.
            isRight = isRight && _same(proof, _inclusion(leaves, index, 0, size));
        } else {
            isRight = false;
        }
        assertEq(_log.isIncluded(root, size, index, leaf, proof), isRight, "another record");
    }

    function testFuzz_isConsistent_acceptsEveryBeginningOfALog(uint64 first, uint64 second, bytes32 seed) public view {
        second = uint64(bound(second, 1, 70));
        first = uint64(bound(first, 1, second));
        bytes32[] memory leaves = _leaves(second, seed);
        bytes32[] memory proof = _consistency(leaves, first, 0, second);
        bytes32 older = _root(leaves, 0, first);
        assertTrue(_log.isConsistent(older, first, _root(leaves, 0, second), second, proof), "beginning");
    }

    function testFuzz_isConsistent_refusesALogThatWasRewritten(
        uint64 first,
        uint64 second,
        uint64 index,
        bytes32 seed,
        bytes32 other
    ) public view {
        second = uint64(bound(second, 2, 70));
        first = uint64(bound(first, 1, second - 1));
        bytes32[] memory leaves = _leaves(second, seed);
        bytes32 older = _root(leaves, 0, first);
        index = uint64(bound(index, 0, first - 1));
        VM.assume(leaves[index] != other);
        leaves[index] = other;
        bytes32[] memory proof = _consistency(leaves, first, 0, second);
        bytes32 newer = _root(leaves, 0, second);
        assertTrue(!_log.isConsistent(older, first, newer, second, proof), "rewritten");
        assertTrue(!_log.isConsistent(older, first, newer, second, _append(proof, other)), "longer proof");
        // The proof of the current log starts from its own beginning.
        assertTrue(_log.isConsistent(_root(leaves, 0, first), first, newer, second, proof), "its own beginning");
    }

    function testFuzz_neverReverts(
        bytes32 root,
        bytes32 other,
        uint64 first,
        uint64 second,
        bytes32[] calldata proof
    ) public view {
        bool included = _log.isIncluded(root, second, first, other, proof);
        bool consistent = _log.isConsistent(other, first, root, second, proof);
        // A random proof is never valid, except that a log of one record needs none.
        assertEq(included, second == 1 && first == 0 && proof.length == 0 && root == other, "included");
        assertEq(consistent, first == second && first != 0 && proof.length == 0 && root == other, "consistent");
    }

    function _leaves(uint256 count, bytes32 seed) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = sha256(bytes.concat(hex"00", seed, bytes32(i)));
    }

    function _same(bytes32[] memory a, bytes32[] memory b) private pure returns (bool) {
        return keccak256(abi.encode(a)) == keccak256(abi.encode(b));
    }
}
