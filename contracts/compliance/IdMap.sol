// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @dev Numbers 32-byte ids in the order in which they come, in memory: what a view needs to walk a graph whose paths meet
 * again. Open addressing over a table that is at most half full; ids are hashes, so their low bits spread them.
 */
library IdMap {
    struct Map {
        uint256[] table; // number + 1 of the id, zero when free; the length is a power of two
        bytes32[] ids; // by number; entries from `count` on are not set
        uint256 count;
    }

    function create() internal pure returns (Map memory map) {
        map.table = new uint256[](64);
        map.ids = new bytes32[](32);
    }

    /// @dev The number of `id`, which gets the next one when it is new.
    function numberOf(Map memory map, bytes32 id) internal pure returns (uint256 number, bool isNew) {
        uint256 slot = _slotOf(map, id);
        if (map.table[slot] != 0) return (map.table[slot] - 1, false);
        if (map.count == map.ids.length) {
            _grow(map);
            slot = _slotOf(map, id);
        }
        number = map.count++;
        map.ids[number] = id;
        map.table[slot] = number + 1;
        return (number, true);
    }

    function _slotOf(Map memory map, bytes32 id) private pure returns (uint256 slot) {
        uint256 mask = map.table.length - 1;
        slot = uint256(id) & mask;
        while (map.table[slot] != 0 && map.ids[map.table[slot] - 1] != id) slot = (slot + 1) & mask;
    }

    function _grow(Map memory map) private pure {
        bytes32[] memory ids = new bytes32[](2 * map.ids.length);
        map.table = new uint256[](2 * map.table.length);
        for (uint256 i = 0; i < map.count; ++i) {
            ids[i] = map.ids[i];
        }
        map.ids = ids;
        for (uint256 i = 0; i < map.count; ++i) map.table[_slotOf(map, ids[i])] = i + 1;
    }
}
