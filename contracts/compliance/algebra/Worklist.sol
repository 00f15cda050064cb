// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev Numbers that wait to be looked at, first come, first served, each at most once at a time. Adding one that waits already
/// changes nothing. Keeps one word for each number that there can be.
library Worklist {
    struct List {
        uint256[] next; // by number: zero when it does not wait, {LAST} at the end, otherwise the next number + 1
        uint256 first; // the number + 1, zero when none waits
        uint256 last; // only set when some number waits
    }

    uint256 private constant LAST = type(uint256).max;

    /// @dev An empty list for numbers below `count`.
    function create(uint256 count) internal pure returns (List memory list) {
        list.next = new uint256[](count);
    }

    /// @dev Adds a number at the end, unless it waits.
    function add(List memory list, uint256 number) internal pure {
        uint256[] memory next = list.next;
        if (next[number] != 0) return;
        next[number] = LAST;
        // `next` has a place for each number that was added.
        unchecked {
            uint256 place = number + 1;
            if (list.first == 0) {
                list.first = place;
            } else {
                uint256 last = list.last;
                assembly ("memory-safe") {
                    mstore(add(add(next, 0x20), shl(5, last)), place)
                }
            }
        }
        list.last = number;
    }

    /// @dev Whether no number waits.
    function isEmpty(List memory list) internal pure returns (bool) {
        return list.first == 0;
    }

    /// @dev Removes the first number and returns it. There must be one.
    function take(List memory list) internal pure returns (uint256) {
        uint256 index = list.first - 1;
        uint256[] memory next = list.next;
        uint256 following;
        // The first number was added, so it has a place.
        assembly ("memory-safe") {
            let place := add(next, shl(5, add(index, 1)))
            following := mload(place)
            mstore(place, 0)
        }
        list.first = following == LAST ? 0 : following;
        return index;
    }
}
