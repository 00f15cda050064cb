// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {MerkleLog} from "../../../contracts/types/MerkleLog.sol";

/// @dev The functions of {MerkleLog} from outside, without the checkpoints of a {UsageAudit}.
contract MerkleLogHarness {
    function isIncluded(
        bytes32 root,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external pure returns (bool) {
        return MerkleLog.isIncluded(root, size, index, leaf, proof);
    }

    function isConsistent(
        bytes32 firstRoot,
        uint64 first,
        bytes32 secondRoot,
        uint64 second,
        bytes32[] calldata proof
    ) external pure returns (bool) {
        return MerkleLog.isConsistent(firstRoot, first, secondRoot, second, proof);
    }
}
