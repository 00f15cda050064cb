// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IdMap} from "../../../contracts/compliance/IdMap.sol";

/// @dev The functions of {IdMap} from outside.
contract IdMapHarness {
    using IdMap for IdMap.Map;

    /// @dev The numbers of `ids` in one map, in order, and whether each was new.
    function numberAll(
        bytes32[] calldata ids
    ) external view returns (uint256[] memory numbers, bool[] memory areNew, bytes32[] memory kept) {
        IdMap.Map memory map = IdMap.create();
        numbers = new uint256[](ids.length);
        areNew = new bool[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) (numbers[i], areNew[i]) = map.numberOf(ids[i]);
        kept = new bytes32[](map.count);
        for (uint256 i = 0; i < map.count; ++i) kept[i] = map.ids[i];
    }

    /// @dev What a map of `ids` finds of each of `wanted`.
    function findAll(
        bytes32[] calldata ids,
        bytes32[] calldata wanted
    ) external view returns (bool[] memory found, uint256[] memory numbers) {
        IdMap.Map memory map = IdMap.create();
        for (uint256 i = 0; i < ids.length; ++i) map.numberOf(ids[i]);
        found = new bool[](wanted.length);
        numbers = new uint256[](wanted.length);
        for (uint256 i = 0; i < wanted.length; ++i) (found[i], numbers[i]) = map.find(wanted[i]);
    }
}
